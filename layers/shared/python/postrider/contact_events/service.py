"""Rules of contact events: they are kept for 400 days; events of a visitor move to the contact after identification."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from postrider.contact_events import rules
from postrider.contact_events.model import ContactEvent, EventBacklog, EventKind
from postrider.contact_events.repository import ContactEventRepository, anonymous_owner, contact_owner
from postrider.kit.clock import Clock
from postrider.kit.ids import random_id
from postrider.kit.paging import Cursors, Page

KEPT_FOR = timedelta(days=400)
MOVED_AT_ONCE = 500
"""Maximum number of events that a call moves; a task moves the others (`usecases/move_events.py`)."""
ANONYMOUS_FOR = timedelta(days=30)
"""Time for which events of a visitor are kept without an identification."""
FOLLOW_FOR = timedelta(minutes=5)
"""Time after an identification in which new events of the visitor belong to the contact; later, others may use the device."""
BACKLOG_FOR = timedelta(days=1)
"""Time for which the backlog of a visitor is stored: longer than a task needs to move it."""


class ContactEventService:
    def __init__(self, events: ContactEventRepository, cursors: Cursors, now: Clock) -> None:
        self._events, self._cursors, self._now = events, cursors, now

    def event(
        self,
        *,
        name: str,
        properties: Mapping[str, Any] | None = None,
        occurred_at: datetime | None = None,
        kind: EventKind = EventKind.EVENT,
        event_id: str | None = None,
    ) -> ContactEvent:
        """Return a checked event; its default moment is now. Raises Invalid."""
        event = ContactEvent(
            id=event_id or random_id(),
            name=name,
            occurred_at=occurred_at or self._now(),
            kind=kind,
            properties=properties or {},
        )
        rules.check(event)
        return event

    def is_kept(self, event: ContactEvent) -> bool:
        """Return whether an event is recent enough to be stored."""
        return event.occurred_at + KEPT_FOR > self._now()

    def add(self, account_id: str, contact_id: int, event: ContactEvent, *, is_unique: bool) -> bool:
        """Store an event of a contact; with `is_unique`, return False if an event with this id was stored before.

        An event older than KEPT_FOR is not stored.
        """
        if not self.is_kept(event):
            return False
        expires_at = event.occurred_at + KEPT_FOR
        return self._events.add(contact_owner(account_id, contact_id), event, expires_at, is_unique=is_unique)

    def add_many(self, account_id: str, events: Sequence[tuple[int, ContactEvent]]) -> None:
        """Store events with the ids of their contacts, each once; events older than KEPT_FOR are not stored."""
        self._events.add_many(
            [
                (contact_owner(account_id, contact_id), event, event.occurred_at + KEPT_FOR)
                for contact_id, event in events
                if self.is_kept(event)
            ]
        )

    def add_of_visitor(self, account_id: str, anonymous_id: str, event: ContactEvent, *, is_unique: bool) -> int | None:
        """Store an event of a visitor. Return the id of the contact if the visitor was identified less than FOLLOW_FOR ago:
        the caller moves the event to this contact, or removes it. Raises Invalid for the id.
        """
        rules.check_anonymous_id(anonymous_id)
        expires_at = event.occurred_at + ANONYMOUS_FOR
        if expires_at <= self._now():
            return None
        owner = anonymous_owner(account_id, anonymous_id)
        self._events.add(owner, event, expires_at, is_unique=is_unique)
        # Read after the write, so that a concurrent identification moves this event too.
        contact_id, _ = self._events.successor(owner, self._now())
        return contact_id

    def remove_of_visitor(self, account_id: str, anonymous_id: str, event: ContactEvent) -> None:
        """Delete an event of a visitor."""
        self._events.remove(anonymous_owner(account_id, anonymous_id), event)

    def identify(self, account_id: str, anonymous_id: str, contact_id: int) -> EventBacklog | None:
        """Move the events of a visitor to a contact, also those of the next FOLLOW_FOR; return the backlog if some remain.

        Events that a task moves to an earlier contact of the visitor are left to it. Raises Invalid for the id.
        """
        rules.check_anonymous_id(anonymous_id)
        owner, now = anonymous_owner(account_id, anonymous_id), self._now()
        earlier = self._events.set_successor(
            owner, contact_id, follows_until=now + FOLLOW_FOR, expires_at=now + BACKLOG_FOR
        )
        if self._move_of_visitor(account_id, anonymous_id, contact_id, earlier):
            return None
        backlog = EventBacklog(contact_id=contact_id, until=now)
        self._events.set_backlog(owner, backlog)
        return backlog

    def move_new_of_visitor(self, account_id: str, anonymous_id: str, contact_id: int) -> None:
        """Move the events since the identification of a visitor to its contact."""
        _, backlog = self._events.successor(anonymous_owner(account_id, anonymous_id), self._now())
        self._move_of_visitor(account_id, anonymous_id, contact_id, backlog)

    def _move_of_visitor(
        self, account_id: str, anonymous_id: str, contact_id: int, backlog: EventBacklog | None
    ) -> bool:
        after = None if backlog is None or backlog.contact_id == contact_id else backlog.until
        owners = anonymous_owner(account_id, anonymous_id), contact_owner(account_id, contact_id)
        return self._events.move(*owners, KEPT_FOR, MOVED_AT_ONCE, after=after) < MOVED_AT_ONCE

    def move_backlog(self, account_id: str, anonymous_id: str, contact_id: int, *, until: datetime, most: int) -> bool:
        """Move at most `most` events of a backlog to a contact; return False if some may remain."""
        owners = anonymous_owner(account_id, anonymous_id), contact_owner(account_id, contact_id)
        return self._events.move(*owners, KEPT_FOR, most, until=until) < most

    def page(self, account_id: str, contact_id: int, *, limit: int, cursor: str | None = None) -> Page[ContactEvent]:
        """Return a page of the events of a contact, newest first. Raises Invalid for a cursor of another listing."""
        listing = f"contact_events/{contact_id}"
        before = str(self._cursors.read(account_id, listing, cursor)) if cursor else None
        rows = self._events.page(contact_owner(account_id, contact_id), before=before, most=limit + 1)
        is_last = len(rows) <= limit
        next_cursor = None if is_last else self._cursors.write(account_id, listing, rows[limit - 1][0])
        return Page(items=[event for _, event in rows[:limit]], next_cursor=next_cursor)

    def newest(self, account_id: str, contact_id: int) -> Iterator[ContactEvent]:
        """Yield the events of a contact, newest first."""
        return self._events.newest(contact_owner(account_id, contact_id))

    def count(self, account_id: str, contact_id: int) -> int:
        """Return the number of events of a contact."""
        return self._events.count(contact_owner(account_id, contact_id))

    def set_successor(self, account_id: str, contact_id: int, *, successor_id: int) -> None:
        """Store the contact that gets the events of a contact that is about to be merged into it."""
        expires_at = self._now() + KEPT_FOR
        owner = contact_owner(account_id, contact_id)
        self._events.set_successor(owner, successor_id, follows_until=expires_at, expires_at=expires_at)

    def successor(self, account_id: str, contact_id: int) -> int | None:
        """Return the id of the contact into which this one was merged, or is being merged; None without a merge."""
        return self._events.successor(contact_owner(account_id, contact_id), self._now())[0]

    def move(self, account_id: str, *, from_id: int, to_id: int, most: int = MOVED_AT_ONCE) -> bool:
        """Move at most `most` events of one contact to another one; return False if some may remain.

        A repetition completes an interrupted call.
        """
        owners = contact_owner(account_id, from_id), contact_owner(account_id, to_id)
        return self._events.move(*owners, KEPT_FOR, most) < most

    def forget(self, account_id: str, contact_id: int, most: int | None = None) -> int:
        """Delete at most `most` items of a contact; return their number."""
        return self._events.forget(contact_owner(account_id, contact_id), most)

    def forget_backlog(self, account_id: str, anonymous_id: str, *, until: datetime, most: int) -> bool:
        """Delete at most `most` events of a backlog; return False if some may remain."""
        return self._events.forget_until(anonymous_owner(account_id, anonymous_id), until, most) < most
