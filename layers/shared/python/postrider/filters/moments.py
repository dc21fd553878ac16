"""Moments in expressions: written out, or relative to the moment of evaluation. All in UTC, in whole seconds.

Absolute: `2000-01-31`, `2000-01-31 10:00`, `2000-01-31 10:00:00`, with `T` for the space and with `Z` or an offset
behind it if one likes; a date alone is its first second. Digits alone are a date (`20000131`) or Unix seconds.
Relative: `now`, `today` (its first second), each with an offset behind it if one likes; an offset alone is from now on.
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
"""Of the years 1973 to 5138: with fewer digits it is a year or a date, with more a date with hours, or milliseconds."""
_MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Relative:
    """`anchor` is NOW or TODAY; `unit` is one of UNITS."""

    anchor: str
    amount: int = 0
    unit: str = "days"

    def at(self, now: datetime) -> datetime:
        base = now.astimezone(UTC).replace(microsecond=0)
        if self.anchor == TODAY:
            base = base.replace(hour=0, minute=0, second=0)
        if self.unit in ("months", "years"):
            return _later(base, self.amount * (12 if self.unit == "years" else 1))
        return base + timedelta(**{self.unit: self.amount})


def parse_moment(text: str) -> datetime | Relative | None:
    """None for a text that is no moment."""
    text = text.strip()
    if not 0 < len(text) <= _MAX_LENGTH:
        return None
    if found := _RELATIVE.fullmatch(text):
        anchor, sign, digits, unit = found.groups()
        amount = int(sign + digits) if digits else 0
        return Relative((anchor or NOW).lower(), amount, unit.lower() + "s" if amount else "days")
    try:
        if _DIGITS.fullmatch(text):
            return of_digits(text)
        if not _ABSOLUTE.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text).replace(microsecond=0)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):  # the 31st of February, or beyond the years that Python has
        return None


def of_digits(text: str) -> datetime:
    """A day of the years 1900 to 2099 as `YYYYMMDD`, or Unix seconds. Raises ValueError for what is neither."""
    if _COMPACT_DATE.fullmatch(text):
        return datetime(int(text[:4]), int(text[4:6]), int(text[6:]), tzinfo=UTC)
    if not _SECONDS.fullmatch(text):
        raise ValueError("neither a date nor seconds")
    return datetime.fromtimestamp(int(text), UTC)


def at(moment: datetime | Relative, now: datetime) -> datetime:
    return moment.at(now) if isinstance(moment, Relative) else moment


def written(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC: the stored form of custom attributes, whose order as text is that of time."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


def source_of(moment: datetime | Relative) -> str:
    """A text that parses to this moment."""
    if isinstance(moment, datetime):
        return written(moment)
    return f"{moment.anchor} {moment.amount:+d} {moment.unit}" if moment.amount else moment.anchor


def _later(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    index = min(max(index, MINYEAR * 12), MAXYEAR * 12 + 11)
    year, month = index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
