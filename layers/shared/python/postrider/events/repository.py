"""Writes rows of the log once for each event, and reads them merged over shards in the order of time."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from postrider.events import counters, rules
from postrider.events import recipients as ledger
from postrider.events.engagement import WritePlan
from postrider.events.model import EventBatch, EventType, LogQuery, LogRow
from postrider.events.table import BatchItem, EventsTableItem, RowItem
from postrider.kit.clock import from_unix
from postrider.storage.dynamo import client, was_made

KEPT_FOR = timedelta(days=400)
"""A year, and a month to look back at it."""

Place = tuple[int, str]
"""The place of a row in its log: its id, then its mark."""

_OFFSET_BYTES = 2
_NONE: Counter[str] = Counter()
_PERSONAL = ("url", "ip", "user_agent", "detail")
"""A link can contain a merged address, and a mail server's answer can name the mailbox."""


class Contended(Exception):
    """Somebody else is writing the same items; the whole transaction can be tried again."""


class LogRepository:
    # Writing

    def commit(
        self, account_id: str, list_id: int, campaign_id: int, shard: int, plan: WritePlan
    ) -> frozenset[str] | None:
        """Write rows, engagements and counters of one shard in one transaction.

        Return None if they were written; otherwise the marks (perhaps none) of rows that had been recorded before, and
        nothing was written. Raises Contended if somebody else is writing the same items.
        """
        marks = list(plan.rows)
        puts = [_put(_row_item(account_id, plan.rows[mark])) for mark in marks]
        campaign_key, totals = counters.campaign_key(account_id, campaign_id), counters.totals_key(shard)
        increments = [
            counters.increment_of(campaign_key, totals, plan.counts),
            counters.increment_of(counters.list_key(account_id, list_id), totals, plan.counts),
        ]
        increments += [
            counters.increment_of(campaign_key, counters.links_key(shard, item), counts)
            for item, counts in plan.links.items()
        ]
        engagements = [
            ledger.update_of(campaign_id, contact_id, after, plan.versions[contact_id])
            for contact_id, after in plan.recipients.items()
        ]
        try:
            client().transact_write_items(TransactItems=puts + engagements + increments)
        except ClientError as exc:
            codes = [reason.get("Code") for reason in exc.response.get("CancellationReasons", [])]
            if exc.response["Error"]["Code"] == "TransactionInProgressException":
                raise Contended from exc
            if exc.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            if any(code not in (None, "None", "ConditionalCheckFailed") for code in codes):
                raise Contended from exc
            refused = zip(marks, codes[: len(marks)], strict=True)
            return frozenset(mark for mark, code in refused if code == "ConditionalCheckFailed")
        return None

    def add(self, account_id: str, row: LogRow) -> bool:
        """Write a row that no counter belongs to; return False if it was there."""
        return _put_if_absent(_row_item(account_id, row))

    def add_batch(self, account_id: str, batch: EventBatch) -> None:
        """Write the rows of a batch of one block as one item, unless it is there."""
        _put_if_absent(_batch_item(account_id, batch))

    def put_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None:
        """Write batches of one block each, 25 a call, over those that are there."""
        with BatchItem.batch_write() as writes:
            for batch in batches:
                writes.save(_batch_item(account_id, batch))

    def forget(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Remove personal data from the contact's rows, keep that and when something happened; return how many had any.

        Reads the shard of the list's log in which the contact's rows lie.
        """
        cleared = 0
        for item in self._items_of_contact(account_id, list_id, contact_id):
            if isinstance(item, RowItem) and (personal := _personal_attributes(item)):
                removals = [getattr(RowItem, name).remove() for name in personal]
                item.update(removals, condition=EventsTableItem.pk.exists())
                cleared += 1
        return cleared

    # Reading

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[LogRow]:
        """Read every row of a contact, from the list and from its campaigns, in no order.

        Reads the shard of the contact's block; DynamoDB filters out the rows of others.
        """
        for item in self._items_of_contact(account_id, list_id, contact_id):
            yield from (row for row in _rows(item) if row.contact_id == contact_id)

    def _items_of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[EventsTableItem]:
        may_hold = (RowItem.contact_id == contact_id) | (BatchItem.block == contact_id // rules.BLOCK_SIZE)
        for family in rules.FAMILIES:
            key = f"list#{account_id}#{list_id}#{family}#{rules.shard_of(contact_id)}"
            yield from EventsTableItem.by_list.query(key, filter_condition=may_hold)

    def of_campaign(
        self, account_id: str, campaign_id: int, query: LogQuery, *, after: Place | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Read the rows of a campaign that fulfil the query, in order, after the place `after`; about `wanted` are used."""
        counters_key = counters.campaign_key(account_id, campaign_id)
        return self._read(f"campaign#{account_id}#{campaign_id}", counters_key, None, query, after, wanted)

    def of_list(
        self, account_id: str, list_id: int, query: LogQuery, *, after: Place | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Read the rows of a list and of its campaigns likewise."""
        counters_key = counters.list_key(account_id, list_id)
        index = EventsTableItem.by_list
        return self._read(f"list#{account_id}#{list_id}", counters_key, index, query, after, wanted)

    def of_part(self, account_id: str, campaign_id: int, family: str, shard: int) -> Iterator[LogRow]:
        """Read all rows of one partition of a campaign's log, in order of time."""
        items = EventsTableItem.query(f"campaign#{account_id}#{campaign_id}#{family}#{shard}")
        return (row for item in items for row in _rows(item))

    def _read(
        self, source: str, counters_key: str, index: Any, query: LogQuery, after: Place | None, wanted: int
    ) -> Iterator[LogRow]:
        low, high = rules.id_bounds(query)
        if after is not None:
            # Rows of one millisecond are sorted after they are read, so reading starts with the whole millisecond.
            edge = rules.ms_of(after[0])
            low, high = (
                (low, min(high, rules.last_id(edge))) if query.descending else (max(low, rules.first_id(edge)), high)
            )
        if low > high:
            return
        partitions = _partitions(counters_key, query)
        page_size = max(10, wanted // max(1, len(partitions)) * 2)
        streams = [_items(f"{source}#{partition}", index, low, high, query, page_size) for partition in partitions]
        merged = heapq.merge(*streams, key=_ms, reverse=query.descending)
        for _, items in groupby(merged, key=_ms):
            rows = [row for item in items for row in _rows(item) if low <= row.id <= high and rules.fits(query, row)]
            for row in sorted(rows, key=place_of, reverse=query.descending):
                if after is None or (place_of(row) < after if query.descending else place_of(row) > after):
                    yield row


def place_of(row: LogRow) -> Place:
    return row.id, row.mark


def _partitions(counters_key: str, query: LogQuery) -> list[str]:
    """Return `<family>#<shard>` of the partitions that may hold rows; counters say which hold opens and clicks."""
    families = rules.families_of(query.types)
    shards = {rules.shard_of(contact_id) for contact_id in query.contact_ids or ()} or set(range(rules.SHARDS))
    is_counted = families != (rules.OTHERS,)
    counts = counters.read_totals_by_shard(counters_key) if is_counted else {}
    return [
        f"{family}#{shard}"
        for family in families
        for shard in sorted(shards)
        if family == rules.OTHERS or any(counts.get(shard, _NONE)[name] for name in rules.COUNTERS_OF_FAMILY[family])
    ]


def _ms(item: EventsTableItem) -> int:
    return rules.ms_of(int(item.sk[:16]))


def _items(pk: str, index: Any, low: int, high: int, query: LogQuery, page_size: int) -> Iterator[EventsTableItem]:
    # A batch lies at the first id of its millisecond, even if the bound lies within that millisecond.
    bounds = (
        rules.sort_key(rules.first_id(rules.ms_of(low))),
        rules.sort_key(high, "~"),
    )
    arguments: dict[str, Any] = {
        "range_key_condition": EventsTableItem.sk.between(*bounds),
        "filter_condition": RowItem.type.is_in(*sorted(query.types)) if query.types else None,
        "scan_index_forward": not query.descending,
        "page_size": page_size,
    }
    if index is None:
        return iter(EventsTableItem.query(pk, consistent_read=True, **arguments))
    return iter(index.query(pk, **arguments))


def _rows(item: EventsTableItem) -> Iterable[LogRow]:
    if isinstance(item, BatchItem):
        return _rows_of_batch(item)
    return [_row(item)] if isinstance(item, RowItem) else []


def _row(item: RowItem) -> LogRow:
    log_id, _, mark = item.sk.partition("#")
    return LogRow(
        id=int(log_id),
        mark=mark,
        type=EventType(item.type),
        contact_id=int(item.contact_id),
        list_id=int(item.list_id),
        at=from_unix(rules.ms_of(int(log_id)) // 1000),
        campaign_id=None if item.campaign_id is None else int(item.campaign_id),
        is_bot=bool(item.is_bot),
        nth=1 if item.nth is None else int(item.nth),
        new_link=bool(item.new_link),
        link_id=None if item.link_id is None else int(item.link_id),
        url=item.url,
        ip=item.ip,
        user_agent=item.user_agent,
        detail=item.detail,
    )


def _rows_of_batch(item: BatchItem) -> Iterator[LogRow]:
    log_id, _, mark = item.sk.partition("#")
    at_ms = rules.ms_of(int(log_id))
    for start in range(0, len(item.members), _OFFSET_BYTES):
        contact_id = int(item.block) * rules.BLOCK_SIZE + int.from_bytes(item.members[start : start + _OFFSET_BYTES])
        yield LogRow(
            id=rules.row_id(at_ms, contact_id),
            mark=f"{mark}.{contact_id}",
            type=EventType(item.type),
            contact_id=contact_id,
            list_id=int(item.list_id),
            at=from_unix(at_ms // 1000),
            campaign_id=None if item.campaign_id is None else int(item.campaign_id),
            detail=item.detail,
        )


def _partition(account_id: str, event_type: EventType, contact_id: int, list_id: int, campaign_id: int | None) -> str:
    source = f"list#{account_id}#{list_id}" if campaign_id is None else f"campaign#{account_id}#{campaign_id}"
    return f"{source}#{rules.family_of(event_type)}#{rules.shard_of(contact_id)}"


def _list_key(account_id: str, event_type: EventType, contact_id: int, list_id: int) -> str:
    return _partition(account_id, event_type, contact_id, list_id, None)


def _row_item(account_id: str, row: LogRow) -> RowItem:
    return RowItem(
        _partition(account_id, row.type, row.contact_id, row.list_id, row.campaign_id),
        rules.sort_key(row.id, row.mark),
        list_key=_list_key(account_id, row.type, row.contact_id, row.list_id),
        expires_at=row.at + KEPT_FOR,
        type=row.type.value,
        contact_id=row.contact_id,
        list_id=row.list_id,
        campaign_id=row.campaign_id,
        is_bot=row.is_bot or None,
        nth=None if row.nth == 1 else row.nth,
        new_link=row.new_link or None,
        link_id=row.link_id,
        url=row.url,
        ip=row.ip,
        user_agent=row.user_agent,
        detail=row.detail,
    )


def _put(item: EventsTableItem) -> dict[str, Any]:
    """Return the write that puts the item if it is absent, as a part of a transaction."""
    return {
        "Put": {
            "TableName": EventsTableItem.Meta.table_name,
            "Item": item.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _batch_item(account_id: str, batch: EventBatch) -> BatchItem:
    first = batch.contact_ids[0]
    block = first // rules.BLOCK_SIZE
    offsets = sorted(contact_id - block * rules.BLOCK_SIZE for contact_id in batch.contact_ids)
    return BatchItem(
        _partition(account_id, batch.type, first, batch.list_id, batch.campaign_id),
        rules.sort_key(rules.first_id(batch.at_ms), rules.digest(batch.event_id)),
        list_key=_list_key(account_id, batch.type, first, batch.list_id),
        expires_at=from_unix(batch.at_ms // 1000) + KEPT_FOR,
        type=batch.type.value,
        block=block,
        members=b"".join(offset.to_bytes(_OFFSET_BYTES) for offset in offsets),
        list_id=batch.list_id,
        campaign_id=batch.campaign_id,
        detail=batch.detail,
    )


def _personal_attributes(item: RowItem) -> list[str]:
    """Return the names of the attributes that hold personal data; how a contact was subscribed is none."""
    names = [name for name in _PERSONAL if getattr(item, name) is not None]
    return [name for name in names if name != "detail"] if item.type == EventType.SUBSCRIBED else names


def _put_if_absent(item: EventsTableItem) -> bool:
    return was_made(lambda: item.save(condition=EventsTableItem.pk.does_not_exist()))
