"""Counters of campaigns and lists, in a few items each so that no one item takes all the writes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from postrider.events.table import EventsTableItem
from postrider.kit.settings import table_name
from postrider.storage.dynamo import client, from_wire, pauses, to_wire

CANCELLED = frozenset({"TransactionCanceledException", "TransactionInProgressException"})
"""A transaction met another one, or a condition of it did not hold: nothing was written."""

_PLAIN = {"pk", "sk", "kind"}


def campaign_key(account_id: str, campaign_id: int) -> str:
    return f"tally#campaign#{account_id}#{campaign_id}"


def list_key(account_id: str, list_id: int) -> str:
    return f"tally#list#{account_id}#{list_id}"


def counts_name(shard: int) -> str:
    return f"counts#{shard}"


def links_name(shard: int, number: int) -> str:
    return f"links#{shard}#{number:06d}"


def added(pk: str, sk: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """The write that adds to counters, as a part of a transaction."""
    grown = {name: by for name, by in sorted(counts.items()) if by}
    adds = ", ".join(f"#{number} :{number}" for number in range(len(grown)))
    return {
        "Update": {
            "TableName": table_name("events"),
            "Key": {"pk": to_wire(pk), "sk": to_wire(sk)},
            "UpdateExpression": f"SET #kind = :kind ADD {adds}",
            "ExpressionAttributeNames": {"#kind": "kind"} | {f"#{number}": name for number, name in enumerate(grown)},
            "ExpressionAttributeValues": {":kind": to_wire("tally")}
            | {f":{number}": to_wire(by) for number, by in enumerate(grown.values())},
        }
    }


def read(pk: str, prefix: str) -> Counter[str]:
    """The sums over the items whose sort key begins with `prefix`."""
    total: Counter[str] = Counter()
    for _, counts in _items(pk, prefix):
        total.update(counts)
    return total


def _items(pk: str, prefix: str) -> Iterator[tuple[str, Counter[str]]]:
    request: dict[str, Any] = {
        "TableName": EventsTableItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": to_wire(pk), ":prefix": to_wire(prefix)},
        "ConsistentRead": True,
    }
    while True:
        answer = client().query(**request)
        for raw in answer["Items"]:
            item = from_wire(raw)
            yield item["sk"], Counter({name: int(value) for name, value in item.items() if name not in _PLAIN})
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def read_by_shard(pk: str) -> dict[int, Counter[str]]:
    """The counters of each shard that has any."""
    return {int(sk.removeprefix("counts#")): counts for sk, counts in _items(pk, "counts#")}


def settle(account_id: str, list_id: int, campaign_id: int, sent: int) -> None:
    """Let the list's `sent` counter hold `sent` mails of this campaign, whatever it held of it before.

    Both are written together, on the condition that nobody settled in between. Raises Throttled when others always do.
    """
    mine = {"pk": to_wire(campaign_key(account_id, campaign_id)), "sk": to_wire("settled")}
    for _ in pauses():
        found = client().get_item(TableName=table_name("events"), Key=mine, ConsistentRead=True).get("Item")
        before = 0 if found is None else int(from_wire(found)["sent"])
        if before == sent:
            return
        mark = {
            "Put": {
                "TableName": table_name("events"),
                "Item": mine | {"kind": to_wire("tally"), "sent": to_wire(sent)},
                "ConditionExpression": "attribute_not_exists(pk)" if found is None else "sent = :before",
            }
            | ({} if found is None else {"ExpressionAttributeValues": {":before": to_wire(before)}})
        }
        grown = added(list_key(account_id, list_id), counts_name(0), {"sent": sent - before})
        try:
            client().transact_write_items(TransactItems=[mark, grown])
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in CANCELLED:
                raise
            continue
        return
