"""Read some fields of the contacts of a block: decoding whole contacts takes most of the time of a count."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.contacts.mapping import block_key, contact_id_of
from postrider.contacts.model import NEVER_BOUNCED, Contact, Status, SuppressionMark, Value, WithdrawnBy
from postrider.contacts.table import ContactItem
from postrider.storage.dynamo import client
from postrider.suppressions.model import SuppressionSource

EPOCH = datetime.fromtimestamp(0, UTC)
_ALWAYS = (("sk",), ("status",))


def block_excerpts(
    account_id: str, list_id: int, block: int, fields: Collection[tuple[str, ...]], condition: Condition | None = None
) -> Iterator[Contact]:
    """Yield the contacts of a block in order of id with only these stored fields; the other fields are not meaningful."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {":pk": {"S": block_key(account_id, list_id, block)}}
    request: dict[str, Any] = {
        "TableName": ContactItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ProjectionExpression": ", ".join(_path(field, names) for field in sorted({*_ALWAYS, *fields})),
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }
    if condition is not None:
        request["FilterExpression"] = condition.serialize(names, values)
    request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in names.items()}
    while True:
        answer = client().query(**request)
        yield from (_excerpt(account_id, list_id, item) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _path(field: tuple[str, ...], names: dict[str, str]) -> str:
    return ".".join(names.setdefault(name, f"#e{len(names)}") for name in field)


def _excerpt(account_id: str, list_id: int, item: Mapping[str, dict[str, Any]]) -> Contact:
    email = _text(item, "email") or ""
    return Contact(
        account_id=account_id,
        list_id=list_id,
        id=contact_id_of(item["sk"]["S"]),
        email=email,
        address=_text(item, "address") or email.lower(),
        external_id=_text(item, "external_id"),
        status=Status(item["status"]["S"]),
        subscribed_at=datetime.fromtimestamp(_number(item, "subscribed_at"), UTC) if "subscribed_at" in item else EPOCH,
        updated_at=EPOCH,
        attributes=_attributes(item),
        groups=_ids(item, "groups"),
        interests=_ids(item, "interests"),
        last_bounce_type=_text(item, "last_bounce_type") or NEVER_BOUNCED,
        bounces_count=_number(item, "bounces_count"),
        mark=_mark(item),
        withdrawn_by=None if (cause := _text(item, "withdrawn_by")) is None else WithdrawnBy(cause),
    )


def _mark(item: Mapping[str, dict[str, Any]]) -> SuppressionMark | None:
    source = _text(item, "suppressed_by")
    if source is None:
        return None
    return SuppressionMark(
        source=SuppressionSource(source), since=datetime.fromtimestamp(_number(item, "suppressed_at"), UTC)
    )


def _text(item: Mapping[str, dict[str, Any]], name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _number(item: Mapping[str, dict[str, Any]], name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _ids(item: Mapping[str, dict[str, Any]], name: str) -> frozenset[int]:
    return frozenset(int(element["N"]) for element in item[name]["L"]) if name in item else frozenset()


def _attributes(item: Mapping[str, dict[str, Any]]) -> dict[int, Value]:
    if "attributes" not in item:
        return {}
    return {int(key): value["S"] if "S" in value else int(value["N"]) for key, value in item["attributes"]["M"].items()}
