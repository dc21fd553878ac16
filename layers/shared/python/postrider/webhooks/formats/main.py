"""The format of the main API (main-api.md, section 16), with its own headers and those of Standard Webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from postrider.mail_events.model import EventType
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.model import CallbackRequest, EventPayload
from postrider.webhooks.signing import body_signature, standard_headers

EVENT_NAMES: Mapping[DomainEventType, str] = {
    DomainEventType.ACCOUNT_CREATED: "Account.Created",
    DomainEventType.ACCOUNT_UPDATED: "Account.Updated",
    DomainEventType.ACCOUNT_CONFIRMED: "Account.Confirmed",
    DomainEventType.ACCOUNT_DELETED: "Account.Deleted",
    DomainEventType.CONTACT_ADDED: "Contact.Added",
    DomainEventType.CONTACT_UPDATED: "Contact.Updated",
    DomainEventType.CONTACT_REMOVED: "Contact.Removed",
    DomainEventType.CONTACT_TAGGED: "Contact.Tagged",
    DomainEventType.CONTACT_UNTAGGED: "Contact.Untagged",
    DomainEventType.CONTACTS_EXPORT_CREATED: "ContactsExport.Created",
    DomainEventType.CONTACTS_EXPORT_DELETED: "ContactsExport.Deleted",
    DomainEventType.CAMPAIGN_CANCELLED: "Campaign.Canceled",
    DomainEventType.CAMPAIGN_CREATED: "Campaign.Created",
    DomainEventType.CAMPAIGN_UNSCHEDULED: "Campaign.Unscheduled",
    DomainEventType.CAMPAIGN_UPDATED: "Campaign.Updated",
    DomainEventType.CAMPAIGN_RESUMED: "Campaign.Resumed",
    DomainEventType.CAMPAIGN_SCHEDULED: "Campaign.Scheduled",
    DomainEventType.CAMPAIGN_SUSPENDED: "Campaign.Suspended",
    DomainEventType.CAMPAIGN_LOG_EXPORT_CREATED: "CampaignLogExport.Created",
    DomainEventType.EMAIL_SENT: "Email.Sent",
    DomainEventType.EMAIL_OPENED: "Email.Opened",
    DomainEventType.EMAIL_CLICKED: "Email.Clicked",
    DomainEventType.EMAIL_BOUNCED: "Email.Bounced",
    DomainEventType.EMAIL_COMPLAINED: "Email.ReportedAsSpam",
    DomainEventType.USER_CREATED: "User.Created",
    DomainEventType.USER_DELETED: "User.Deleted",
    DomainEventType.USER_LOGGED_IN: "User.LoggedIn",
    DomainEventType.USER_UPDATED: "User.Updated",
    DomainEventType.LIST_CREATED: "List.Created",
    DomainEventType.LIST_UPDATED: "List.Updated",
    DomainEventType.LIST_DELETED: "List.Deleted",
    DomainEventType.SEGMENT_CREATED: "Segment.Created",
    DomainEventType.SEGMENT_UPDATED: "Segment.Updated",
    DomainEventType.SEGMENT_DELETED: "Segment.Deleted",
    DomainEventType.SENDER_CREATED: "Sender.Created",
    DomainEventType.SENDER_UPDATED: "Sender.Updated",
    DomainEventType.SENDER_DELETED: "Sender.Deleted",
    DomainEventType.SENDER_CONFIRMED: "Sender.Confirmed",
    DomainEventType.SENDER_CONFIRMATION_SENT: "Sender.ConfirmationEmailSent",
    DomainEventType.SUPPRESSION_ADDED: "SuppressedEmail.Added",
    DomainEventType.SUPPRESSION_REMOVED: "SuppressedEmail.Removed",
}
"""The names of events in the contract's order."""
EVENT_TYPES = {name: event_type for event_type, name in EVENT_NAMES.items()}

