"""Writes that meet a transaction of somebody else on the same item are refused by DynamoDB, and made again here.

The SDK repeats none of these refusals by itself, and in a transaction not even a throttled one:
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
    """A session of botocore whose clients make such writes again, at most TRIES times in all."""
    made = get_session()
    made.register(_EVENT, _pause_before_next)
    return made


def _pause_before_next(response: Any = None, attempts: int = 1, **_: Any) -> float | None:
    """Seconds until botocore tries again; None when it shall not for our sake."""
    if response is None or attempts >= TRIES or not _met_another(response[1]):
        return None
    return random.uniform(0, FIRST_PAUSE_S * 2**attempts)


def _met_another(answer: dict[str, Any]) -> bool:
    code = answer.get("Error", {}).get("Code")
    if code != "TransactionCanceledException":
        return bool(code == "TransactionConflictException")
    reasons = {reason.get("Code", "None") for reason in answer.get("CancellationReasons", [])} - {"None"}
    return bool(reasons) and reasons <= _PASSING


pynamodb.connection.base.get_session = session  # type: ignore[attr-defined]  # it has no setting for that
