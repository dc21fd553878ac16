"""The log: rows in, once for each event; rows out, merged over shards in the order of time."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from postrider.events import counters as tallies
from postrider.events import recipients as ledger
from postrider.events import rules
from postrider.events.engagement import Plan
from postrider.events.model import EventBatch, LogQuery, LogRow, LogType
from postrider.events.source import MailSource
from postrider.events.table import EventsTableItem, PackItem, RowItem
from postrider.kit.clock import from_unix
from postrider.storage.dynamo import client, was_made

KEPT_FOR = timedelta(days=400)
"""A year and the month to look at it."""

Place = tuple[int, str]
"""Of a row in its log: its id, then its mark."""

_OFFSET_BYTES = 2
_NONE: Counter[str] = Counter()
_PERSONAL = ("url", "ip", "user_agent", "detail")
"""A link can carry a merged address, and what a mail server says names the mailbox."""


class Contended(Exception):
    """Others write the same rows right now; the whole of it can be tried again."""


class LogRepository:
    # Writing

    def commit(self, account_id: str, list_id: int, campaign_id: int, shard: int, plan: Plan) -> frozenset[str] | None:
        """Write rows, flags and counters of one shard in one transaction.

        None when it is done; otherwise nothing was written and these marks (perhaps none) were recorded before. Raises
        Contended when somebody else writes the same items at this moment.
        """
        marks = list(plan.rows)
        puts = [_put(_row_item(account_id, plan.rows[mark])) for mark in marks]
        counters = [
            tallies.added(tallies.campaign_key(account_id, campaign_id), tallies.counts_name(shard), plan.counts),
            tallies.added(tallies.list_key(account_id, list_id), tallies.counts_name(shard), plan.counts),
        ]
        counters += [
            tallies.added(tallies.campaign_key(account_id, campaign_id), tallies.links_name(shard, number), counts)
            for number, counts in plan.links.items()
        ]
        flags = [
            ledger.update_of(account_id, MailSource.campaign(campaign_id), contact_id, after, plan.versions[contact_id])
            for contact_id, after in plan.recipients.items()
        ]
        try:
            client().transact_write_items(TransactItems=puts + flags + counters)
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
        """One row that no counter goes with; False when it was there."""
        return _put_if_absent(_row_item(account_id, row))

    def add_pack(self, account_id: str, pack: EventBatch) -> None:
        """Rows of one type, one moment and one block as one item; nothing happens when it was recorded before."""
        _put_if_absent(_pack_item(account_id, pack))

    def write_packs(self, account_id: str, packs: Sequence[EventBatch]) -> None:
        """25 a call; one that was recorded before is written over."""
        with PackItem.batch_write() as batch:
            for pack in packs:
                batch.save(_pack_item(account_id, pack))

    def forget(self, account_id: str, list_id: int, contact_id: int) -> int:
        """Take out of the contact's rows what tells about the person; that something happened, and when, stays.

        How many rows that were. Reads the shard of the list's log that the contact's rows lie in.
        """
        cleared = 0
        for item in self._items_of_contact(account_id, list_id, contact_id):
            told = [name for name in _PERSONAL if getattr(item, name, None) is not None]
            if isinstance(item, RowItem) and told:
                item.update([getattr(RowItem, name).remove() for name in told], condition=EventsTableItem.pk.exists())
                cleared += 1
        return cleared

    # Reading

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[LogRow]:
        """Every row of one contact of a list, its campaigns' as well, in no order.

        Reads the shard of the contact's block; DynamoDB leaves out what is of others.
        """
        for item in self._items_of_contact(account_id, list_id, contact_id):
            yield from (row for row in _rows(item) if row.contact_id == contact_id)

    def _items_of_contact(self, account_id: str, list_id: int, contact_id: int) -> Iterator[EventsTableItem]:
        of_it = (RowItem.contact_id == contact_id) | (PackItem.block == contact_id // rules.BLOCK_SIZE)
        for family in rules.FAMILIES:
            key = f"list#{account_id}#{list_id}#{family}#{rules.shard_of(contact_id)}"
            yield from EventsTableItem.by_list.query(key, filter_condition=of_it)

    def of_campaign(
        self, account_id: str, campaign_id: int, query: LogQuery, *, after: Place | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Rows of a campaign that answer the question, in order, from behind `after`; about `wanted` will be read."""
        tally = tallies.campaign_key(account_id, campaign_id)
        return self._walk(f"campaign#{account_id}#{campaign_id}", tally, None, query, after, wanted)

    def of_list(
        self, account_id: str, list_id: int, query: LogQuery, *, after: Place | None = None, wanted: int = 50
    ) -> Iterator[LogRow]:
        """Rows of a list and of its campaigns."""
        tally = tallies.list_key(account_id, list_id)
        return self._walk(f"list#{account_id}#{list_id}", tally, EventsTableItem.by_list, query, after, wanted)

    def of_part(self, account_id: str, campaign_id: int, family: str, shard: int) -> Iterator[LogRow]:
        """All rows of one partition of a campaign's log, in order of time."""
        items = EventsTableItem.query(f"campaign#{account_id}#{campaign_id}#{family}#{shard}")
        return (row for item in items for row in _rows(item))

    def _walk(
        self, source: str, tally: str, index: Any, query: LogQuery, after: Place | None, wanted: int
    ) -> Iterator[LogRow]:
        low, high = rules.id_bounds(query)
        if after is not None:
            # The rows of one millisecond are put in order after reading them, so a page begins with its whole one.
            edge = rules.ms_of(after[0])
            low, high = (
                (low, min(high, rules.last_id(edge))) if query.descending else (max(low, rules.first_id(edge)), high)
            )
        if low > high:
            return
        partitions = _partitions(tally, query)
        page_size = max(10, wanted // max(1, len(partitions)) * 2)
        streams = [_items(f"{source}#{partition}", index, low, high, query, page_size) for partition in partitions]
        merged = heapq.merge(*streams, key=_ms, reverse=query.descending)
        for _, together in groupby(merged, key=_ms):
            rows = [row for item in together for row in _rows(item) if low <= row.id <= high and rules.fits(query, row)]
            for row in sorted(rows, key=place_of, reverse=query.descending):
                if after is None or (place_of(row) < after if query.descending else place_of(row) > after):
                    yield row


def place_of(row: LogRow) -> Place:
    return row.id, row.mark


def _partitions(tally: str, query: LogQuery) -> list[str]:
    """`<family>#<shard>` of those that may hold rows; the counters tell which have opens and clicks."""
    families = rules.families_of(query.types)
    shards = {rules.shard_of(contact_id) for contact_id in query.contact_ids or ()} or set(range(rules.SHARDS))
    counted: dict[int, Counter[str]] = {} if families == ("other",) else tallies.read_by_shard(tally)
    return [
        f"{family}#{shard}"
        for family in families
        for shard in sorted(shards)
        if family == "other" or any(counted.get(shard, _NONE)[name] for name in rules.COUNTERS_OF_FAMILY[family])
    ]


def _ms(item: EventsTableItem) -> int:
    return rules.ms_of(int(item.sk[:16]))


def _items(pk: str, index: Any, low: int, high: int, query: LogQuery, page_size: int) -> Iterator[EventsTableItem]:
    # A pack lies at the first id of its millisecond, also when the bound cuts that millisecond.
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
    if isinstance(item, PackItem):
        return _unpacked(item)
    return [_row(item)] if isinstance(item, RowItem) else []


def _row(item: RowItem) -> LogRow:
    log_id, _, mark = item.sk.partition("#")
    return LogRow(
        id=int(log_id),
        mark=mark,
        type=LogType(item.type),
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


def _unpacked(item: PackItem) -> Iterator[LogRow]:
    log_id, _, mark = item.sk.partition("#")
    at_ms = rules.ms_of(int(log_id))
    for start in range(0, len(item.members), _OFFSET_BYTES):
        contact_id = int(item.block) * rules.BLOCK_SIZE + int.from_bytes(item.members[start : start + _OFFSET_BYTES])
        yield LogRow(
            id=rules.row_id(at_ms, contact_id),
            mark=f"{mark}.{contact_id}",
            type=LogType(item.type),
            contact_id=contact_id,
            list_id=int(item.list_id),
            at=from_unix(at_ms // 1000),
            campaign_id=None if item.campaign_id is None else int(item.campaign_id),
            detail=item.detail,
        )


def _partition(account_id: str, kind: LogType, contact_id: int, list_id: int, campaign_id: int | None) -> str:
    source = f"list#{account_id}#{list_id}" if campaign_id is None else f"campaign#{account_id}#{campaign_id}"
    return f"{source}#{rules.family_of(kind)}#{rules.shard_of(contact_id)}"


def _list_key(account_id: str, kind: LogType, contact_id: int, list_id: int) -> str:
    return _partition(account_id, kind, contact_id, list_id, None)


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
    """Put-if-absent, as a part of a transaction."""
    return {
        "Put": {
            "TableName": EventsTableItem.Meta.table_name,
            "Item": item.serialize(),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _pack_item(account_id: str, pack: EventBatch) -> PackItem:
    first = pack.contact_ids[0]
    block = first // rules.BLOCK_SIZE
    offsets = sorted(contact_id - block * rules.BLOCK_SIZE for contact_id in pack.contact_ids)
    return PackItem(
        _partition(account_id, pack.type, first, pack.list_id, pack.campaign_id),
        rules.sort_key(rules.first_id(pack.at_ms), rules.digest(pack.event_id)),
        list_key=_list_key(account_id, pack.type, first, pack.list_id),
        expires_at=from_unix(pack.at_ms // 1000) + KEPT_FOR,
        type=pack.type.value,
        block=block,
        members=b"".join(offset.to_bytes(_OFFSET_BYTES) for offset in offsets),
        list_id=pack.list_id,
        campaign_id=pack.campaign_id,
        detail=pack.detail,
    )


def _put_if_absent(item: EventsTableItem) -> bool:
    return was_made(lambda: item.save(condition=EventsTableItem.pk.does_not_exist()))
