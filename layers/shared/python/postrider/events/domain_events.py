"""Derive the events of mails that others can be notified of from the events of the log."""

from collections.abc import Iterable, Iterator, Mapping

from postrider.events import rules
from postrider.events.model import BOUNCES, Event, EventBatch, EventType
from postrider.events.source import MailSource
from postrider.outbox.model import DomainEventType, NewEvent

_TYPES: Mapping[EventType, DomainEventType] = {
    EventType.SENT: DomainEventType.EMAIL_SENT,
    EventType.OPENED: DomainEventType.EMAIL_OPENED,
    EventType.CLICKED: DomainEventType.EMAIL_CLICKED,
    EventType.COMPLAINED: DomainEventType.EMAIL_COMPLAINED,
    **dict.fromkeys(BOUNCES, DomainEventType.EMAIL_BOUNCED),
}


def events_of(events: Iterable[Event]) -> list[NewEvent]:
    """Return the events of mails, without those of machines; their ids are derived from those of the log."""
    return [
        _event(event.event_id, event.type, event.at_ms, event.list_id, event.contact_id, event.source)
        for event in events
        if event.type in _TYPES and not event.is_bot
    ]


def events_of_batch(batch: EventBatch) -> Iterator[NewEvent]:
    """Yield the events of a batch, one for each contact."""
    if batch.type in _TYPES:
        for contact_id in batch.contact_ids:
            event_id = f"{batch.event_id}#{contact_id}"
            yield _event(event_id, batch.type, batch.at_ms, batch.list_id, contact_id, batch.source)


def _event(
    event_id: str, event_type: EventType, at_ms: int, list_id: int, contact_id: int, source: MailSource | None
) -> NewEvent:
    data: dict[str, object] = {"contact_id": contact_id, "log_type": event_type.value}
    if source is not None:
        data["source"] = str(source)
    kind = _TYPES[event_type]
    return NewEvent(type=kind, data=data, list_id=list_id, id=f"{kind}-{rules.digest(event_id)}", at_ms=at_ms)
