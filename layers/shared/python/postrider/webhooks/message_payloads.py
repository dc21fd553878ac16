"""Look up person and message of events, for formats that report on messages."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.kit.clock import unix
from postrider.lists.service import ListService
from postrider.mail_events.model import PUSH_LOG, TRANSACTIONAL_LOG, EventType, LogQuery, LogRow
from postrider.mail_events.service import EventService
from postrider.mail_events.source import MailSource, SourceKind
from postrider.messages.model import ArchivedMessage, MailMessage, MessageKey, Metric
from postrider.messages.service import MessageService
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks.model import EventPayload, Webhook

_MESSAGES = ("email.", "push.")
_REPEATED: Mapping[DomainEventType, Metric] = {
    DomainEventType.EMAIL_OPENED: Metric.OPENED,
    DomainEventType.EMAIL_CLICKED: Metric.CLICKED,
    DomainEventType.PUSH_OPENED: Metric.OPENED,
    DomainEventType.PUSH_CLICKED: Metric.CLICKED,
}
"""Types of events that a message may have many times."""
_WITH_ROW = frozenset(
    {
        DomainEventType.EMAIL_OPENED,
        DomainEventType.EMAIL_CLICKED,
        DomainEventType.EMAIL_BOUNCED,
        DomainEventType.EMAIL_FAILED,
        DomainEventType.EMAIL_DELAYED,
    }
)
"""Types of events whose row of the log has more data: link, answer of the server, and number."""


class MessageContents(Protocol):
    """A reader of the contents of messages."""

    def copy_of(self, account_id: str, message: MailMessage) -> ArchivedMessage: ...


class MessagePayloads:
    """A reader of payloads: people of the default list, and mails to them or to addresses. Other events have no subject."""

    def __init__(
        self,
        messages: MessageService,
        contents: MessageContents,
        contacts: ContactService,
        lists: ListService,
        events: EventService,
    ) -> None:
        self._messages, self._contents, self._contacts = messages, contents, contacts
        self._lists, self._events = lists, events

    def read(self, webhook: Webhook, events: Sequence[DomainEvent]) -> list[EventPayload | None]:
        """Return the payloads of events in their order; None for an event without a callback."""
        account_id = webhook.account_id
        list_id = self._lists.default(account_id).id
        keys = {event.id: key for event in events if (key := _key_of(event, list_id)) is not None}
        known = self._messages.of_recipients(account_id, list(keys.values()))
        messages = {key: message for key, message in zip(keys.values(), known, strict=True) if message is not None}
        contact_ids = {int(event.data["contact_id"]) for event in events if _is_about_contact(event, list_id)}
        contacts = self._contacts.many(account_id, list_id, contact_ids) if contact_ids else {}
        payloads: list[EventPayload | None] = []
        for event in events:
            if "contact_id" not in event.data:  # a test
                payloads.append(event.data)
            elif event.type.value.startswith(_MESSAGES):
                message = messages.get(keys[event.id]) if event.id in keys else None
                payloads.append(None if message is None else self._of_message(webhook, event, message))
            else:
                contact = contacts.get(int(event.data["contact_id"])) if event.list_id == list_id else None
                payloads.append(None if contact is None else _person(contact))
        return payloads

    def _of_message(self, webhook: Webhook, event: DomainEvent, message: MailMessage) -> EventPayload | None:
        row = self._row(event) if event.type in _WITH_ROW else None
        if webhook.is_first_only and event.type in _REPEATED and not _is_first(event, message, row):
            return None
        subject = {**_person(message.contact), **_of_source(message)}
        if event.type == DomainEventType.EMAIL_CLICKED and row is not None:
            subject |= {"url": row.url, "link_id": row.link_id}
        if event.type not in _REPEATED:
            subject["failure"] = row.detail if row is not None and row.detail else message.failure
        if webhook.has_content and event.type == DomainEventType.EMAIL_SENT:
            subject["content"] = _content(self._contents.copy_of(event.account_id, message))
        return subject

    def _row(self, event: DomainEvent) -> LogRow | None:
        query = LogQuery(
            types=frozenset({EventType(event.data["log_type"])}),
            contact_ids=frozenset({int(event.data["contact_id"])}),
            start_ms=event.at_ms,
            end_ms=event.at_ms,
        )
        return self._events.first(event.account_id, event.list_id or TRANSACTIONAL_LOG.list_id, query)


def _is_first(event: DomainEvent, message: MailMessage, row: LogRow | None) -> bool:
    """Return whether an open or a click is the first of its message; rows of push messages are not numbered."""
    if not message.key.is_push:
        return row is None or row.nth == 1
    first_at = message.moments.get(_REPEATED[event.type])
    return first_at is None or unix(first_at) == event.at_ms // 1000


def _key_of(event: DomainEvent, list_id: int) -> MessageKey | None:
    """Return the key of the message of an event; None for a list without reports."""
    if "source" not in event.data or event.list_id not in (list_id, TRANSACTIONAL_LOG.list_id, PUSH_LOG.list_id):
        return None
    return MessageKey(MailSource.parse(str(event.data["source"])), event.list_id, int(event.data["contact_id"]))


def _is_about_contact(event: DomainEvent, list_id: int) -> bool:
    return event.list_id == list_id and not event.type.value.startswith(_MESSAGES) and "contact_id" in event.data


def _person(contact: Contact | None) -> dict[str, Any]:
    if contact is None:
        return {"contact_id": None, "external_id": None, "email": None}
    return {"contact_id": contact.id, "external_id": contact.external_id, "email": contact.email or None}


def _of_source(message: MailMessage) -> dict[str, Any]:
    """Return the ids of the source of the message; ids of other kinds of sources are None."""
    source, action, campaign = message.key.source, message.action, message.campaign
    return {
        "message_id": message.id,
        "recipient": message.email,
        "subject": message.subject,
        "source": source.kind.value,
        "campaign_id": source.id if source.kind == SourceKind.CAMPAIGN else None,
        "variant": message.variant or None,
        "parent_id": None if campaign is None else campaign.parent_id,
        "number": None if campaign is None else campaign.number,
        "template_id": message.transactional_id,
        "workflow_id": None if action is None else action.workflow_id,
        "action_id": source.id if source.kind == SourceKind.WORKFLOW_ACTION else None,
        "entry": source.entry or None,
    }


def _content(archived: ArchivedMessage) -> dict[str, Any] | None:
    """Return the content of the message; None if it is no longer stored."""
    rendered = archived.rendered
    if rendered is None:
        return None
    return {
        "html": rendered.html,
        "text": rendered.text,
        "headers": [{"name": name, "value": value} for name, value in archived.headers],
    }
