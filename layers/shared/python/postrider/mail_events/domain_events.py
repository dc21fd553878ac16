"""Derive the domain events of mails from the events of the log."""

from collections.abc import Iterable, Iterator, Mapping

from postrider.mail_events import rules
from postrider.mail_events.model import BOUNCES, UNSUBSCRIPTIONS, Event, EventBatch, EventType
from postrider.mail_events.source import MailSource, SourceKind
from postrider.outbox.model import DomainEventType, NewEvent

SUPPRESSED = "suppressed"
"""The detail of a mail that was skipped because its address is suppressed."""
_TYPES: Mapping[EventType, tuple[DomainEventType, ...]] = {
    EventType.PREPARED: (DomainEventType.EMAIL_DRAFTED,),
    EventType.SENT: (DomainEventType.EMAIL_SENT,),
    EventType.FAILED: (DomainEventType.EMAIL_FAILED,),
    EventType.UNKNOWN: (),
    EventType.SKIPPED: (DomainEventType.EMAIL_SKIPPED,),
    EventType.DELAYED: (DomainEventType.EMAIL_DELAYED,),
    EventType.DELIVERED: (DomainEventType.EMAIL_DELIVERED,),
    EventType.OPENED: (DomainEventType.EMAIL_OPENED,),
    EventType.CLICKED: (DomainEventType.EMAIL_CLICKED,),
    EventType.CONVERTED: (DomainEventType.EMAIL_CONVERTED,),
    EventType.COMPLAINED: (DomainEventType.EMAIL_COMPLAINED,),
    **dict.fromkeys(BOUNCES, (DomainEventType.EMAIL_BOUNCED,)),
    **dict.fromkeys(UNSUBSCRIPTIONS, (DomainEventType.EMAIL_UNSUBSCRIBED,)),
}
_PUSH_TYPES: Mapping[EventType, tuple[DomainEventType, ...]] = {
    EventType.PREPARED: (DomainEventType.PUSH_DRAFTED,),
    EventType.SENT: (DomainEventType.PUSH_SENT,),
    EventType.FAILED: (DomainEventType.PUSH_FAILED,),
    EventType.SKIPPED: (DomainEventType.PUSH_SKIPPED,),
    EventType.DELIVERED: (DomainEventType.PUSH_DELIVERED,),
    EventType.OPENED: (DomainEventType.PUSH_OPENED,),
    EventType.CLICKED: (DomainEventType.PUSH_CLICKED,),
    EventType.CONVERTED: (DomainEventType.PUSH_CONVERTED,),
    EventType.BOUNCED: (DomainEventType.PUSH_BOUNCED,),
}
_SUPPRESSED = (DomainEventType.EMAIL_SUPPRESSED,)
_ATTEMPTED = frozenset({EventType.SENT, EventType.FAILED, EventType.UNKNOWN})
"""Outcomes of a mail that the mailer accepted or refused, or that could not be written."""


def events_of(events: Iterable[Event], *, are_outcomes: bool = False) -> list[NewEvent]:
    """Return the domain events of mails, without events of machines; their ids are derived from the events of the log.

    Outcomes are decided by the sender, once for each mail, and also cause the event of the attempt.
    """
    return [
        new
        for event in events
        if event.type in _TYPES and not event.is_bot
        for new in _events(event.event_id, event, event.contact_id, is_outcome=are_outcomes)
    ]


def events_of_batch(batch: EventBatch) -> Iterator[NewEvent]:
    """Yield the events of a batch of outcomes, for each of its contacts."""
    if batch.type in _TYPES:
        for contact_id in batch.contact_ids:
            yield from _events(f"{batch.event_id}#{contact_id}", batch, contact_id, is_outcome=True)


def _events(event_id: str, event: Event | EventBatch, contact_id: int, *, is_outcome: bool) -> Iterator[NewEvent]:
    data: dict[str, object] = {"contact_id": contact_id, "log_type": event.type.value}
    if event.source is not None:
        data["source"] = str(_mail_of(event))
    mark = rules.digest(event_id)
    is_push = event.source is not None and event.source.kind == SourceKind.PUSH
    is_suppressed = event.type == EventType.SKIPPED and event.detail == SUPPRESSED
    kinds = _PUSH_TYPES.get(event.type, ()) if is_push else _SUPPRESSED if is_suppressed else _TYPES[event.type]
    if is_outcome and event.type in _ATTEMPTED:
        kinds = (DomainEventType.PUSH_ATTEMPTED if is_push else DomainEventType.EMAIL_ATTEMPTED, *kinds)
    for kind in kinds:
        yield NewEvent(type=kind, data=data, list_id=event.list_id, id=f"{kind}-{mark}", at_ms=event.at_ms)


def _mail_of(event: Event | EventBatch) -> MailSource | None:
    """Return the source with the entry, which is part of the key of the recipient in the ledger."""
    if isinstance(event, EventBatch):
        return None if event.source is None else event.source.of_entry(event.entry)
    return event.source
