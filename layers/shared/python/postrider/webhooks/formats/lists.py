"""The format of the webhook of a list in the main API (main-api.md, section 16): the action, and the contact."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from postrider.mail_events.model import EventType
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.formats import main
from postrider.webhooks.model import CallbackRequest, EventPayload

EVENT_NAMES: Mapping[DomainEventType, str] = {
    DomainEventType.CONTACT_SUBSCRIBED: "subscribe",
    DomainEventType.CONTACT_UNSUBSCRIBED: "unsubscribe",
    DomainEventType.CONTACT_UPDATED: "update",
    DomainEventType.CONTACT_REMOVED: "delete",
    DomainEventType.EMAIL_COMPLAINED: "spam",
    DomainEventType.EMAIL_BOUNCED: "bounce",
}
_EVENT_TYPES = {action: event_type for event_type, action in EVENT_NAMES.items()}
ALL, BOUNCE = "all", "bounce"
_BOUNCES = {word: EventType(name) for name, word in main.LOG_WORDS.items() if word.startswith(f"{BOUNCE}_")}
"""The classes of bounces by action: the action "bounce" means all classes, the others one."""


def types_of(actions: Iterable[str]) -> tuple[DomainEventType, ...]:
    """Return the events of these actions."""
    wanted = [BOUNCE if action in _BOUNCES else action for action in actions]
    return (
        tuple(_EVENT_TYPES.values())
        if ALL in wanted
        else tuple(_EVENT_TYPES[action] for action in dict.fromkeys(wanted))
    )


def log_types_of(actions: Iterable[str]) -> tuple[EventType, ...]:
    """Return the types of rows of the log that the actions select; empty if they select every bounce, or no bounce."""
    actions = list(actions)
    classes = [_BOUNCES[action] for action in actions if action in _BOUNCES]
    return () if {ALL, BOUNCE} & set(actions) or not classes else (*classes, EventType.COMPLAINED)


def message_of(event: DomainEvent, subject: EventPayload, secrets: Sequence[str], now: datetime) -> CallbackRequest:
    """Return the message, signed like messages of other webhooks of the main API."""
    action = EVENT_NAMES[event.type]
    if event.type == DomainEventType.EMAIL_BOUNCED:
        action = main.LOG_WORDS[event.data.get("log_type", EventType.BOUNCED)]
    content = {
        "action": action,
        "list_id": event.list_id,
        "created_on": event.at_ms // 1000,
        "data": main.data_of(event.type, subject),
    }
    return main.signed(event, content, secrets, now)
