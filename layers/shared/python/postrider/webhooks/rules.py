"""Decide when a callback is retried, and how many calls a period allows; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.kit.clock import from_unix
from postrider.webhooks.model import DispatchState, RatePeriod, Webhook

FIRST_PAUSE_S, MOST_PAUSE_S = 5, 6 * 3600
"""The pause after the first failed attempt, which doubles with each further failure, and the longest pause."""
MAX_RETRY_AFTER_S = 3600
"""The longest pause that a receiver can request with the header Retry-After."""
GIVEN_UP_AFTER = timedelta(days=3)
"""Time for which a callback is retried. A webhook that fails for this time is archived. Formats may have other plans."""
WAITS_FOR = timedelta(days=15)
"""The expiry of an undelivered callback: longer than all retries of earlier callbacks and its own."""
FAILURES_TO_PAUSE = 10
"""Number of consecutive failed attempts after which the whole webhook pauses, also if it is not ordered."""
FORMER_SECRET_FOR = timedelta(days=1)
GONE = 410
"""The status by which a receiver refuses all callbacks (RFC 9110, section 15.5.11; Standard Webhooks)."""


@dataclass(frozen=True, kw_only=True)
class RetryPlan:
    """The plan by which callbacks of a format are retried.

    After an answer with a status of `slow_statuses` (None: no answer), the pause is at least `slow_pause_s`.
    With `is_gone_final`, the answer GONE archives the webhook. `timeout_s` limits a call; None: the limit of the platform.
    """

    given_up_after: timedelta = GIVEN_UP_AFTER
    slow_statuses: frozenset[int | None] = frozenset()
    slow_pause_s: int = 0
    is_gone_final: bool = True
    timeout_s: float | None = None

    def pause_s(self, status: int | None, attempts: int, jitter: float, retry_after_s: int | None = None) -> float:
        """Return the seconds until the next attempt, after this number of failed attempts and this last answer."""
        least_s = self.slow_pause_s if status in self.slow_statuses else 0
        return max(pause_s(attempts, jitter, retry_after_s), least_s)


PERIOD_S = {RatePeriod.SECOND: 1, RatePeriod.MINUTE: 60}


def pause_s(attempts: int, jitter: float, retry_after_s: int | None = None) -> float:
    """Return the seconds until the next attempt after this number of failed attempts.

    `jitter`, from 0 to 1, spreads the attempts by a fifth in both directions. `retry_after_s` is the pause that the receiver
    requests.
    """
    doublings = min(attempts - 1, 20)
    pause: float = min(FIRST_PAUSE_S * 2**doublings, MOST_PAUSE_S) * (0.8 + 0.4 * jitter)
    return max(pause, min(retry_after_s or 0, MAX_RETRY_AFTER_S))


def window_start(webhook: Webhook, now: datetime) -> int:
    """Return the begin of the current period of the rate limit, in Unix seconds."""
    period_s = PERIOD_S[webhook.rate_limit_period]
    return int(now.timestamp()) // period_s * period_s


def window_end(webhook: Webhook, now: datetime) -> datetime:
    """Return the end of the current period of the rate limit."""
    return from_unix(window_start(webhook, now) + PERIOD_S[webhook.rate_limit_period])


def remaining_calls(webhook: Webhook, state: DispatchState, now: datetime) -> int:
    """Return the number of calls that the rate limit permits in the rest of the current period."""
    if state.window_start != window_start(webhook, now):
        return webhook.rate_limit
    return max(0, webhook.rate_limit - state.window_count)
