"""Counters of mail sources and lists, in a few items each so that no single item takes all the writes."""

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from postrider.kit.settings import table_name
from postrider.mail_events.model import AccountLog, Log
from postrider.mail_events.rules import SHARDS
from postrider.storage.dynamo import client, from_wire, raw_items, to_wire
from postrider.storage.events_table import EventsTableItem

CANCELLED = frozenset({"TransactionCanceledException", "TransactionInProgressException"})
"""Codes of a cancelled transaction: another one was concurrent, or a condition was false."""

SLOTS = 4
"""Number of items with counters of a shard, so that a burst of events does not wait for one item."""
SENT_SLOT = SLOTS
"""The slot of the number of mails sent to a list, apart from the counters of events."""

_NO_COUNTERS = {"pk", "sk", "kind", "expires_at"}
_TOTALS, _LINKS = "totals#", "links#"


def counters_key(account_id: str, log: Log | AccountLog) -> str:
    """Return the partition key of the counters of a log, or of the account."""
    return f"counters#{account_id}#{log}"


def random_slot() -> int:
    """Return the slot of a transaction; a random slot makes concurrent changes of the same counters rare."""
    return random.randrange(SLOTS)


def totals_key(shard: int, slot: int) -> str:
    """Return the sort key of a part of the totals of one shard."""
    return f"{_TOTALS}{shard}#{slot}"


def links_key(shard: int, slot: int, item: int) -> str:
    """Return the sort key of a part of the clicks of some links in one shard."""
    return f"{_LINKS}{shard}#{slot}#{item:06d}"


def increment_of(pk: str, sk: str, counts: Mapping[str, int], *, expires_at: int | None = None) -> dict[str, Any]:
    """Return the write that adds to counters, as a part of a transaction. `expires_at` is in Unix seconds."""
    changes = {name: by for name, by in sorted(counts.items()) if by}
    adds = ", ".join(f"#{place} :{place}" for place in range(len(changes)))
    fixed: dict[str, Any] = {"kind": "counters"} | ({} if expires_at is None else {"expires_at": expires_at})
    sets = ", ".join(f"#{name} = :{name}" for name in fixed)
    return {
        "Update": {
            "TableName": table_name("events"),
            "Key": {"pk": to_wire(pk), "sk": to_wire(sk)},
            "UpdateExpression": f"SET {sets} ADD {adds}",
            "ExpressionAttributeNames": {f"#{name}": name for name in fixed}
            | {f"#{place}": name for place, name in enumerate(changes)},
            "ExpressionAttributeValues": {f":{name}": to_wire(value) for name, value in fixed.items()}
            | {f":{place}": to_wire(by) for place, by in enumerate(changes.values())},
        }
    }


def read_totals(pk: str) -> Counter[str]:
    """Return the sums over all shards."""
    return _sum(pk, _TOTALS)


def read_totals_of_each(pks: Collection[str]) -> dict[str, Counter[str]]:
    """Return the sums over all shards for each of these partitions, with one call for five of them."""
    slots = [totals_key(shard, slot) for shard in range(SHARDS) for slot in (*range(SLOTS), SENT_SLOT)]
    totals: dict[str, Counter[str]] = {pk: Counter() for pk in pks}
    for raw in raw_items(EventsTableItem, ((pk, slot) for pk in pks for slot in slots)):
        item = from_wire(raw)
        totals[item["pk"]].update(_counts_of(item))
    return totals


def read_link_totals(pk: str) -> Counter[str]:
    """Return the sums over all shards of `t<link>` and `u<link>`: total and unique clicks."""
    return _sum(pk, _LINKS)


def read_totals_by_shard(pk: str) -> dict[int, Counter[str]]:
    """Return the counters of each shard that has any."""
    by_shard: dict[int, Counter[str]] = {}
    for sk, counts in items_with(pk, _TOTALS):
        shard = int(sk.removeprefix(_TOTALS).partition("#")[0])
        by_shard.setdefault(shard, Counter()).update(counts)
    return by_shard


def _sum(pk: str, prefix: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for _, counts in items_with(pk, prefix):
        total.update(counts)
    return total


def items_with(pk: str, prefix: str) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the items of counters whose sort key begins with the prefix: sort key, and counters by name."""
    return items_between(pk, prefix, f"{prefix}~")


def items_between(pk: str, first: str, last: str) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the items of counters with sort keys from `first` to `last`, inclusive: sort key, and counters by name."""
    request: dict[str, Any] = {
        "TableName": EventsTableItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {":pk": to_wire(pk), ":first": to_wire(first), ":last": to_wire(last)},
        "ConsistentRead": True,
    }
    while True:
        answer = client().query(**request)
        for raw in answer["Items"]:
            item = from_wire(raw)
            yield item["sk"], _counts_of(item)
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _counts_of(item: Mapping[str, Any]) -> Counter[str]:
    return Counter({name: int(value) for name, value in item.items() if name not in _NO_COUNTERS})
