"""Moments in expressions: absolute, or relative to the moment of evaluation; in UTC and in whole seconds.

Absolute: `2000-01-31`, `2000-01-31 10:00`, `2000-01-31 10:00:00`; `T` may replace the space, and `Z` or an offset may
follow. A date alone means its first second. Digits alone are a date (`20000131`) or Unix seconds.
Relative: `now` or `today` (its first second), optionally with an offset; an offset alone counts from now.
An offset is a sign, a number and a unit: `-30 days`, `today +1 week`; units are minutes, hours, days, weeks, months and
years, also in the singular. Months and years keep the day, or take the last of a shorter month.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

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
"""Unix seconds of the years 1973 to 5138: fewer digits are a year or a date, more are a date with hours or milliseconds."""
_MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Relative:
    """A moment relative to the evaluation; `anchor` is NOW or TODAY, `unit` is one of UNITS."""

    anchor: str
    amount: int = 0
    unit: str = "days"

    def at(self, now: datetime) -> datetime:
        """Return the absolute moment, counted from `now`."""
        base = now.astimezone(UTC).replace(microsecond=0)
        if self.anchor == TODAY:
            base = base.replace(hour=0, minute=0, second=0)
        if self.unit in ("months", "years"):
            return _later(base, self.amount * (12 if self.unit == "years" else 1))
        return base + timedelta(**{self.unit: self.amount})


def parse_moment(text: str) -> datetime | Relative | None:
    """Return the moment that a text denotes, or None if the text is not a moment."""
    text = text.strip()
    if not 0 < len(text) <= _MAX_LENGTH:
        return None
    if relative := _RELATIVE.fullmatch(text):
        anchor, sign, digits, unit = relative.groups()
        amount = int(sign + digits) if digits else 0
        return Relative((anchor or NOW).lower(), amount, unit.lower() + "s" if amount else "days")
    try:
        if _DIGITS.fullmatch(text):
            return of_digits(text)
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


def at(moment: datetime | Relative, now: datetime) -> datetime:
    """Return the moment as an absolute one, counted from `now` if it is relative."""
    return moment.at(now) if isinstance(moment, Relative) else moment


def written(moment: datetime) -> str:
    """Format a moment as `YYYY-MM-DD HH:MM:SS` in UTC, as custom attributes store it: its text order is its time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


def source_of(moment: datetime | Relative) -> str:
    """Return a text that parses to this moment."""
    if isinstance(moment, datetime):
        return written(moment)
    return f"{moment.anchor} {moment.amount:+d} {moment.unit}" if moment.amount else moment.anchor


def _later(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    index = min(max(index, MINYEAR * 12), MAXYEAR * 12 + 11)
    year, month = index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
