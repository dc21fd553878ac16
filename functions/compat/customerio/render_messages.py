"""Render messages for Customer.io's API."""

from email.utils import formataddr
from typing import Any

from functions.compat.customerio import translate_identifiers
from functions.compat.customerio.dates import deduplicate_id
from functions.compat.customerio.schemas_messages import MESSAGE_METRICS, ArchivedMessage, Header, Message, MessageType
from functions.compat.customerio.translate_identifiers import CustomerIdentifiers
from postrider.contacts.model import Contact
from postrider.kit.clock import unix
from postrider.kit.wire_ids import with_padding
from postrider.messages.model import ArchivedMessage as Archived
from postrider.messages.model import MailMessage
from postrider.transactional.model import Role


def identifiers_of(contact: Contact | None, email: str | None) -> CustomerIdentifiers:
    """Return the identifiers of a person; they are blank for an address without a known person."""
    if contact is None:
        return CustomerIdentifiers(id=None, email=email, cio_id="")
    return translate_identifiers.identifiers_of(contact)


def metrics_of(message: MailMessage) -> dict[str, int]:
    return {MESSAGE_METRICS[metric]: unix(at) for metric, at in message.moments.items()}


def message_of(message: MailMessage) -> Message:
    contact = message.contact
    message_id = with_padding(message.id)
    return Message(
        id=message_id,
        deduplicate_id=deduplicate_id(message_id, message.changed_at),
        msg_template_id=message.content_id or message.template_id,
        message_template_id=message.content_id or message.template_id,
        customer_id=None if contact is None else contact.external_id or None,
        customer_identifiers=identifiers_of(contact, message.email),
        recipient=message.email,
        subject=message.subject,
        metrics=metrics_of(message),
        created=unix(message.created_at),
        failure_message=message.failure,
        type=MessageType("push" if message.key.is_push else "email"),
        forgotten=message.email is None and not message.key.is_push,
        tracked_responses={},
        **parents_of(message),
    )


def parents_of(message: MailMessage) -> dict[str, Any]:
    """Return the ids of the source of the message; ids of other kinds of sources are null."""
    return {
        "campaign_id": message.workflow_id,
        "action_id": message.action_id,
        "parent_action_id": None if message.action is None else message.action.parent_id,
        "newsletter_id": message.newsletter_id,
        "content_id": message.content_id,
        "broadcast_id": message.broadcast_id,
        "transactional_message_id": message.transactional_id,
        "trigger_event_id": None,
    }


def archived_message_of(archived: Archived) -> ArchivedMessage:
    message, rendered = archived.message, archived.rendered
    known = {
        "id": with_padding(message.id),
        "recipient": message.email or "",
        "metrics": metrics_of(message),
        "forgotten": rendered is None,
    }
    if rendered is None:
        return ArchivedMessage.model_validate(known)
    content = {
        "subject": rendered.subject,
        "sender": formataddr((archived.sender_name or "", archived.sender_email or "")),
        "reply_to": archived.reply_to_email or "",
        "cc": ", ".join(archived.others.get(Role.CC, ())),
        "bcc": ", ".join(archived.others.get(Role.BCC, ())),
        "body": rendered.text if rendered.html is None else rendered.html,
        "headers": [Header(name=name, value=value) for name, value in archived.headers],
    }
    return ArchivedMessage.model_validate(known | content)
