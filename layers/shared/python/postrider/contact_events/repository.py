"""Store contact events, newest first in every listing. Events of unidentified visitors have separate partitions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from pynamodb.transactions import TransactWrite

from postrider.contact_events.model import ContactEvent, EventBacklog, EventKind
from postrider.contact_events.table import ContactEventItem, EventMarkItem, SuccessorItem
from postrider.kit.chunks import in_chunks
from postrider.storage.dynamo import batch_get, execute_statements, insert_statement, transact, was_made
from postrider.storage.events_table import EventsTableItem

READ_TOGETHER = 500
_AT, _MARK, _SUCCESSOR = "at#", "id#", "contact"
_MS_DIGITS = 14


class ContactEventRepository:
    def add(self, owner: str, event: ContactEvent, expires_at: datetime, *, is_unique: bool) -> bool:
        """Store an event; with `is_unique`, return False if the owner has an event with this id already."""
        item = _item(owner, event, expires_at)
        if not is_unique:
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

    def forget_until(self, owner: str, until: datetime, most: int) -> int:
        """Delete at most `most` events of an owner until a moment; return their number."""
        events = ContactEventItem.sk.between(_AT, _place_after(until))
        items = ContactEventItem.query(owner, events, consistent_read=True, page_size=READ_TOGETHER)
        keys = [(item.pk, item.sk) for item in islice(items, most)]
        _delete(keys)
        return len(keys)

    def move(
        self,
        from_owner: str,
        to_owner: str,
        kept_for: timedelta,
        most: int,
        *,
        after: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Move a number of items of one owner to another one; return the number of moved items.

        The marks go first, so that a repeated event is recognized, then the newest events. Only events `after` a moment, or
        `until` one, are moved, if it is given. Repeating an interrupted call completes it.
        """
        count = 0
        since = None if after is None else EventsTableItem.sk.between(_place_after(after), f"{_AT}~")
        items = EventsTableItem.query(
            from_owner, since, consistent_read=True, scan_index_forward=False, page_size=min(most, READ_TOGETHER)
        )
        end = None if until is None else _place_after(until)
        movable = (
            item
            for item in items
            if isinstance(item, EventMarkItem)
            or (isinstance(item, ContactEventItem) and (end is None or item.sk < end))
        )
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

    def remove(self, owner: str, event: ContactEvent) -> None:
        """Delete an event and its mark."""
        _delete([(owner, _place(event)), (owner, f"{_MARK}{event.id}")])

    def set_successor(
        self, owner: str, contact_id: int, *, follows_until: datetime, expires_at: datetime
    ) -> EventBacklog | None:
        """Store the contact that gets the events of an anonymous visitor, or of a contact that is merged into it.

        Return the backlog of the visitor.
        """
        item = SuccessorItem(owner, _SUCCESSOR)
        item.update(
            [
                SuccessorItem.kind.set(SuccessorItem),
                SuccessorItem.contact_id.set(contact_id),
                SuccessorItem.follows_until.set(follows_until),
                SuccessorItem.expires_at.set(expires_at),
            ]
        )
        return _backlog(item)

    def set_backlog(self, owner: str, backlog: EventBacklog) -> None:
        """Store that a task moves many events of a visitor."""
        SuccessorItem(owner, _SUCCESSOR).update(
            [SuccessorItem.backlog_id.set(backlog.contact_id), SuccessorItem.backlog_until.set(backlog.until)],
            condition=SuccessorItem.pk.exists(),
        )

    def successor(self, owner: str, now: datetime) -> tuple[int | None, EventBacklog | None]:
        """Return the id of the contact that gets the events of this owner, None without a recent one, and the backlog."""
        for item in batch_get(EventsTableItem, [(owner, _SUCCESSOR)]):
            if isinstance(item, SuccessorItem):
                return int(item.contact_id) if item.follows_until > now else None, _backlog(item)
        return None, None


def contact_owner(account_id: str, contact_id: int) -> str:
    return f"events#{account_id}#{contact_id}"


def anonymous_owner(account_id: str, anonymous_id: str) -> str:
    return f"anonymous#{account_id}#{anonymous_id}"


def _delete(keys: Collection[tuple[str, str]] | Iterable[tuple[str, str]]) -> None:
    with EventsTableItem.batch_write() as batch:
        for pk, sk in keys:
            batch.delete(EventsTableItem(pk, sk))


def _place(event: ContactEvent) -> str:
    return f"{_place_at(event.occurred_at)}#{event.id}"


def _place_at(moment: datetime) -> str:
    return f"{_AT}{int(moment.timestamp() * 1000):0{_MS_DIGITS}d}"


def _place_after(moment: datetime) -> str:
    """Return a sort key after those of all events of this second, since moments of backlogs are stored in seconds."""
    return f"{_AT}{(int(moment.timestamp()) + 1) * 1000:0{_MS_DIGITS}d}"


def _backlog(item: SuccessorItem) -> EventBacklog | None:
    if item.backlog_id is None:
        return None
    return EventBacklog(contact_id=int(item.backlog_id), until=item.backlog_until)


def _item(owner: str, event: ContactEvent, expires_at: datetime) -> ContactEventItem:
    return ContactEventItem(
        owner,
        _place(event),
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
