"""Limit the API calls of each account and token, so that one program cannot use up the capacity of others."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final, Protocol

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import PynamoDBException

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.kit.observability import logger
from postrider.rate_limits.current import RemainingCalls, current_remaining_calls, set_remaining_calls
from postrider.rate_limits.windows import Window, window_of
from postrider.storage.jobs_table import JobItem

WINDOW_S: Final = 10
COUNTED_TOGETHER: Final = 10
"""Number of calls that a process stores together, so that accounts with few calls cost nothing."""


class CallCounter(Protocol):
    def add(self, account_id: str, token: str, window: int, calls: int, *, expires_at: datetime) -> int:
        """Add calls to a window of the account, or of one of its tokens. Return the calls of all processes in it."""
        ...


class CallsItem(JobItem, discriminator="calls"):
    """The calls of an account, or of a token, in a window."""

    made = NumberAttribute()


class CallCountRepository:
    def add(self, account_id: str, token: str, window: int, calls: int, *, expires_at: datetime) -> int:
        item = CallsItem(f"account#{account_id}", f"calls#{window}#{token}" if token else f"calls#{window}")
        item.update(
            actions=[
                CallsItem.made.add(calls),
                CallsItem.kind.set(CallsItem),
                CallsItem.expires_at.set(expires_at),
            ]
        )
        return int(item.made)


class CallLimit:
    """A limit of `per_second` calls on average over a window. Each process can be COUNTED_TOGETHER - 1 calls behind.

    `name` is the subject of the limit, "account" or "token". A process handles one call at a time, so that it needs no lock.
    """

    def __init__(self, name: str, counts: CallCounter, per_second: int, now: Clock) -> None:
        self._name, self._counts, self._max_calls, self._now = name, counts, per_second * WINDOW_S, now
        self._window: Window | None = None
        self._stored: dict[tuple[str, str], int] = {}
        self._not_stored: Counter[tuple[str, str]] = Counter()

    def take(self, account_id: str, token: str = "") -> None:
        """Count a call. Raises RateLimited above the limit until the window ends, without a call to the table."""
        window, subject = self._current_window(), (account_id, token)
        if self._made(subject) >= self._max_calls:
            raise RateLimited(
                f"Too many calls: limit of {self._max_calls} calls in {WINDOW_S} seconds per {self._name}; retry later.",
                code="too_many_calls",
                details={"retry_after_s": window.left_s(self._now())},
            )
        self._not_stored[subject] += 1
        if self._not_stored[subject] >= COUNTED_TOGETHER:
            self._store(subject, window)

    def quota(self, account_id: str, token: str = "") -> RemainingCalls:
        """Return the remaining calls of the current window."""
        window = self._current_window()
        left = max(0, self._max_calls - self._made((account_id, token)))
        return RemainingCalls(
            name=self._name,
            max_calls=self._max_calls,
            window_s=WINDOW_S,
            left=left,
            resets_in_s=window.left_s(self._now()),
        )

    def _current_window(self) -> Window:
        window = window_of(self._now(), WINDOW_S)
        if window != self._window:
            self._window = window
            self._stored.clear()
            self._not_stored.clear()
        return window

    def _made(self, subject: tuple[str, str]) -> int:
        return self._stored.get(subject, 0) + self._not_stored[subject]

    def _store(self, subject: tuple[str, str], window: Window) -> None:
        calls, expires_at = self._not_stored.pop(subject), window.ends_at + timedelta(minutes=5)
        try:
            self._stored[subject] = self._counts.add(*subject, window.number, calls, expires_at=expires_at)
        except PynamoDBException:
            logger.exception("calls were not counted")  # the call is not refused because of this
            self._stored[subject] = self._stored.get(subject, 0) + calls


class CallLimits:
    """The limits of a token and of its account. The token is first: its refused calls do not count for the account."""

    def __init__(self, token_limit: CallLimit, account_limit: CallLimit) -> None:
        self._token_limit, self._account_limit = token_limit, account_limit

    def take(self, account_id: str, token: str) -> None:
        """Count a call once, even if this is called repeatedly. Raises RateLimited above one of the limits."""
        if current_remaining_calls():
            return
        try:
            self._token_limit.take(account_id, token)
            self._account_limit.take(account_id)
        finally:
            set_remaining_calls(self._token_limit.quota(account_id, token), self._account_limit.quota(account_id))
