"""Map rows and batches of the log to their items and back."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from postrider.kit.clock import from_unix
from postrider.mail_events import calendar, rules
from postrider.mail_events.model import EventBatch, EventType, ListLog, Log, LogRow, MailboxLog
from postrider.mail_events.source import MailSource
from postrider.mail_events.table import EventBatchItem, RowItem
from postrider.storage.events_table import EventsTableItem

KEPT_FOR = timedelta(days=calendar.KEPT_DAYS)
"""Retention of the rows of the log: a year, and a month to compare it."""
OFFSET_BYTES = 2
"""Bytes of the place of a contact in its block, in the members of a batch."""


def partition_of_log(account_id: str, log: Log, family: str, shard: int) -> str:
    return f"log#{account_id}#{log}#{family}#{shard}"


def mailbox_partition(account_id: str, mailbox: str) -> str:
    return f"log#{account_id}#{MailboxLog(mailbox)}"


def row_of_item(item: RowItem) -> LogRow:
    log_id = int(item.sk)
    return LogRow(
        id=log_id,
        mark=item.mark,
        type=EventType(item.type),
        contact_id=int(item.contact_id),
        list_id=int(item.list_id),
        at=from_unix(rules.ms_of(log_id) // 1000),
        source=None if item.source is None else MailSource.parse(item.source),
        entry=int(item.entry or 0),
        is_bot=bool(item.is_bot),
        is_reported=bool(item.is_reported),
        nth=1 if item.nth is None else int(item.nth),
        new_link=bool(item.new_link),
        is_new=bool(item.is_new),
        link_id=None if item.link_id is None else int(item.link_id),
        url=item.url,
        ip=item.ip,
        user_agent=item.user_agent,
        device=item.device,
        client=item.client,
        detail=item.detail,
        mailbox=item.mailbox,
        group_id=None if item.group_id is None else int(item.group_id),
        variant=int(item.variant or 0),
    )


def rows_of_batch(item: EventBatchItem) -> Iterator[LogRow]:
    id_of_batch = int(item.sk)
    at = from_unix(rules.ms_of(id_of_batch) // 1000)
    for start in range(0, len(item.members), OFFSET_BYTES):
        contact_id = int(item.block) * rules.BLOCK_SIZE + int.from_bytes(item.members[start : start + OFFSET_BYTES])
        yield LogRow(
            id=rules.id_in_batch(id_of_batch, contact_id),
            mark=item.mark,
            type=EventType(item.type),
            contact_id=contact_id,
            list_id=int(item.list_id),
            at=at,
            source=None if item.source is None else MailSource.parse(item.source),
            entry=int(item.entry or 0),
            detail=item.detail,
        )


def _keys(account_id: str, row: LogRow | EventBatch, contact_id: int) -> tuple[str, str | None]:
    """Return the partition of a row, and its partition in the index: of its address if it has one, else of its source."""
    family, shard = rules.family_of(row.type), rules.shard_of(contact_id)
    source_key = None if row.source is None else partition_of_log(account_id, row.source, family, shard)
    if isinstance(row, LogRow) and row.mailbox is not None:
        source_key = mailbox_partition(account_id, row.mailbox)
    return partition_of_log(account_id, ListLog(row.list_id), family, shard), source_key


def row_item(account_id: str, row: LogRow) -> RowItem:
    pk, source_key = _keys(account_id, row, row.contact_id)
    return RowItem(
        pk,
        rules.sort_key(row.id),
        source_key=source_key,
        mark=row.mark,
        expires_at=row.at + KEPT_FOR,
        type=row.type.value,
        contact_id=row.contact_id,
        list_id=row.list_id,
        source=None if row.source is None else str(row.source),
        entry=row.entry or None,
        is_bot=row.is_bot or None,
        is_reported=row.is_reported or None,
        nth=None if row.nth == 1 else row.nth,
        new_link=row.new_link or None,
        is_new=row.is_new or None,
        link_id=row.link_id,
        url=row.url,
        ip=row.ip,
        user_agent=row.user_agent,
        device=row.device,
        client=row.client,
        detail=row.detail,
        mailbox=row.mailbox,
        group_id=row.group_id,
        variant=row.variant or None,
    )


def batch_item(account_id: str, batch: EventBatch, shift: int) -> EventBatchItem:
    first, mark = batch.contact_ids[0], rules.digest(batch.event_id)
    block = first // rules.BLOCK_SIZE
    offsets = sorted(contact_id - block * rules.BLOCK_SIZE for contact_id in batch.contact_ids)
    pk, source_key = _keys(account_id, batch, first)
    return EventBatchItem(
        pk,
        rules.sort_key(rules.batch_id(batch.contact_ids, batch.at_ms, mark, shift)),
        source_key=source_key,
        mark=mark,
        expires_at=from_unix(batch.at_ms // 1000) + KEPT_FOR,
        type=batch.type.value,
        block=block,
        members=b"".join(offset.to_bytes(OFFSET_BYTES) for offset in offsets),
        list_id=batch.list_id,
        source=None if batch.source is None else str(batch.source),
        entry=batch.entry or None,
        detail=batch.detail,
    )


def rows_of_item(item: EventsTableItem) -> Iterable[LogRow]:
    if isinstance(item, EventBatchItem):
        return rows_of_batch(item)
    return [row_of_item(item)] if isinstance(item, RowItem) else []
