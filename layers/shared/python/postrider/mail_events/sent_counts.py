"""Keep the number of mails of each run, by hour, that is included in the counters of lists and accounts."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any

import orjson
from botocore.exceptions import ClientError

from postrider.kit.pauses import pauses
from postrider.kit.settings import table_name
from postrider.mail_events import calendar, period_counters
from postrider.mail_events.counters import CANCELLED, SENT_SLOT, counters_key, increment_of, totals_key
from postrider.mail_events.model import AccountLog, ListLog
from postrider.mail_events.source import MailSource
from postrider.storage.dynamo import client, from_wire, to_wire

_SENT = "sent"
_DAYS_TOGETHER = 20
"""Maximum number of days whose counters change in one transaction: two items each, of the 100 of DynamoDB."""


def read_sent_hours(account_id: str, source: MailSource, run_id: str) -> dict[int, int]:
    """Return the number of mails of the run in the counters of its list and account, by hour since 1970."""
    return _read(_key(account_id, source, run_id))[0]


def set_sent_count(
    account_id: str, list_id: int, source: MailSource, run_id: str, sent_by_hour: Mapping[int, int]
) -> None:
    """Set the mails of the run that are included in the counters of the list and the account.

    The counters of an action change too. Counters and the stored number are written together, on condition that the stored
    number has not changed since it was read. Raises Throttled if other writers were faster each time.
    """
    wanted = {hour: sent for hour, sent in sent_by_hour.items() if sent}
    key = _key(account_id, source, run_id)
    for _ in pauses():
        before, text = _read(key)
        while (step := _next_step(before, wanted)) != before:
            written = _text(step)
            if not _was_written(key, account_id, list_id, source, before, step, text, written):
                break
            before, text = step, written
        else:
            return


def _next_step(before: Mapping[int, int], wanted: Mapping[int, int]) -> dict[int, int]:
    """Return the included mails after the next transaction, which changes at most the allowed number of days."""
    changed = sorted(hour for hour in before.keys() | wanted.keys() if before.get(hour, 0) != wanted.get(hour, 0))
    days = set(islice(dict.fromkeys(calendar.day_of(hour) for hour in changed), _DAYS_TOGETHER))
    after = {hour: sent for hour, sent in before.items() if calendar.day_of(hour) not in days}
    return after | {hour: sent for hour, sent in wanted.items() if calendar.day_of(hour) in days}


def _read(key: Mapping[str, Any]) -> tuple[dict[int, int], str]:
    item = client().get_item(TableName=table_name("events"), Key=key, ConsistentRead=True).get("Item")
    text = "" if item is None else str(from_wire(item)[_SENT])
    return {int(hour): sent for hour, sent in orjson.loads(text or "{}").items()}, text


def _text(sent_by_hour: Mapping[int, int]) -> str:
    return orjson.dumps({str(hour): sent for hour, sent in sorted(sent_by_hour.items())}).decode()


def _key(account_id: str, source: MailSource, run_id: str) -> dict[str, Any]:
    """Return the key of the stored number; all runs of a campaign share it, since they send different mails."""
    sk = f"{_SENT}#{source.entry}#{run_id}" if source.entry else _SENT
    return {"pk": to_wire(counters_key(account_id, source.whole)), "sk": to_wire(sk)}


def _was_written(
    key: Mapping[str, Any],
    account_id: str,
    list_id: int,
    source: MailSource,
    before: Mapping[int, int],
    after: Mapping[int, int],
    text: str,
    written: str,
) -> bool:
    """Write a step; return False if another call was faster."""
    note = {
        "Put": {
            "TableName": table_name("events"),
            "Item": {**key, "kind": to_wire("counters"), _SENT: to_wire(written)},
            "ConditionExpression": "sent = :text" if text else "attribute_not_exists(pk)",
            **({"ExpressionAttributeValues": {":text": to_wire(text)}} if text else {}),
        }
    }
    changes = Counter(after)
    changes.subtract(before)
    measure = calendar.sent_measure(source.kind)
    hours: calendar.HourCounts = Counter({(hour, measure): by for hour, by in changes.items() if by})
    of_list, of_account = (counters_key(account_id, log) for log in (ListLog(list_id), AccountLog()))
    writes = [note]
    if total := sum(changes.values()):
        of_source = [counters_key(account_id, source.whole)] if source.entry else []
        writes += [increment_of(pk, totals_key(0, SENT_SLOT), {"sent": total}) for pk in (of_list, *of_source)]
    for pk in (of_list, of_account):
        writes += period_counters.increments_of_hours(pk, 0, SENT_SLOT, hours)
    try:
        client().transact_write_items(TransactItems=writes)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in CANCELLED:
            raise
        return False
    return True
