"""The engagement of recipients: the attributes of ledger rows that the log writes.

Delivery creates the rows and owns their other attributes. Both are stored in one row, so that recipients who did not open
the mail are found with one query of one partition.
"""

from collections.abc import Iterable, Mapping
from struct import Struct
from typing import Any

from postrider.kit.chunks import in_chunks
from postrider.kit.pauses import pauses
from postrider.kit.provider_domains import OTHER
from postrider.kit.settings import table_name
from postrider.mail_events.model import EngagedRecipient, Engagement
from postrider.mail_events.rules import BLOCK_SIZE
from postrider.mail_events.source import MailSource
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import BATCH_GET_KEYS, client, from_wire, to_wire

_NUMBERS = ("bot_opens", "bot_clicks", "views")
_OPENED, _CLICKED, _MARKS = "opened", "clicked", "marks"
_VERSION = "engaged"
_SENT_AT = "sent_at"
_DOMAIN, _VARIANT = "domain", "variant"
_MAILBOX, _GROUP = "mailbox", "group_id"
_PROJECTED = ("sk", _SENT_AT, _DOMAIN, _VARIANT, _MAILBOX, _GROUP, _VERSION, *_NUMBERS, _OPENED, _CLICKED, _MARKS)
_OPEN, _CLICK = Struct(">I"), Struct(">IH")
"""Formats of a moment, and of a click with the number of its link: a recipient has at most 380 bytes of them."""


def partition_of(account_id: str, source: MailSource, block: int) -> str:
    """Return the partition key of a source's rows for a block of contacts."""
    return f"{account_id}#{source}#{block}"


def key_of(account_id: str, source: MailSource, contact_id: int) -> dict[str, Any]:
    partition = partition_of(account_id, source, contact_id // BLOCK_SIZE)
    return {"pk": to_wire(partition), "sk": to_wire(padded(contact_id))}


def recipients(account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, EngagedRecipient]:
    """Return the recipients of the source among these contacts, by id, read consistently."""
    by_pair = recipients_among(account_id, ((source, contact_id) for contact_id in contact_ids))
    return {contact_id: recipient for (_, contact_id), recipient in by_pair.items()}


def recipients_among(
    account_id: str, pairs: Iterable[tuple[MailSource, int]]
) -> dict[tuple[MailSource, int], EngagedRecipient]:
    """Return the existing recipients of these (source, contact id), read consistently with one call for 100."""
    table = table_name("ledger")
    names = {f"#{number}": name for number, name in enumerate(("pk", *_PROJECTED))}
    by_pair: dict[tuple[MailSource, int], EngagedRecipient] = {}
    for chunk in in_chunks(sorted(set(pairs)), BATCH_GET_KEYS):
        wanted = {(key["pk"]["S"], key["sk"]["S"]): pair for pair in chunk for key in [key_of(account_id, *pair)]}
        keys = [{"pk": to_wire(pk), "sk": to_wire(sk)} for pk, sk in wanted]
        for _ in pauses():
            request = {
                table: {
                    "Keys": keys,
                    "ConsistentRead": True,
                    "ProjectionExpression": ", ".join(names),
                    "ExpressionAttributeNames": names,
                }
            }
            answer = client().batch_get_item(RequestItems=request)
            for raw in answer["Responses"].get(table, []):
                item = from_wire(raw)
                by_pair[wanted[item["pk"], item["sk"]]] = recipient_of(item)
            keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not keys:
                break
    return by_pair


def recipient_of(item: Mapping[str, Any]) -> EngagedRecipient:
    """Return the recipient of a ledger row with plain values."""
    sent_at, group_id = item.get(_SENT_AT), item.get(_GROUP)
    return EngagedRecipient(
        engagement=engagement_of(item),
        sent_at_ms=None if sent_at is None else int(sent_at) * 1000,
        domain=item.get(_DOMAIN) or OTHER,
        variant=int(item.get(_VARIANT) or 0),
        mailbox=item.get(_MAILBOX),
        group_id=None if group_id is None else int(group_id),
    )


def engagement_of(item: Mapping[str, Any]) -> Engagement:
    numbers = {name: int(item[name]) for name in _NUMBERS if item.get(name) is not None}
    return Engagement(
        **numbers,
        opened=tuple(moment for (moment,) in _OPEN.iter_unpack(bytes(item.get(_OPENED) or b""))),
        clicked=tuple(_CLICK.iter_unpack(bytes(item.get(_CLICKED) or b""))),
        marked_at={str(name): int(at) for name, at in (item.get(_MARKS) or {}).items()},
        version=int(item.get(_VERSION) or 0),
    )


def update_of(account_id: str, source: MailSource, contact_id: int, after: Engagement, version: int) -> dict[str, Any]:
    """Return the write of an engagement, as a part of a transaction; its condition is that `version` has not changed."""
    known: dict[str, Any] = {
        **{name: getattr(after, name) for name in _NUMBERS},
        _OPENED: b"".join(_OPEN.pack(moment) for moment in after.opened),
        _CLICKED: b"".join(_CLICK.pack(*click) for click in after.clicked),
        _MARKS: dict(after.marked_at),
    }
    fields = {name: value for name, value in known.items() if value} | {_VERSION: version + 1}
    unchanged = "#v = :was" if version else "attribute_not_exists(#v)"
    names = {f"#{name}": name for name in fields if name != _VERSION} | {"#v": _VERSION, "#pk": "pk"}
    expression = ", ".join(f"{'#v' if name == _VERSION else '#' + name} = :{name}" for name in fields)
    return {
        "Update": {
            "TableName": table_name("ledger"),
            "Key": key_of(account_id, source, contact_id),
            "UpdateExpression": f"SET {expression}",
            "ConditionExpression": f"attribute_exists(#pk) AND {unchanged}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": to_wire(value) for name, value in fields.items()}
            | ({":was": to_wire(version)} if version else {}),
        }
    }


def rows_of_block(account_id: str, source: MailSource, block: int) -> list[dict[str, Any]]:
    """Return the rows of a source's recipients in a block of contacts, as plain values; `sk` is the padded contact id."""
    names = {f"#{number}": name for number, name in enumerate(_PROJECTED)}
    pages = (
        client()
        .get_paginator("query")
        .paginate(
            TableName=table_name("ledger"),
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": to_wire(partition_of(account_id, source, block))},
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )
    )
    return [from_wire(item) for page in pages for item in page["Items"]]


class Engagements:
    """A reader of the engagement of the recipients of a source."""

    def of_block(self, account_id: str, source: MailSource, block: int) -> dict[int, Engagement]:
        """Return the engagement of each recipient in a block of contacts, by contact id, with one query."""
        return {int(row["sk"]): engagement_of(row) for row in rows_of_block(account_id, source, block)}
