"""Retry writes that DynamoDB refuses because another transaction is changing the same item.

The SDK does not retry these writes, and in a transaction not even throttled writes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

import random
from typing import Any

from botocore.session import Session

TRIES = 8
FIRST_PAUSE_S = 0.05

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_EVENT = "needs-retry.dynamodb"


def repeat_conflicts(session: Session) -> None:
    """Let the DynamoDB clients of a session retry such writes, with at most TRIES attempts."""
    session.register(_EVENT, _pause_before_next)


def _pause_before_next(response: Any = None, attempts: int = 1, **_: Any) -> float | None:
    """Return the seconds until botocore retries the call, or None if this rule does not apply."""
    if response is None or attempts >= TRIES or not _is_conflict(response[1]):
        return None
    return random.uniform(0, FIRST_PAUSE_S * 2**attempts)


def _is_conflict(answer: dict[str, Any]) -> bool:
    code = answer.get("Error", {}).get("Code")
    if code != "TransactionCanceledException":
        return bool(code == "TransactionConflictException")
    reasons = {reason.get("Code", "None") for reason in answer.get("CancellationReasons", [])} - {"None"}
    return bool(reasons) and reasons <= _PASSING
