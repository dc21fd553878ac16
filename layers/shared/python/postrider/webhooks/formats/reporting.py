"""The format of reporting webhooks of Customer.io: https://docs.customer.io/journeys/webhooks."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from postrider.kit.clock import unix
from postrider.kit.wire_ids import prefixed_hex_id, with_padding
from postrider.mail_events.source import SourceKind
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.model import CallbackRequest, EventPayload
from postrider.webhooks.rules import RetryPlan

EVENT_NAMES: Mapping[DomainEventType, str] = {
    DomainEventType.CONTACT_SUBSCRIBED: "customer_subscribed",
    DomainEventType.CONTACT_UNSUBSCRIBED: "customer_unsubscribed",
    DomainEventType.CONTACT_PREFERENCES_CHANGED: "customer_subscription_preferences_changed",
    DomainEventType.EMAIL_DRAFTED: "email_drafted",
    DomainEventType.EMAIL_ATTEMPTED: "email_attempted",
    DomainEventType.EMAIL_SENT: "email_sent",
    DomainEventType.EMAIL_DELIVERED: "email_delivered",
    DomainEventType.EMAIL_OPENED: "email_opened",
    DomainEventType.EMAIL_CLICKED: "email_clicked",
    DomainEventType.EMAIL_CONVERTED: "email_converted",
    DomainEventType.EMAIL_BOUNCED: "email_bounced",
    DomainEventType.EMAIL_SKIPPED: "email_dropped",
    DomainEventType.EMAIL_DELAYED: "email_deferred",
    DomainEventType.EMAIL_COMPLAINED: "email_spammed",
    DomainEventType.EMAIL_FAILED: "email_failed",
    DomainEventType.EMAIL_UNSUBSCRIBED: "email_unsubscribed",
    DomainEventType.EMAIL_SUPPRESSED: "email_undeliverable",
    DomainEventType.PUSH_DRAFTED: "push_drafted",
    DomainEventType.PUSH_ATTEMPTED: "push_attempted",
    DomainEventType.PUSH_SENT: "push_sent",
    DomainEventType.PUSH_DELIVERED: "push_delivered",
    DomainEventType.PUSH_OPENED: "push_opened",
    DomainEventType.PUSH_CLICKED: "push_clicked",
    DomainEventType.PUSH_CONVERTED: "push_converted",
    DomainEventType.PUSH_BOUNCED: "push_bounced",
    DomainEventType.PUSH_SKIPPED: "push_dropped",
    DomainEventType.PUSH_FAILED: "push_failed",
}
_WITH_FAILURE = frozenset(
    {
        DomainEventType.EMAIL_BOUNCED,
        DomainEventType.EMAIL_SKIPPED,
        DomainEventType.EMAIL_FAILED,
        DomainEventType.EMAIL_SUPPRESSED,
        DomainEventType.EMAIL_DELAYED,
        DomainEventType.PUSH_BOUNCED,
        DomainEventType.PUSH_SKIPPED,
        DomainEventType.PUSH_FAILED,
    }
)
_CLICKS = frozenset({DomainEventType.EMAIL_CLICKED, DomainEventType.PUSH_CLICKED})
EVENT_TYPES = {name: event_type for event_type, name in EVENT_NAMES.items()}
_METRICS = {"subscription_preferences_changed": "cio_subscription_preferences_changed"}
"""The metrics that differ from the end of the event's name."""
PLAN = RetryPlan(
    given_up_after=timedelta(days=7),
    slow_statuses=frozenset({None, 400, 401, 402, 403, 404, 405, 410, 429, 500, 502, 521}),
    slow_pause_s=3600,
    is_gone_final=False,
    timeout_s=4,
)
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS, _ULID_CHARS = 80, 26
"""https://github.com/ulid/spec: 48 bits of the moment, 80 others."""


def message_of(event: DomainEvent, subject: EventPayload, secrets: Sequence[str], now: datetime) -> CallbackRequest:
    """Return the message with its signature: the HMAC of version, moment and body, in hexadecimal."""
    noun, _, metric = EVENT_NAMES[event.type].partition("_")
    body = orjson.dumps(
        {
            "event_id": ulid_of(event),
            "object_type": noun,
            "metric": _METRICS.get(metric, metric),
            "timestamp": event.at_ms // 1000,
            "data": _data(event, subject),
        }
    )
    timestamp = str(unix(now))
    return CallbackRequest(
        body=body,
        headers={
            "content-type": "application/json",
            "x-cio-timestamp": timestamp,
            "x-cio-signature": signature(secrets[0], timestamp, body),
        },
    )


def _data(event: DomainEvent, subject: EventPayload) -> dict[str, Any]:
    """Return a subject in the words of this API."""
    if "message_id" not in subject and "contact_id" not in subject:  # a test
        return dict(subject)
    contact_id = subject["contact_id"]
    data: dict[str, Any] = {
        "customer_id": subject["external_id"],
        "identifiers": {
            "id": subject["external_id"],
            "email": subject["email"],
            "cio_id": None if contact_id is None else prefixed_hex_id(contact_id),
        },
    }
    if "message_id" not in subject:
        return data | {"email_address": subject["email"]}
    message_id = with_padding(subject["message_id"])
    data["delivery_id"] = message_id
    if subject["source"] == SourceKind.PUSH:
        data["recipients"] = []
    else:
        data |= {"recipient": subject["recipient"], "subject": subject["subject"]}
    data |= _parents(subject)
    if event.type in _CLICKS:
        data |= {"href": subject.get("url"), "link_id": subject.get("link_id")}
    if event.type in _WITH_FAILURE:
        data["failure_message"] = subject.get("failure")
    if content := subject.get("content"):
        body = content["text"] if content["html"] is None else content["html"]
        data |= {"content": body, "headers": content["headers"]}
    return data


def _parents(subject: EventPayload) -> dict[str, Any]:
    """Return the ids of the source of the message."""
    if subject["source"] == SourceKind.CAMPAIGN and subject["parent_id"] is not None:
        return {"broadcast_id": subject["parent_id"], "trigger_id": subject["number"], "action_id": None}
    if subject["source"] == SourceKind.CAMPAIGN:
        return {"newsletter_id": subject["campaign_id"], "content_id": subject["variant"] or subject["campaign_id"]}
    if subject["source"] == SourceKind.WORKFLOW_ACTION:
        return {
            "campaign_id": subject["workflow_id"],
            "action_id": subject["action_id"],
            "journey_id": f"{subject['workflow_id']}.{subject['contact_id']}.{subject['entry']}",
            "trigger_event_id": None,
        }
    return {"transactional_message_id": subject["template_id"]}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body with this timestamp (Unix seconds)."""
    return hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


def ulid_of(event: DomainEvent) -> str:
    """Return the id of an event as a ULID; it is the same for each attempt."""
    rest = int.from_bytes(hashlib.sha256(event.id.encode()).digest()[: _RANDOM_BITS // 8])
    number = event.at_ms << _RANDOM_BITS | rest
    return "".join(_BASE32[number >> 5 * place & 31] for place in reversed(range(_ULID_CHARS)))
