"""Recipients of campaigns and what they did, without a campaign having been sent."""

import itertools
from typing import Any

from postrider import bootstrap
from postrider.activity import ledger
from postrider.activity.model import Event, LogType
from postrider.kit.dynamo import client, to_wire
from postrider.kit.settings import table_name

NOON_MS = 1_772_452_800_000  # 2026-03-02 12:00 UTC
_numbers = itertools.count(1)


def make_recipients(campaign_id: int, contact_ids: list[int], *, sent_at_ms: int | None = NOON_MS - 3_600_000) -> None:
    """Rows of the campaign's ledger, as the sender leaves them."""
    for contact_id in contact_ids:
        item: dict[str, Any] = ledger.key_of(campaign_id, contact_id) | {"state": to_wire("sent")}
        if sent_at_ms is not None:
            item["sent_at"] = to_wire(sent_at_ms // 1000)
        client().put_item(TableName=table_name("ledger"), Item=item)


def event(kind: LogType, contact_id: int, **values: Any) -> Event:
    """An event a minute after the one before, unless `at_ms` is given."""
    number = next(_numbers)
    given = {
        "event_id": f"event-{number}",
        "account_id": "1",
        "list_id": 5,
        "campaign_id": 7,
        "at_ms": NOON_MS + number * 60_000,
    }
    return Event(type=kind, contact_id=contact_id, **(given | values))


def record(*events: Event) -> None:
    assert bootstrap.activity().record(events) == []
