"""Count calls, and report the remaining calls of each limit in headers.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
"""

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.bodies import Result
from postrider.rate_limits.current import current_quotas
from postrider.rate_limits.windows import Allowance


def count_call(caller: Caller, allowance: Allowance | None = None) -> None:
    """Count the call of this caller; repeated counts of the same call are ignored. Raises RateLimited.

    `allowance` is a limit of the dialect for such calls of the account.
    """
    if limits := bootstrap.call_limits():
        limits.take(caller.account_id, caller.token_id)
    if allowance is not None:
        bootstrap.dialect_limits().take(allowance, caller.account_id)


def add_limit_headers(answer: Result) -> None:
    """Add RateLimit-Policy and RateLimit if the call was counted; each has one item per limit."""
    if quotas := current_quotas():
        answer["headers"] = {
            **(answer.get("headers") or {}),
            "RateLimit-Policy": ", ".join(f'"{quota.name}";q={quota.max_calls};w={quota.window_s}' for quota in quotas),
            "RateLimit": ", ".join(f'"{quota.name}";r={quota.left};t={quota.resets_in_s}' for quota in quotas),
        }
