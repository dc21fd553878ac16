"""Repeat writes that DynamoDB refuses because another transaction is changing the same item.

The SDK does not repeat these writes, and in a transaction not even throttled ones:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

import random
from typing import Any

import pynamodb.connection.base
from botocore.session import Session, get_session

TRIES = 8
FIRST_PAUSE_S = 0.05

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_EVENT = "needs-retry.dynamodb"


def session() -> Session:
    """Return a botocore session whose clients repeat such writes, with at most TRIES attempts in all."""
    botocore_session = get_session()
    botocore_session.register(_EVENT, _pause_before_next)
    return botocore_session


def _pause_before_next(response: Any = None, attempts: int = 1, **_: Any) -> float | None:
    """Return the seconds until botocore repeats the call, or None not to repeat it because of this rule."""
    if response is None or attempts >= TRIES or not _is_conflict(response[1]):
        return None
    return random.uniform(0, FIRST_PAUSE_S * 2**attempts)


def _is_conflict(answer: dict[str, Any]) -> bool:
    code = answer.get("Error", {}).get("Code")
    if code != "TransactionCanceledException":
        return bool(code == "TransactionConflictException")
    reasons = {reason.get("Code", "None") for reason in answer.get("CancellationReasons", [])} - {"None"}
    return bool(reasons) and reasons <= _PASSING


pynamodb.connection.base.get_session = session  # type: ignore[attr-defined]  # pynamodb has no setting for the session
