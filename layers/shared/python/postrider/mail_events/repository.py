"""Write rows of the log once for each event, and read them merged over shards in the order of time."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import Any

from botocore.exceptions import ClientError

from postrider.kit.pauses import pauses
from postrider.mail_events import calendar, counters, mail_days, period_counters, rules
from postrider.mail_events import recipients as ledger
from postrider.mail_events.engagement import WritePlan, row_of
from postrider.mail_events.mapping import (
    OFFSET_BYTES,
    batch_item,
    mailbox_partition,
    partition_of_log,
    row_item,
    rows_of_batch,
    rows_of_item,
)
from postrider.mail_events.model import (
    AccountLog,
    Event,
    EventBatch,
    EventType,
    ListLog,
    Log,
    LogQuery,
    LogRow,
    MailboxLog,
)
from postrider.mail_events.source import MailSource
from postrider.mail_events.table import EventBatchItem, RowItem
from postrider.storage.dynamo import batch_get, client, execute_statements, insert_statement, was_made
from postrider.storage.events_table import EventsTableItem

COUNTED_BY_LIST = frozenset({EventType.SUBSCRIBED, EventType.UNSUBSCRIBED, EventType.UNSUBSCRIBED_FROM_ACCOUNT})
"""Types of events without a mail that the list counts by hour."""

_COUNTED_PAGE = 1000
_NONE: Counter[str] = Counter()
_PERSONAL = ("url", "ip", "user_agent", "detail")
"""Attributes with personal data: a link can contain a merged address, and a mail server's answer can name the mailbox."""


class WriteContention(Exception):
    """A concurrent call is writing the same items. The whole transaction can be retried."""


@dataclass(frozen=True, kw_only=True)
class RefusedEvents:
    """Digests of events whose rows kept a transaction from being written.

    `repeated` were recorded before; the ids of `displaced` are taken by other events.
    """

    repeated: frozenset[str]
    displaced: frozenset[str]


