"""Compute periods and limits of usage; pure."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

PER_MONTH, PER_CAMPAIGN, CONTACTS = "per_month", "per_campaign", "maximum_contacts"
"""Names of the limits in the settings of an account."""


@dataclass(frozen=True, kw_only=True)
class UsagePeriod:
    """A span of time from `start` to before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class MailUsage:
    """The mails of a period that count for its limit.

    `sent` are the sent mails, and `transactional` the transactional ones among them. `accepted` are the accepted transactional
    mails, sent or not; None if they are not counted. `pending` are the remaining mails of campaigns.
    """

    period: UsagePeriod
    sent: int
    transactional: int
    accepted: int | None
    pending: int

    @property
    def waiting(self) -> int:
        """The accepted transactional mails that are not sent."""
        return max(0, (self.accepted or 0) - self.transactional)

    @property
    def others(self) -> int:
        """All mails that are not transactional."""
        return self.sent - self.transactional + self.pending

    @property
    def total(self) -> int:
        return self.sent + self.waiting + self.pending


def period_of(now: datetime, starts_on: int | None) -> UsagePeriod:
    """Return the month of usage that includes `now`.

    It begins at midnight (UTC) on the day of the month of `starts_on` (Unix seconds), by default on the first day. In a
    shorter month it begins on the last day.
    """
    day = 1 if starts_on is None else datetime.fromtimestamp(starts_on, UTC).day
    start = _beginning(now.year, now.month, day)
    if start > now:
        start = _beginning(*_month_beside(start, -1), day)
    return UsagePeriod(start=start, end=_beginning(*_month_beside(start, 1), day))


def _month_beside(moment: datetime, step: int) -> tuple[int, int]:
    months = moment.year * 12 + moment.month - 1 + step
    return months // 12, months % 12 + 1


def _beginning(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, min(day, monthrange(year, month)[1]), tzinfo=UTC)


def limit_of(limits: Mapping[str, Any], name: str) -> int | None:
    """Return a limit of the account; None for a missing limit or a negative number."""
    limit = limits.get(name)
    return None if limit is None or limit < 0 else int(limit)


def share(used: int, limit: int | None) -> float:
    """Return the used share of a limit, 0 without a limit; 1 if nothing is allowed."""
    if limit is None:
        return 0.0
    return used / limit if limit else 1.0
