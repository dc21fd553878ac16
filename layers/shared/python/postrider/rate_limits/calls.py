"""Limit the API calls of each account, so that one account cannot use up the capacity of the others."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final, Protocol

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import PynamoDBException

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.kit.observability import logger
from postrider.rate_limits.windows import Window, window_of
from postrider.storage.jobs_table import JobItem

WINDOW_S: Final = 10
COUNTED_TOGETHER: Final = 10
"""Each process stores calls in steps of this number, so that accounts with few calls cost nothing."""


class Counts(Protocol):
    def add(self, account_id: str, window: int, calls: int, *, expires_at: datetime) -> int:
        """Add calls to a window. Return the calls of all processes in it, these included."""
        ...


class CallsItem(JobItem, discriminator="calls"):
    """The calls of an account in a window."""

    made = NumberAttribute()


class CallCounts:
    def add(self, account_id: str, window: int, calls: int, *, expires_at: datetime) -> int:
        item = CallsItem(f"account#{account_id}", f"calls#{window}")
        item.update(
            actions=[
                CallsItem.made.add(calls),
                CallsItem.kind.set(CallsItem),
                CallsItem.expires_at.set(expires_at),
            ]
        )
        return int(item.made)


class CallLimits:
    """Allows `per_second` calls on average over a window. Each process can be COUNTED_TOGETHER - 1 calls behind.

    A process answers one call at a time, so it needs no lock.
    """

    def __init__(self, counts: Counts, per_second: int, now: Clock) -> None:
        self._counts, self._max_calls, self._now = counts, per_second * WINDOW_S, now
        self._window: Window | None = None
        self._stored: dict[str, int] = {}
        self._not_stored: Counter[str] = Counter()

    def take(self, account_id: str) -> None:
        """Count a call. Raises RateLimited above the limit until the window ends, without a call to the table."""
        now = self._now()
        window = window_of(now, WINDOW_S)
        if window != self._window:
            self._window = window
            self._stored.clear()
            self._not_stored.clear()
        if self._stored.get(account_id, 0) + self._not_stored[account_id] >= self._max_calls:
            raise RateLimited(
                f"Too many calls: an account can make {self._max_calls} calls in {WINDOW_S} seconds; retry later.",
                code="too_many_calls",
                details={"retry_after_s": window.left_s(now)},
            )
        self._not_stored[account_id] += 1
        if self._not_stored[account_id] >= COUNTED_TOGETHER:
            self._store(account_id, window)

    def _store(self, account_id: str, window: Window) -> None:
        calls, expires_at = self._not_stored.pop(account_id), window.ends_at + timedelta(minutes=5)
        try:
            self._stored[account_id] = self._counts.add(account_id, window.number, calls, expires_at=expires_at)
        except PynamoDBException:
            logger.exception("calls were not counted")  # no call is refused for this
            self._stored[account_id] = self._stored.get(account_id, 0) + calls
