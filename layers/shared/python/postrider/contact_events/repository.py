"""Store contact events, newest first in every listing. Events of unidentified visitors have separate partitions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from pynamodb.transactions import TransactWrite

from postrider.contact_events.model import ContactEvent, EventKind
from postrider.contact_events.table import ContactEventItem, EventMarkItem, SuccessorItem
from postrider.kit.chunks import in_chunks
from postrider.storage.dynamo import batch_get, execute_statements, insert_statement, transact, was_made
from postrider.storage.events_table import EventsTableItem

READ_TOGETHER = 500
_AT, _MARK, _SUCCESSOR = "at#", "id#", "contact"
_MS_DIGITS = 14


class ContactEventRepository:
    def add(self, owner: str, event: ContactEvent, expires_at: datetime, *, once: bool) -> bool:
        """Store an event; with `once`, return False if the owner has an event with this id already."""
        item = _item(owner, event, expires_at)
        if not once:
            item.save()
            return True

        def write(writes: TransactWrite) -> None:
            writes.save(_mark(owner, event, expires_at), condition=EventMarkItem.pk.does_not_exist())
            writes.save(item)

        return was_made(lambda: transact(write))

    def add_many(self, events: Sequence[tuple[str, ContactEvent, datetime]]) -> None:
        """Store events of several owners, with their expiries, 25 per call. A repeated event is stored once."""
        execute_statements([insert_statement(_item(*event)) for event in events])

    def page(self, owner: str, *, before: str | None, most: int) -> list[tuple[str, ContactEvent]]:
        """Return the next events, newest first, with their places; `before` is the place of the last event that was read."""
        condition = ContactEventItem.sk.startswith(_AT) if before is None else ContactEventItem.sk.between(_AT, before)
        items = ContactEventItem.query(
            owner, condition, consistent_read=True, scan_index_forward=False, page_size=min(most + 1, READ_TOGETHER)
        )
        others = (item for item in items if item.sk != before)
        return [(item.sk, _event(item)) for item in islice(others, most)]

    def newest(self, owner: str) -> Iterator[ContactEvent]:
        """Yield the events of an owner, newest first."""
        items = ContactEventItem.query(
            owner,
            ContactEventItem.sk.startswith(_AT),
            consistent_read=True,
            scan_index_forward=False,
            page_size=READ_TOGETHER,
        )
        return map(_event, items)

    def count(self, owner: str) -> int:
        """Count the events by a query that returns no items."""
        return ContactEventItem.count(owner, ContactEventItem.sk.startswith(_AT), consistent_read=True)

    def forget(self, owner: str, most: int | None = None) -> int:
        """Delete at most `most` items of an owner, first the note of its successor; return their number."""
        count = 0
        keys = (
            (item.pk, item.sk) for item in EventsTableItem.query(owner, consistent_read=True, page_size=READ_TOGETHER)
        )
        for chunk in in_chunks(islice(keys, most), READ_TOGETHER):
            others = [key for key in chunk if key[1] != _SUCCESSOR]
            _delete([(owner, _SUCCESSOR), *others] if count == 0 else others)
            count += len(chunk)
        return count

    def move(self, from_owner: str, to_owner: str, kept_for: timedelta, most: int) -> int:
        """Move a number of items of one owner to another one; return the number of moved items.

        The marks go first, so that a repeated event is recognized, then the newest events. Repeating an interrupted call
        completes it.
        """
        count = 0
        items = EventsTableItem.query(
            from_owner, consistent_read=True, scan_index_forward=False, page_size=min(most, READ_TOGETHER)
        )
        movable = (item for item in items if isinstance(item, ContactEventItem | EventMarkItem))
        for chunk in in_chunks(islice(movable, most), READ_TOGETHER):
            copies: list[ContactEventItem | EventMarkItem] = []
            for item in chunk:
                if isinstance(item, ContactEventItem):
                    event = _event(item)
                    copies.append(_item(to_owner, event, event.occurred_at + kept_for))
                else:
                    copies.append(EventMarkItem(to_owner, item.sk, expires_at=item.expires_at))
            execute_statements([insert_statement(copy) for copy in copies])
            _delete([(item.pk, item.sk) for item in chunk])
            count += len(chunk)
        return count

    def set_successor(self, owner: str, contact_id: int, expires_at: datetime) -> None:
        """Store the contact that gets the events of an anonymous visitor, or of a contact that is merged into it."""
        SuccessorItem(owner, _SUCCESSOR, contact_id=contact_id, expires_at=expires_at).save()

    def successor(self, owner: str, now: datetime) -> int | None:
        """Return the id of the contact that got the events of this owner; None without a recent one."""
        items = batch_get(EventsTableItem, [(owner, _SUCCESSOR)])
        return next(
            (int(item.contact_id) for item in items if isinstance(item, SuccessorItem) and item.expires_at > now), None
        )


def contact_owner(account_id: str, contact_id: int) -> str:
    return f"events#{account_id}#{contact_id}"


def anonymous_owner(account_id: str, anonymous_id: str) -> str:
    return f"anonymous#{account_id}#{anonymous_id}"


def _delete(keys: Collection[tuple[str, str]] | Iterable[tuple[str, str]]) -> None:
    with EventsTableItem.batch_write() as batch:
        for pk, sk in keys:
            batch.delete(EventsTableItem(pk, sk))


def _item(owner: str, event: ContactEvent, expires_at: datetime) -> ContactEventItem:
    moment = int(event.occurred_at.timestamp() * 1000)
    return ContactEventItem(
        owner,
        f"{_AT}{moment:0{_MS_DIGITS}d}#{event.id}",
        name=event.name,
        event_kind=event.kind.value,
        properties=dict(event.properties) or None,
        expires_at=expires_at,
    )


def _mark(owner: str, event: ContactEvent, expires_at: datetime) -> EventMarkItem:
    return EventMarkItem(owner, f"{_MARK}{event.id}", expires_at=expires_at)


def _event(item: ContactEventItem) -> ContactEvent:
    _, moment, event_id = item.sk.split("#", 2)
    return ContactEvent(
        id=event_id,
        name=item.name,
        occurred_at=datetime.fromtimestamp(int(moment) / 1000, UTC),
        kind=EventKind(item.event_kind),
        properties=item.properties or {},
    )
