"""How many calls of the API an account may make: one whose program runs wild does not take the API from the others."""

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
"""A process tells the others of this many calls at once; an account that makes fewer costs nothing."""


class Counts(Protocol):
    def add(self, account_id: str, window: int, calls: int, *, expires_at: datetime) -> int:
        """Calls of this window in all processes, these included."""
        ...


class CallsItem(JobItem, discriminator="calls"):
    """Calls of one account in one window."""

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
    """At most `per_second` calls on average over a window; each process may be COUNTED_TOGETHER - 1 calls behind.

    Every process answers calls one after another, so it needs no lock.
    """

    def __init__(self, counts: Counts, per_second: int, now: Clock) -> None:
        self._counts, self._most, self._now = counts, per_second * WINDOW_S, now
        self._window: Window | None = None
        self._told: dict[str, int] = {}
        self._untold: Counter[str] = Counter()

    def take(self, account_id: str) -> None:
        """One more call. Raises RateLimited, which costs nothing, until the window ends."""
        now = self._now()
        window = window_of(now, WINDOW_S)
        if window != self._window:
            self._window = window
            self._told.clear()
            self._untold.clear()
        if self._told.get(account_id, 0) + self._untold[account_id] >= self._most:
            raise RateLimited(
                f"The account may make {self._most} calls in {WINDOW_S} seconds.",
                code="too_many_calls",
                details={"retry_after_s": window.left_s(now)},
            )
        self._untold[account_id] += 1
        if self._untold[account_id] >= COUNTED_TOGETHER:
            self._tell(account_id, window)

    def _tell(self, account_id: str, window: Window) -> None:
        calls, forgotten_at = self._untold.pop(account_id), window.ends_at + timedelta(minutes=5)
        try:
            self._told[account_id] = self._counts.add(account_id, window.number, calls, expires_at=forgotten_at)
        except PynamoDBException:
            logger.exception("calls were not counted")  # nobody is turned away for that
            self._told[account_id] = self._told.get(account_id, 0) + calls
