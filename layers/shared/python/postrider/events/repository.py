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
from postrider.events.model import EventBatch, EventType, ListLog, Log, LogQuery, LogRow
from postrider.events.source import MailSource
from postrider.events.table import BatchItem, RowItem
from postrider.kit.clock import from_unix
from postrider.storage.dynamo import client, was_made
from postrider.storage.events_table import EventsTableItem

KEPT_FOR = timedelta(days=400)
"""A year, and a month to look back at it."""

Place = tuple[int, str]
"""The place of a row in its log: its id, then its mark."""

_OFFSET_BYTES = 2
_NONE: Counter[str] = Counter()
_PERSONAL = ("url", "ip", "user_agent", "detail")
"""A link can contain a merged address, and a mail server's answer can name the mailbox."""


class Contended(Exception):
    """Another call is writing the same items. The whole transaction can be retried."""


class LogRepository:
    # Writing

    def commit(
        self, account_id: str, list_id: int, source: MailSource, shard: int, plan: WritePlan
    ) -> frozenset[str] | None:
        """Write rows, engagements and counters of one shard in one transaction.

        Return None if they were written; otherwise the marks (perhaps none) of rows that had been recorded before, and
        nothing was written. Raises Contended if somebody else is writing the same items.
        """
        marks = list(plan.rows)
        puts = [_put(_row_item(account_id, plan.rows[mark])) for mark in marks]
        source_key, list_key = (counters.counters_key(account_id, log) for log in (source, ListLog(list_id)))
        slot = counters.random_slot()
        increments = [
            counters.increment_of(pk, counters.totals_key(shard, slot), plan.counts) for pk in (source_key, list_key)
        ]
        increments += [
            counters.increment_of(source_key, counters.links_key(shard, slot, item), counts)
            for item, counts in plan.links.items()
        ]
        engagements = [
            ledger.update_of(account_id, source, contact_id, after, plan.versions[contact_id])
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
        """Read every row of a contact, about the list and about mails sent to it, in no order.

        Reads the shard of the contact's block; DynamoDB filters out the rows of others.
        """
        for item in self._items_of_contact(account_id, list_id, contact_id):
            yield from (row for row in _rows(item) if row.contact_id == contact_id)

    def _items_of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[EventsTableItem]:
        may_hold = (RowItem.contact_id == contact_id) | (BatchItem.block == contact_id // rules.BLOCK_SIZE)
        for family in rules.FAMILIES:
            key = _partition(account_id, ListLog(list_id), family, rules.shard_of(contact_id))
            yield from EventsTableItem.by_list.query(key, filter_condition=may_hold)

    def read(
        self, account_id: str, log: Log, query: LogQuery, *, after: Place | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Read the rows of a log that fulfil the query, in order, after the place `after`; about `wanted` are used."""
        low, high = rules.id_bounds(query)
        if after is not None:
            # Rows of one millisecond are sorted after they are read, so reading starts with the whole millisecond.
            edge = rules.ms_of(after[0])
            low, high = (
                (low, min(high, rules.last_id(edge))) if query.descending else (max(low, rules.first_id(edge)), high)
            )
        if low > high:
            return
        partitions = _partitions(account_id, log, query)
        page_size = max(10, wanted // max(1, len(partitions)) * 2)
        index = EventsTableItem.by_list if isinstance(log, ListLog) else None
        streams = [_items(partition, index, low, high, query, page_size) for partition in partitions]
        merged = heapq.merge(*streams, key=_ms, reverse=query.descending)
        for _, items in groupby(merged, key=_ms):
            rows = [row for item in items for row in _rows(item) if low <= row.id <= high and rules.fits(query, row)]
            for row in sorted(rows, key=place_of, reverse=query.descending):
                if after is None or (place_of(row) < after if query.descending else place_of(row) > after):
                    yield row

    def read_part(self, account_id: str, log: Log, family: str, shard: int) -> Iterator[LogRow]:
        """Read all rows of one partition of a log, in order of time."""
        items = EventsTableItem.query(_partition(account_id, log, family, shard))
        return (row for item in items for row in _rows(item))


def place_of(row: LogRow) -> Place:
    return row.id, row.mark


def _partition(account_id: str, log: Log, family: str, shard: int) -> str:
    return f"log#{account_id}#{log}#{family}#{shard}"


def _partitions(account_id: str, log: Log, query: LogQuery) -> list[str]:
    """Return the partitions that may hold rows; counters say which hold opens and clicks."""
    families = rules.families_of(query.types)
    shards = {rules.shard_of(contact_id) for contact_id in query.contact_ids or ()} or set(range(rules.SHARDS))
    is_counted = families != (rules.OTHERS,)
    counts = counters.read_totals_by_shard(counters.counters_key(account_id, log)) if is_counted else {}
    return [
        _partition(account_id, log, family, shard)
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
        source=None if item.source is None else rules.source_of(item.source),
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
            source=None if item.source is None else rules.source_of(item.source),
            detail=item.detail,
        )


def _keys(account_id: str, row: LogRow | EventBatch, contact_id: int) -> tuple[str, str]:
    """Return the partition of a row, and that which it has in the index of its list."""
    family, shard, of_list = rules.family_of(row.type), rules.shard_of(contact_id), ListLog(row.list_id)
    list_key = _partition(account_id, of_list, family, shard)
    return _partition(account_id, row.source or of_list, family, shard), list_key


def _row_item(account_id: str, row: LogRow) -> RowItem:
    pk, list_key = _keys(account_id, row, row.contact_id)
    return RowItem(
        pk,
        rules.sort_key(row.id, row.mark),
        list_key=list_key,
        expires_at=row.at + KEPT_FOR,
        type=row.type.value,
        contact_id=row.contact_id,
        list_id=row.list_id,
        source=None if row.source is None else str(row.source),
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
    pk, list_key = _keys(account_id, batch, first)
    return BatchItem(
        pk,
        rules.sort_key(rules.first_id(batch.at_ms), rules.digest(batch.event_id)),
        list_key=list_key,
        expires_at=from_unix(batch.at_ms // 1000) + KEPT_FOR,
        type=batch.type.value,
        block=block,
        members=b"".join(offset.to_bytes(_OFFSET_BYTES) for offset in offsets),
        list_id=batch.list_id,
        source=None if batch.source is None else str(batch.source),
        detail=batch.detail,
    )


def _personal_attributes(item: RowItem) -> list[str]:
    """Return the names of the attributes that hold personal data; how a contact was subscribed is none."""
    names = [name for name in _PERSONAL if getattr(item, name) is not None]
    return [name for name in names if name != "detail"] if item.type == EventType.SUBSCRIBED else names


def _put_if_absent(item: EventsTableItem) -> bool:
    return was_made(lambda: item.save(condition=EventsTableItem.pk.does_not_exist()))
