"""Count transactional mails by the day they were due on: how many were sent, and what became of them later.

All days of an account are one partition, so that one query reads the report of a month.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from postrider.events import calendar, counters, period_counters
from postrider.events.model import TRANSACTIONAL_LOG, AccountLog, EventType
from postrider.events.source import SourceKind
from postrider.kit.pauses import pauses
from postrider.storage.dynamo import client

_PREFIX = "mails#"


def increment_of(account_id: str, day: str, shard: int, slot: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the write that adds to the counters of a day (ISO), as a part of a transaction."""
    return counters.increment_of(_pk(account_id), f"{_PREFIX}{day}#{shard}#{slot}", counts)


def count_sent(account_id: str, day: str, copy_id: int, at_ms: int) -> None:
    """Count a copy, sent at this moment, in the report of the day and in the hours of the account.

    The same copy again within ten minutes changes nothing: DynamoDB remembers the token of a transaction for so long.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    token = hashlib.sha256(f"{account_id}#sent#{copy_id}".encode()).hexdigest()[:36]
    shard, slot = copy_id % counters.SLOTS, counters.SENT_SLOT
    hours: calendar.HourCounts = Counter(
        {(calendar.hour_of(at_ms), calendar.sent_measure(SourceKind.TRANSACTIONAL)): 1}
    )
    of_account = counters.counters_key(account_id, AccountLog())
    writes = [
        increment_of(account_id, day, shard, slot, {EventType.SENT.value: 1}),
        *period_counters.increments_of_hours(of_account, shard, slot, hours),
    ]
    for _ in pauses():
        try:
            client().transact_write_items(TransactItems=writes, ClientRequestToken=token)
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in counters.CANCELLED:
                raise
            continue
        return


def read(account_id: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters of the days from the first to the last one by day, without days that have none."""
    days: dict[str, Counter[str]] = {}
    for sk, counts in counters.items_between(_pk(account_id), f"{_PREFIX}{first_day}", f"{_PREFIX}{last_day}~"):
        days.setdefault(sk.split("#")[1], Counter()).update(counts)
    return days


def _pk(account_id: str) -> str:
    return counters.counters_key(account_id, TRANSACTIONAL_LOG)
