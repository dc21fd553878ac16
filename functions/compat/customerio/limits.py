"""Define limits of Customer.io's App API (contract, section 4), and the headers of the daily limit."""

from typing import Final

from postrider.http.bodies import Result
from postrider.http.dialect import Event
from postrider.rate_limits.current import current_remaining_calls
from postrider.rate_limits.windows import Allowance, Interval

CALLS: Final = Allowance(name="app_api", most=10, window_s=1)
SENDS: Final = Allowance(name="app_api_sends", most=100, window_s=1)
ARCHIVED_MESSAGES: Final = Allowance(name="archived_messages", most=100, window_s=86_400, is_worth_waiting=False)
"""The daily limit, which the operation itself counts, from midnight to midnight in UTC."""
TRIGGERS: Final = Interval(name="broadcast_triggers", every_s=10)
"""The limit of triggers of a broadcast, which the operation itself counts."""


def allowance_of(path: str) -> Allowance:
    """Return the limit of all calls of an account to this path."""
    return SENDS if path.startswith("/v1/send/") else CALLS


def add_day_limit_headers(_: Event, answer: Result) -> Result:
    """Add the rest of the daily limit to an answer that was counted for it."""
    for quota in current_remaining_calls():
        if quota.name == ARCHIVED_MESSAGES.name:
            headers = {"X-RateLimit-Limit": str(quota.max_calls), "X-RateLimit-Remaining": str(quota.left)}
            return {**answer, "headers": {**(answer.get("headers") or {}), **headers}}
    return answer
