"""Log changes of contacts with the events of their list. Changes by a mail are logged by the service that handles the mail."""

from collections import defaultdict
from collections.abc import Sequence

from postrider.contacts.changes import ChangeKind, ContactChange
from postrider.kit.clock import unix
from postrider.kit.pauses import Throttled
from postrider.mail_events.model import Event, EventBatch, EventType, SubscribedBy
from postrider.mail_events.service import EventService

_EVENTS = {
    ChangeKind.ADDED: (EventType.SUBSCRIBED, SubscribedBy.ADDED),
    ChangeKind.RESUBSCRIBED: (EventType.SUBSCRIBED, SubscribedBy.RESUBSCRIBED),
    ChangeKind.CONFIRMED: (EventType.SUBSCRIBED, SubscribedBy.CONFIRMED),
    ChangeKind.UNSUBSCRIBED: (EventType.UNSUBSCRIBED, None),
    ChangeKind.UPDATED: (EventType.UPDATED, None),
}
"""Type and detail of the event by kind of change. Bounces and complaints are logged as events of their mail."""


class ContactChangeLog:
    def __init__(self, log: EventService) -> None:
        self._log = log

    def publish(self, account_id: str, list_id: int, changes: Sequence[ContactChange]) -> None:
        """Log the changes. Raises Throttled if other writers were faster each time."""
        imported: dict[str, list[ContactChange]] = defaultdict(list)
        single: list[Event] = []
        for change in changes:
            if change.kind == ChangeKind.ADDED and change.contact.origin is not None:
                imported[change.contact.origin].append(change)
            elif change.kind in _EVENTS and change.details.get("source") is None:
                single.append(_event(change))
        if self._log.record(single):
            raise Throttled
        for origin, added in imported.items():
            batch = EventBatch(
                event_id=f"imported#{origin}",
                type=EventType.SUBSCRIBED,
                at_ms=unix(added[0].contact.subscribed_at) * 1000,
                contact_ids=tuple(change.contact.id for change in added),
                list_id=list_id,
                detail=SubscribedBy.IMPORTED,
            )
            self._log.record_batch(account_id, batch)


def _event(change: ContactChange) -> Event:
    """Return the event of a change; its id and moment come from the stored contact, so that it is logged once."""
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