_NAMES = {
    "at": "timestamp",
    "attributes": "custom_attributes",
    "detail": "dsn_message",
    "groups": "tags",
    "last_used_at": "last_used",
}
"""Names of members that differ from the domain, except that `_at` always becomes `_on`."""
_MAIL_NAMES = {**_NAMES, "url": "clickthru_url", "log_type": "type"}
"""Names in a row of a log."""
LOG_WORDS: Mapping[str, str] = {
    EventType.SENT: "sent",
    EventType.OPENED: "open",
    EventType.CLICKED: "clickthru",
    EventType.COMPLAINED: "spam",
    EventType.BOUNCED: "bounce",
    EventType.BOUNCED_HARD: "bounce_hb",
    EventType.BOUNCED_SOFT: "bounce_sb",
    EventType.BOUNCED_MAILBOX_FULL: "bounce_fm",
    EventType.BOUNCED_BLOCKED: "bounce_mb",
    EventType.BOUNCED_TRANSIENT: "bounce_tr",
    EventType.BOUNCED_CHALLENGED: "bounce_cr",
    EventType.BOUNCED_ADDRESS_CHANGED: "bounce_ac",
    EventType.BOUNCED_NO_DOMAIN: "bounce_df",
    EventType.BOUNCED_AUTO_REPLY: "bounce_ar",
}
"""Types of rows of the log in the words of the API."""


def message_of(event: DomainEvent, subject: EventPayload, secrets: Sequence[str], now: datetime) -> CallbackRequest:
    """Return the message: the envelope as JSON, the signature of the body, and the headers of Standard Webhooks."""
    return signed(event, envelope(event, subject), secrets, now)


def signed(event: DomainEvent, content: Mapping[str, Any], secrets: Sequence[str], now: datetime) -> CallbackRequest:
    """Return a message with this content and the signatures of the main API."""
    body = orjson.dumps(content)
    headers = {
        "content-type": "application/json",
        "x-signature": body_signature(secrets[0], body),
        **standard_headers(secrets, event.id, now, body),
    }
    if len(secrets) > 1:
        headers["x-signature-former"] = body_signature(secrets[1], body)
    return CallbackRequest(body=body, headers=headers)


def envelope(event: DomainEvent, subject: EventPayload) -> dict[str, Any]:
    """Return the members of the contract; `data` is the subject in the words of the API."""
    actor = event.actor
    return {
        "event": EVENT_NAMES[event.type],
        "account_id": int(event.account_id) if event.account_id.isdecimal() else event.account_id,
        "ip": actor.ip,
        "user": {"id": actor.user_id, "email": actor.email, "account_id": actor.account_id},
        "created_on": event.at_ms // 1000,
        "data": data_of(event.type, subject),
    }


def data_of(event_type: DomainEventType, subject: EventPayload) -> dict[str, Any]:
    """Return a subject in the words of the API."""
    noun = event_type.value.partition(".")[0]
    names = _MAIL_NAMES if noun == "email" else _NAMES
    data = {names.get(name, _renamed(name)): value for name, value in subject.items()}
    if noun == "email" and "type" in data:
        data["type"] = LOG_WORDS[data["type"]]
    elif noun == "account" and "owner_user_id" in data:
        data["account_owner"] = {"user_id": data.pop("owner_user_id")}
    elif noun == "list" and "default_sender_id" in data:
        data["default_sender"] = {"id": data.pop("default_sender_id")}
    elif noun == "campaign" and "list_id" in data:
        data["audience"] = {name: data.pop(name) for name in ("list_id", "segment_id")}
        data["sender"] = {"id": data.pop("sender_id"), "name": data.pop("sender_name")}
    elif noun == "segment" and "language" in data:
        language, expression = data.pop("language"), data.pop("expression")
        data |= {name: expression if name == language else None for name in ("query", "fiql", "json")}
        data["last_used"] = data["last_used"] or 0
    return data


def _renamed(name: str) -> str:
    return f"{name.removesuffix('_at')}_on" if name.endswith("_at") else name
