"""Counters of campaigns and lists, in a few items each so that no one item takes all the writes."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from postrider.activity.table import ActivityItem
from postrider.kit.dynamo import client, from_wire, to_wire
from postrider.kit.settings import table_name

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
            "TableName": table_name("activity"),
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
    request: dict[str, Any] = {
        "TableName": ActivityItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": to_wire(pk), ":prefix": to_wire(prefix)},
        "ConsistentRead": True,
    }
    while True:
        answer = client().query(**request)
        for raw in answer["Items"]:
            total.update({name: int(value) for name, value in from_wire(raw).items() if name not in _PLAIN})
        if "LastEvaluatedKey" not in answer:
            return total
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
