"""Moments and days in expressions: absolute, or relative to the moment of evaluation.

A moment is in UTC, in whole seconds: `2000-01-31 10:00`, `2000-01-31 10:00:00`; `T` may replace the space, and `Z` or an
offset may follow. Nine to eleven digits are Unix seconds.
A day is a date of the account's time zone, compared as a whole: `2000-01-31` or `20000131`.
RelativeMoment: `now` or `today`, optionally with an offset; an offset alone counts from now. An offset is a sign, a number and a
unit: `-30 days`, `today +1 week`; units are minutes, hours, days, weeks, months and years, also in the singular. Months and
years keep the day, or take the last of a shorter month. `today` is a day; with minutes or hours, a moment counted from the
beginning of the day.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta

NOW, TODAY = "now", "today"
UNITS = ("minutes", "hours", "days", "weeks", "months", "years")

_RELATIVE = re.compile(
    r"(now|today)?\s*(?:([+-])\s*([0-9]{1,5})\s*(minute|hour|day|week|month|year)s?)?", re.IGNORECASE
)
_ABSOLUTE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DIGITS = re.compile(r"[+-]?[0-9]+")
_COMPACT_DATE = re.compile(r"(?:19|20)[0-9]{6}")
_SECONDS = re.compile(r"[+-]?[0-9]{9,11}")
"""Number of digits of Unix seconds (years 1973 to 5138): fewer are a year or a date, more a date with hours or milliseconds."""
_MAX_LENGTH = 40
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MIDNIGHT = " 00:00:00"
"""The end of a stored moment that was written as a date."""


@dataclass(frozen=True, slots=True)
class RelativeMoment:
    """A moment or a day relative to the evaluation; `anchor` is NOW or TODAY, `unit` is one of UNITS."""

    anchor: str
    amount: int = 0
    unit: str = "days"

    @property
    def is_day(self) -> bool:
        return self.anchor == TODAY and self.unit not in ("minutes", "hours")

    def at(self, now: datetime) -> datetime:
        """Return the absolute moment, counted from `now`; its time zone determines the begin of today."""
        if self.anchor == TODAY:
            return _utc(self._later_than(now.replace(hour=0, minute=0, second=0, microsecond=0)))
        return self._later_than(now.astimezone(UTC).replace(microsecond=0))

    def day(self, now: datetime) -> date:
        """Return the day of the time zone of `now`."""
        return self._later_than(now).date()

    def _later_than(self, base: datetime) -> datetime:
        if self.unit in ("months", "years"):
            return _later(base, self.amount * (12 if self.unit == "years" else 1))
        return base + timedelta(**{self.unit: self.amount})


Moment = datetime | date | RelativeMoment
"""A `date` that is no `datetime`, and a relative one with `is_day`, is a day."""


def parse_moment(text: str) -> Moment | None:
    """Parse a moment or a day; return None for any other text."""
    text = text.strip()
    if not 0 < len(text) <= _MAX_LENGTH:
        return None
    if relative := _RELATIVE.fullmatch(text):
        anchor, sign, digits, unit = relative.groups()
        amount = int(sign + digits) if digits else 0
        return RelativeMoment((anchor or NOW).lower(), amount, unit.lower() + "s" if amount else "days")
    try:
        if _COMPACT_DATE.fullmatch(text):
            return of_digits(text).date()
        if _DIGITS.fullmatch(text):
            return of_digits(text)
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if not _ABSOLUTE.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text).replace(microsecond=0)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):  # such as the 31st of February, or a year that Python does not support
        return None


def of_digits(text: str) -> datetime:
    """Parse a day of the years 1900 to 2099 (`YYYYMMDD`) or Unix seconds. Raises ValueError for any other text."""
    if _COMPACT_DATE.fullmatch(text):
        return datetime(int(text[:4]), int(text[4:6]), int(text[6:]), tzinfo=UTC)
    if not _SECONDS.fullmatch(text):
        raise ValueError("neither a date nor seconds")
    return datetime.fromtimestamp(int(text), UTC)


def is_day(value: object) -> bool:
    """Return whether a value of an expression is a day."""
    if isinstance(value, RelativeMoment):
        return value.is_day
    return isinstance(value, date) and not isinstance(value, datetime)


def at(moment: Moment, now: datetime) -> datetime:
    """Return the absolute moment; a relative one is counted from `now`, and a day is its beginning."""
    if isinstance(moment, RelativeMoment):
        return moment.at(now)
    return moment if isinstance(moment, datetime) else beginning_of(moment, now)


def day_at(day: Moment, now: datetime) -> date:
    """Return the absolute day; a relative one is counted from `now`."""
    if isinstance(day, RelativeMoment):
        return day.day(now)
    return day


def beginning_of(day: date, now: datetime) -> datetime:
    """Return the first moment of the day in the time zone of `now`."""
    return _utc(datetime.combine(day, time(), now.tzinfo))


def end_of(day: date, now: datetime) -> datetime:
    """Return the first moment after the day in the time zone of `now`."""
    return beginning_of(day + timedelta(days=1), now) if day < date.max else datetime.max.replace(tzinfo=UTC)


def day_of(stored: str | datetime, now: datetime) -> date | None:
    """Return the day of a stored moment in the time zone of `now`; None for an invalid moment.

    The text of an attribute that ends in MIDNIGHT was written as a date, which is the same day in every time zone.
    """
    try:
        if isinstance(stored, str):
            if stored.endswith(MIDNIGHT):
                return date.fromisoformat(stored.removesuffix(MIDNIGHT))
            stored = datetime.fromisoformat(stored).replace(tzinfo=UTC)
        return stored.astimezone(now.tzinfo).date()
    except (ValueError, OverflowError):
        return None


def written(moment: datetime) -> str:
    """Format a moment as `YYYY-MM-DD HH:MM:SS` in UTC, as custom attributes store it: its text order is its time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


def source_of(moment: Moment) -> str:
    """Return a text that parses to this moment or day."""
    if isinstance(moment, datetime):
        return written(moment)
    if isinstance(moment, date):
        return moment.isoformat()
    return f"{moment.anchor} {moment.amount:+d} {moment.unit}" if moment.amount else moment.anchor


def _utc(moment: datetime) -> datetime:
    """Return the moment in UTC; at the ends of the calendar, where UTC has no such moment, the nearest one."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _later(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    index = min(max(index, MINYEAR * 12), MAXYEAR * 12 + 11)
    year, month = index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