class LogRepository:
    # Writing

    def commit(
        self, account_id: str, list_id: int, source: MailSource, shard: int, plan: WritePlan
    ) -> RefusedEvents | None:
        """Write rows, engagements and counters of one shard in one transaction.

        Return None if they were written. Otherwise nothing was written; return the refused rows, which may be empty. Raises
        Contended if a concurrent call is writing the same items.
        """
        items = [row_item(account_id, row) for row in plan.rows.values()]
        puts = [_put(item) for item in items]
        source_key, list_key, account_key = (
            counters.counters_key(account_id, log) for log in (source.whole, ListLog(list_id), AccountLog())
        )
        slot = counters.random_slot()
        totals = counters.totals_key(shard, slot)
        increments = [counters.increment_of(list_key, totals, plan.counts)]
        increments += [
            mail_days.increment_of(account_id, day, shard, slot, counts) for day, counts in plan.days.items()
        ]
        increments += period_counters.increments_of_hours(account_key, shard, slot, plan.hours)
        if not plan.days:
            increments += _increments_of_source(source_key, shard, slot, plan)
            increments += period_counters.increments_of_hours(list_key, shard, slot, plan.hours)
        engagements = [
            ledger.update_of(account_id, source, contact_id, after, plan.versions[contact_id])
            for contact_id, after in plan.recipients.items()
        ]
        try:
            client().transact_write_items(TransactItems=puts + engagements + increments)
        except ClientError as exc:
            codes = [reason.get("Code") for reason in exc.response.get("CancellationReasons", [])]
            if exc.response["Error"]["Code"] == "TransactionInProgressException":
                raise WriteContention from exc
            if exc.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            if any(code not in (None, "None", "ConditionalCheckFailed") for code in codes):
                raise WriteContention from exc
            outcomes = zip(items, codes[: len(items)], strict=True)
            return _refused([item for item, code in outcomes if code == "ConditionalCheckFailed"])
        return None

    def add(self, account_id: str, event: Event) -> bool:
        """Write the row of an event without a mail, and count it in its list; return False if the row exists."""
        mark = rules.digest(event.event_id)
        items = (row_item(account_id, row_of(event, mark, shift=shift)) for shift in count())
        return _add(items, _increments_of_list(account_id, event, event.contact_id, 1))

    def add_batch(self, account_id: str, batch: EventBatch) -> None:
        """Write the rows of a batch of one block as one item, and count them in their list, unless the item exists."""
        items = (batch_item(account_id, batch, shift) for shift in count())
        _add(items, _increments_of_list(account_id, batch, batch.contact_ids[0], len(batch.contact_ids)))

    def put_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None:
        """Write batches of one block each, 25 per call, unless they exist."""
        shifts: Counter[str] = Counter()
        waiting = {rules.digest(batch.event_id): batch for batch in batches}
        while waiting:
            items = {
                (item.pk, item.sk): item
                for mark, batch in waiting.items()
                for item in [batch_item(account_id, batch, shifts[mark])]
            }  # batches that need the same key are written one after the other
            errors = execute_statements([insert_statement(item) for item in items.values()])
            refused = _refused([item for item, error in zip(items.values(), errors, strict=True) if error is not None])
            shifts.update(refused.displaced)
            for mark in {item.mark for item in items.values()} - refused.displaced:
                del waiting[mark]

    def forget(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Remove personal data from the contact's rows; return the number of rows that had any.

        Types and moments of the events are kept. The shard of the list's log with the contact's rows is read.
        """
        cleared = 0
        for item in self._items_of_contact(account_id, list_id, contact_id):
            if isinstance(item, RowItem) and (personal := _personal_attributes(item)):
                removals = [getattr(RowItem, name).remove() for name in personal]
                item.update(removals, condition=EventsTableItem.pk.exists())
                cleared += 1
        return cleared

    def forget_mailbox(self, account_id: str, mailbox: str) -> int:
        """Remove personal data from the rows of transactional mails to an address; return the number of rows that had any."""
        cleared = 0
        for item in EventsTableItem.by_source.query(mailbox_partition(account_id, mailbox)):
            if isinstance(item, RowItem) and (personal := _personal_attributes(item)):
                removals = [getattr(RowItem, name).remove() for name in personal]
                item.update(removals, condition=EventsTableItem.pk.exists())
                cleared += 1
        return cleared

    # Reading

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[LogRow]:
        """Read every row of a contact, about the list and about mails to it, in no order.

        The shard of the contact's block is read; DynamoDB filters out the rows of other contacts.
        """
        for item in self._items_of_contact(account_id, list_id, contact_id):
            yield from (row for row in rows_of_item(item) if row.contact_id == contact_id)

    def _items_of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[EventsTableItem]:
        may_hold = (RowItem.contact_id == contact_id) | (EventBatchItem.block == contact_id // rules.BLOCK_SIZE)
        for family in rules.FAMILIES:
            key = partition_of_log(account_id, ListLog(list_id), family, rules.shard_of(contact_id))
            yield from EventsTableItem.query(key, filter_condition=may_hold, consistent_read=True)

    def read(
        self, account_id: str, log: Log, query: LogQuery, *, after: int | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Read the rows of a log that fulfil the query, in order, after the row `after`; the caller uses about `wanted`."""
        low, high = rules.id_bounds(query)
        if after is not None:
            low, high = (low, min(high, after - 1)) if query.descending else (max(low, after + 1), high)
        if low > high:
            return
        partitions = _partitions(account_id, log, query)
        page_size = max(10, wanted // max(1, len(partitions)) * 2)
        streams = [_items(partition, log, low, high, query, page_size) for partition in partitions]
        merged = heapq.merge(*streams, key=_ms, reverse=query.descending)
        for _, items in groupby(merged, key=_ms):
            rows = [
                row for item in items for row in rows_of_item(item) if low <= row.id <= high and rules.fits(query, row)
            ]
            yield from sorted(rows, key=lambda row: row.id, reverse=query.descending)

    def row_counts(self, account_id: str, log: Log, query: LogQuery) -> Iterator[int]:
        """Yield the number of rows of each stored item that fulfil the query: a batch of many rows is one item."""
        low, high = rules.id_bounds(query)
        for partition in _partitions(account_id, log, query):
            for item in _items(partition, log, low, high, query, _COUNTED_PAGE):
                if isinstance(item, EventBatchItem) and rules.takes_whole_batches(query):
                    row = next(iter(rows_of_batch(item)))
                    yield len(item.members) // OFFSET_BYTES if rules.fits(query, row) else 0
                else:
                    yield sum(low <= row.id <= high and rules.fits(query, row) for row in rows_of_item(item))

    def read_part(self, account_id: str, source: MailSource, family: str, shard: int) -> Iterator[LogRow]:
        """Read all rows of one partition of the log of a source, in order of time."""
        items = EventsTableItem.by_source.query(partition_of_log(account_id, source, family, shard))
        return (row for item in items for row in rows_of_item(item))


def _partitions(account_id: str, log: Log, query: LogQuery) -> list[str]:
    """Return the partitions that may have rows; partitions of opens and clicks without counters are omitted."""
    if isinstance(log, MailboxLog):
        return [mailbox_partition(account_id, log.mailbox)]
    families = rules.families_of(query.types)
    shards = {rules.shard_of(contact_id) for contact_id in query.contact_ids or ()} or set(range(rules.SHARDS))
    is_counted = families != (rules.OTHERS,)
    counts = counters.read_totals_by_shard(counters.counters_key(account_id, log)) if is_counted else {}
    return [
        partition_of_log(account_id, log, family, shard)
        for family in families
        for shard in sorted(shards)
        if family == rules.OTHERS or any(counts.get(shard, _NONE)[name] for name in rules.COUNTERS_OF_FAMILY[family])
    ]


def _ms(item: EventsTableItem) -> int:
    return rules.ms_of(int(item.sk))


def _items(pk: str, log: Log, low: int, high: int, query: LogQuery, page_size: int) -> Iterator[EventsTableItem]:
    # The key of a batch is the first id of its rows, also if the bound is between its rows.
    bounds = rules.sort_key(rules.first_id(rules.ms_of(low))), rules.sort_key(high)
    arguments: dict[str, Any] = {
        "range_key_condition": EventsTableItem.sk.between(*bounds),
        "filter_condition": RowItem.type.is_in(*sorted(query.types)) if query.types else None,
        "scan_index_forward": not query.descending,
        "page_size": page_size,
    }
    if isinstance(log, ListLog):
        return iter(EventsTableItem.query(pk, consistent_read=True, **arguments))
    return iter(EventsTableItem.by_source.query(pk, **arguments))


def _increments_of_source(pk: str, shard: int, slot: int, plan: WritePlan) -> list[dict[str, Any]]:
    """Return the writes that add a plan to the counters of its source."""
    return [
        counters.increment_of(pk, counters.totals_key(shard, slot), plan.counts),
        *(
            counters.increment_of(pk, counters.links_key(shard, slot, item), counts)
            for item, counts in plan.links.items()
        ),
        period_counters.increment_of_facets(pk, shard, slot, plan.facets),
        *period_counters.increments_of_hours(pk, shard, slot, plan.hours),
        *period_counters.increments_of_parts(pk, shard, slot, plan.parts),
    ]


def _put(item: EventsTableItem) -> dict[str, Any]:
    """Return the write that puts the item if it is absent, as a part of a transaction."""
    return {
        "Put": {
            "TableName": EventsTableItem.Meta.table_name,
            "Item": item.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _personal_attributes(item: RowItem) -> list[str]:
    """Return the names of the attributes with personal data; a SubscribedBy is not personal."""
    names = [name for name in _PERSONAL if getattr(item, name) is not None]
    return [name for name in names if name != "detail"] if item.type == EventType.SUBSCRIBED else names


def _increments_of_list(
    account_id: str, event: Event | EventBatch, contact_id: int, number: int
) -> list[dict[str, Any]]:
    """Return the writes that count events without a mail by hour, as parts of a transaction; none for most types."""
    if event.type not in COUNTED_BY_LIST or event.source is not None:
        return []
    pk = counters.counters_key(account_id, ListLog(event.list_id))
    hours: calendar.HourCounts = Counter({(calendar.hour_of(event.at_ms), event.type.value): number})
    return period_counters.increments_of_hours(pk, rules.shard_of(contact_id), counters.random_slot(), hours)


def _add(choices: Iterable[RowItem | EventBatchItem], increments: Sequence[dict[str, Any]] = ()) -> bool:
    """Put the first item whose id is free; return False if the event was recorded before. The items differ only in ids.

    The increments are written together with it. Raises Throttled if other writers were faster each time.
    """
    for item in choices:
        if _put_if_absent(item, increments):
            return True
        if _refused([item]).repeated:
            return False
    raise AssertionError  # the choices never end


def _put_if_absent(item: EventsTableItem, increments: Sequence[dict[str, Any]]) -> bool:
    if not increments:
        return was_made(lambda: item.save(condition=EventsTableItem.pk.does_not_exist()))
    for _ in pauses():
        try:
            client().transact_write_items(TransactItems=[_put(item), *increments])
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in counters.CANCELLED:
                raise
            if any(
                reason.get("Code") == "ConditionalCheckFailed" for reason in exc.response.get("CancellationReasons", [])
            ):
                return False
        else:
            return True
    raise AssertionError  # pauses() ends by raising


def _refused(items: Sequence[RowItem | EventBatchItem]) -> RefusedEvents:
    """Separate repeated events from events whose id is taken, by the items that are stored under these keys."""
    keys = [(item.pk, item.sk) for item in items]
    stored = {(item.pk, item.sk): item for item in batch_get(EventsTableItem, keys)} if keys else {}
    repeated = {item.mark for item in items if _mark_of(stored.get((item.pk, item.sk))) == item.mark}
    return RefusedEvents(
        repeated=frozenset(repeated), displaced=frozenset(item.mark for item in items if item.mark not in repeated)
    )


def _mark_of(item: EventsTableItem | None) -> str | None:
    return item.mark if isinstance(item, RowItem | EventBatchItem) else None
