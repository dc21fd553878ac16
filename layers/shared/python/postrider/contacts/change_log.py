"""Logs changes of contacts with the events of their list; those that a mail caused are logged with the mail."""

from collections import defaultdict
from collections.abc import Sequence

from postrider.contacts.changes import ChangeKind, ContactChange
from postrider.events.model import Event, EventBatch, EventType, SubscribedBy
from postrider.events.service import EventService
from postrider.kit.clock import unix

_EVENTS = {
    ChangeKind.ADDED: (EventType.SUBSCRIBED, SubscribedBy.ADDED),
    ChangeKind.RESUBSCRIBED: (EventType.SUBSCRIBED, SubscribedBy.RESUBSCRIBED),
    ChangeKind.CONFIRMED: (EventType.SUBSCRIBED, SubscribedBy.CONFIRMED),
    ChangeKind.UNSUBSCRIBED: (EventType.UNSUBSCRIBED, None),
    ChangeKind.UPDATED: (EventType.UPDATED, None),
}
"""Type and detail of the event. Bounces and complaints are logged as events of the mail that they are about."""


class ContactChangeLog:
    def __init__(self, log: EventService) -> None:
        self._log = log

    def publish(self, account_id: str, list_id: int, news: Sequence[ContactChange]) -> None:
        imported: dict[str, list[ContactChange]] = defaultdict(list)
        for change in news:
            if change.kind == ChangeKind.ADDED and change.contact.origin is not None:
                imported[change.contact.origin].append(change)
            elif change.kind in _EVENTS and change.details.get("source") is None:
                self._log.record([_event(change)])
        for origin, changes in imported.items():
            batch = EventBatch(
                event_id=f"imported#{origin}",
                type=EventType.SUBSCRIBED,
                at_ms=unix(changes[0].contact.subscribed_at) * 1000,
                contact_ids=tuple(change.contact.id for change in changes),
                list_id=list_id,
                detail=SubscribedBy.IMPORTED,
            )
            self._log.record_batch(account_id, batch)


def _event(change: ContactChange) -> Event:
    """Return the event of a change; its id and moment are those of the stored contact, so that it is logged once."""
    contact = change.contact
    event_type, detail = _EVENTS[change.kind]
    return Event(
        event_id=f"{change.kind}#{contact.id}#{contact.version}",
        type=event_type,
        account_id=contact.account_id,
        list_id=contact.list_id,
        contact_id=contact.id,
        at_ms=unix(contact.updated_at) * 1000,
        detail=detail,
    )
