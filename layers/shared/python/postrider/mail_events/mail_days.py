"""Count transactional mails, and their later events, by the day on which they were sent.

All days of an account are one partition, so that one query reads the report of a month.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from postrider.kit.clock import unix
from postrider.kit.pauses import pauses
from postrider.mail_events import calendar, counters, period_counters
from postrider.mail_events.model import TRANSACTIONAL_LOG, AccountLog, EventType
from postrider.mail_events.rules import day_of_ms
from postrider.mail_events.source import SourceKind
from postrider.storage.dynamo import client

_PREFIX = "mails#"
_SENT = calendar.sent_measure(SourceKind.TRANSACTIONAL)


def increment_of(account_id: str, day: str, shard: int, slot: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the write that adds to the counters of a day (ISO), as a part of a transaction."""
    return counters.increment_of(_pk(account_id), f"{_PREFIX}{day}#{shard}#{slot}", counts)


def count_sent(account_id: str, copy_id: int, at_ms: int) -> None:
    """Count a copy that was sent at this moment in the hours of the account.

    Repeating the call within ten minutes changes nothing: DynamoDB stores the token of a transaction for this time.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    token = hashlib.sha256(f"{account_id}#sent#{copy_id}".encode()).hexdigest()[:36]
    hours: calendar.HourCounts = Counter({(calendar.hour_of(at_ms), _SENT): 1})
    of_account = counters.counters_key(account_id, AccountLog())
    slot = counters.SENT_SLOT
    writes = period_counters.increments_of_hours(of_account, copy_id % counters.SLOTS, slot, hours)
    for _ in pauses():
        try:
            client().transact_write_items(TransactItems=writes, ClientRequestToken=token)
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in counters.CANCELLED:
                raise
            continue
        return


def read(account_id: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters by day, from the first to the last day, without days that have no counters.

    `sent` is the number of mails sent on the day.
    """
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for sk, counts in counters.items_between(_pk(account_id), f"{_PREFIX}{first_day}", f"{_PREFIX}{last_day}~"):
        days[sk.split("#")[1]].update(counts)
    first, last = (unix(datetime.fromisoformat(day).replace(tzinfo=UTC)) // 3600 for day in (first_day, last_day))
    hours = period_counters.read_hours(
        counters.counters_key(account_id, AccountLog()), first, last + calendar.HOURS_A_DAY - 1
    )
    for (hour, measure), number in hours.items():
        if measure == _SENT:
            days[day_of_ms(hour * calendar.HOUR_MS)][EventType.SENT] += number
    return days


def _pk(account_id: str) -> str:
    return counters.counters_key(account_id, TRANSACTIONAL_LOG)
