"""Compute the windows of listings and exports, which are limited to some calendar months (contract, section 6)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime

LISTED_MONTHS, LONGEST_MONTHS = 6, 12


@dataclass(frozen=True)
class Window:
    """The moments from `start` to `end`, inclusive."""

    start: datetime
    end: datetime


def months_before(moment: datetime, months: int) -> datetime:
    """Return the same moment some calendar months before, or the last day of a shorter month."""
    count = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(count, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def listed_window(start: datetime | None, end: datetime | None, now: datetime) -> Window:
    """Return the window of a listing of messages: it ends now, or at `end`, and is cut to six months."""
    end = end or now
    earliest = months_before(end, LISTED_MONTHS)
    return Window(max(start or earliest, earliest), end)


def parent_window(start: datetime | None, end: datetime | None, now: datetime, *, began_at: datetime | None) -> Window:
    """Return the window of the messages of one source: its first six months, or the given window, cut to twelve months."""
    if start is None and end is None and began_at is not None:
        return Window(began_at, months_before(began_at, -LISTED_MONTHS))
    end = end or now
    earliest = months_before(end, LONGEST_MONTHS if start is not None else LISTED_MONTHS)
    return Window(max(start or earliest, earliest), end)
