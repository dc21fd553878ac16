"""Count calls, and report the remaining calls of each limit in headers.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.bodies import Result
from postrider.rate_limits.current import current_flight, current_remaining_calls
from postrider.rate_limits.windows import Allowance


def count_call(caller: Caller, allowance: Allowance | None = None, most_in_flight: int | None = None) -> None:
    """Count the call of this caller; repeated counts of the same call are ignored. Raises RateLimited.

    `allowance` is a limit of the dialect for such calls of the account, `most_in_flight` one of calls of the token at the
    same time.
    """
    if most_in_flight is not None:
        bootstrap.in_flight().enter(caller.token_id, most_in_flight)
    if limits := bootstrap.call_limits():
        limits.take(caller.account_id, caller.token_id)
    if allowance is not None:
        bootstrap.dialect_limits().take(allowance, caller.account_id)


def end_call() -> None:
    """End the call for limits of calls at the same time."""
    if current_flight():
        bootstrap.in_flight().leave()


def add_limit_headers(answer: Result) -> None:
    """Add RateLimit-Policy and RateLimit if the call was counted; each has one item per limit."""
    if quotas := current_remaining_calls():
        answer["headers"] = {
            **(answer.get("headers") or {}),
            "RateLimit-Policy": ", ".join(f'"{quota.name}";q={quota.max_calls};w={quota.window_s}' for quota in quotas),
            "RateLimit": ", ".join(f'"{quota.name}";r={quota.left};t={quota.resets_in_s}' for quota in quotas),
        }
