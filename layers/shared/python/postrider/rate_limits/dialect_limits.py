"""Enforce exact limits of a dialect for all processes together: each call costs a write unit."""

from datetime import timedelta
from math import ceil

from postrider.kit.clock import Clock
from postrider.kit.errors import RateLimited
from postrider.rate_limits.current import RemainingCalls, add_remaining_calls, current_remaining_calls
from postrider.rate_limits.visits import VisitRepository
from postrider.rate_limits.windows import Allowance, Interval, window_of

KEPT_FOR = timedelta(hours=1)
"""Time for which a counter is stored after its end."""


class DialectLimits:
    def __init__(self, visits: VisitRepository, now: Clock, *, is_enabled: bool) -> None:
        self._visits, self._now, self._is_enabled = visits, now, is_enabled

    def take(self, allowance: Allowance, who: str) -> None:
        """Count the current call of this process once. Raises RateLimited above the allowance."""
        if any(quota.name == allowance.name for quota in current_remaining_calls()):
            return
        now = self._now()
        window = window_of(now, allowance.window_s)
        key, expires_at = f"meter#{allowance.name}#{who}", window.ends_at + KEPT_FOR
        used: int | None = 1
        if self._is_enabled:
            used = self._visits.count(key, f"visits#{window.number}", most=allowance.most, expires_at=expires_at)
        left_s = window.left_s(now)
        add_remaining_calls(
            RemainingCalls(
                name=allowance.name,
                max_calls=allowance.most,
                window_s=allowance.window_s,
                left=0 if used is None else allowance.most - used,
                resets_in_s=left_s,
            )
        )
        if used is None:
            raise RateLimited(
                f"Too many calls: limit of {allowance.most} in {_period(allowance.window_s)}; retry later.",
                code=f"too_many_by_{allowance.name}",
                details={"retry_after_s": left_s if allowance.is_worth_waiting else None},
            )

    def take_turn(self, interval: Interval, who: str) -> None:
        """Store that `who` acts now. Raises RateLimited if the interval since the last act has not passed."""
        if not self._is_enabled:
            return
        now = self._now()
        next_at = now + timedelta(seconds=interval.every_s)
        key = f"turn#{interval.name}#{who}"
        due_at = self._visits.take_turn(key, now, next_at=next_at, expires_at=next_at + KEPT_FOR)
        if due_at is not None:
            raise RateLimited(
                f"Too many calls: limit of one in {_period(interval.every_s)}; retry later.",
                code=f"too_many_by_{interval.name}",
                details={"retry_after_s": max(1, ceil((due_at - now).total_seconds()))},
            )


def _period(seconds: int) -> str:
    if seconds == 1:
        return "one second"
    return "a day" if seconds == 86_400 else f"{seconds} seconds"
