"""Define the events of an account, and their subscribers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from postrider.kit.actors import NOBODY, Actor
from postrider.kit.clock import unix


class DomainEventType(StrEnum):
    """The types of changes of an account for notifications, in Postrider's own words. The values are stored."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_UPDATED = "account.updated"
    ACCOUNT_CONFIRMED = "account.confirmed"
    ACCOUNT_DELETED = "account.deleted"
    CONTACT_ADDED = "contact.added"
    CONTACT_UPDATED = "contact.updated"
    CONTACT_REMOVED = "contact.removed"
    CONTACT_TAGGED = "contact.tagged"
    CONTACT_UNTAGGED = "contact.untagged"
    CONTACT_SUBSCRIBED = "contact.subscribed"
    """The contact became active: it was added as active, confirmed, or resubscribed."""
    CONTACT_UNSUBSCRIBED = "contact.unsubscribed"
    CONTACT_PREFERENCES_CHANGED = "contact.preferences_changed"
    """The interests of the contact changed."""
    CONTACTS_EXPORT_CREATED = "contacts_export.created"
    CONTACTS_EXPORT_DELETED = "contacts_export.deleted"
    CAMPAIGN_CANCELLED = "campaign.cancelled"
    CAMPAIGN_CREATED = "campaign.created"
    CAMPAIGN_UNSCHEDULED = "campaign.unscheduled"
    CAMPAIGN_UPDATED = "campaign.updated"
    CAMPAIGN_RESUMED = "campaign.resumed"
    CAMPAIGN_SCHEDULED = "campaign.scheduled"
    CAMPAIGN_SUSPENDED = "campaign.suspended"
    CAMPAIGN_LOG_EXPORT_CREATED = "campaign_log_export.created"
    EMAIL_SENT = "email.sent"
    EMAIL_OPENED = "email.opened"
    EMAIL_CLICKED = "email.clicked"
    EMAIL_BOUNCED = "email.bounced"
    EMAIL_COMPLAINED = "email.complained"
    EMAIL_DRAFTED = "email.drafted"
    """The mail is written, and waits to be released."""
    EMAIL_ATTEMPTED = "email.attempted"
    EMAIL_DELIVERED = "email.delivered"
    EMAIL_DELAYED = "email.delayed"
    EMAIL_FAILED = "email.failed"
    EMAIL_SKIPPED = "email.skipped"
    EMAIL_SUPPRESSED = "email.suppressed"
    """The mail was skipped because its address is suppressed."""
    EMAIL_CONVERTED = "email.converted"
    EMAIL_UNSUBSCRIBED = "email.unsubscribed"
    PUSH_DRAFTED = "push.drafted"
    PUSH_ATTEMPTED = "push.attempted"
    PUSH_SENT = "push.sent"
    PUSH_DELIVERED = "push.delivered"
    PUSH_OPENED = "push.opened"
    PUSH_CLICKED = "push.clicked"
    PUSH_CONVERTED = "push.converted"
    PUSH_BOUNCED = "push.bounced"
    PUSH_SKIPPED = "push.skipped"
    PUSH_FAILED = "push.failed"
    USER_CREATED = "user.created"
    USER_DELETED = "user.deleted"
    USER_LOGGED_IN = "user.logged_in"
    USER_UPDATED = "user.updated"
    LIST_CREATED = "list.created"
    LIST_UPDATED = "list.updated"
    LIST_DELETED = "list.deleted"
    SEGMENT_CREATED = "segment.created"
    SEGMENT_UPDATED = "segment.updated"
    SEGMENT_DELETED = "segment.deleted"
    SENDER_CREATED = "sender.created"
    SENDER_UPDATED = "sender.updated"
    SENDER_DELETED = "sender.deleted"
    SENDER_CONFIRMED = "sender.confirmed"
    SENDER_CONFIRMATION_SENT = "sender.confirmation_sent"
    SUPPRESSION_ADDED = "suppression.added"
    SUPPRESSION_REMOVED = "suppression.removed"


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """A new event from the noun that causes it. Without an `id`, it gets a random one.

    `data` is JSON-safe. The data of contacts and mails has only ids, so that nothing remains of an erased person.
    """

    type: DomainEventType
    data: Mapping[str, Any] = field(default_factory=dict)
    list_id: int | None = None
    id: str | None = None
    at_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """An event of an account. Consumers may receive it several times, always with the same `id`."""

    id: str
    type: DomainEventType
    account_id: str
    at_ms: int
    data: Mapping[str, Any] = field(default_factory=dict)
    list_id: int | None = None
    actor: Actor = NOBODY


@dataclass(frozen=True, kw_only=True)
class EventSubscriber:
    """A subscriber of events, such as a webhook, with its types of events, of one list or of the whole account (None).

    `kind` is the consumer ("webhooks", "workflows"), `id` is unique among the subscribers of a kind.
    """

    kind: str
    id: str
    types: frozenset[str]
    list_id: int | None = None

    def receives(self, event_type: str, list_id: int | None) -> bool:
        return event_type in self.types and (self.list_id is None or self.list_id == list_id)


def has_subscriber(subscribers: Collection[EventSubscriber], event_type: str, list_id: int | None) -> bool:
    """Return whether at least one subscriber receives this event."""
    return any(subscriber.receives(event_type, list_id) for subscriber in subscribers)


def snapshot(entity: object, *names: str) -> dict[str, Any]:
    """Return fields of an entity, JSON-safe: moments as Unix seconds, sets in order, enumerations as their values."""
    return {name: _json_safe(getattr(entity, name)) for name in names}


def _json_safe(value: Any) -> Any:
    if isinstance(value, datetime):
        return unix(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value
