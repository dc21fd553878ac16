"""Translate requests for messages to one person to the domain."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from functions.compat.customerio.schemas_sends import (
    ByCioId,
    ByEmail,
    ById,
    CustomDevice,
    SendEmailRequest,
    SendPushRequest,
)
from functions.compat.customerio.translate_identifiers import contact_id_of
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.content.attachments import Attachment
from postrider.devices.model import Device
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid, TooLarge
from postrider.pushes.model import ALL_DEVICES, PushRequest
from postrider.senders.named_address import parse_named_address, parse_named_addresses
from postrider.transactional.model import MailAddress, MailRequest
from postrider.transactional.rules import file_of

MAX_ATTACHMENT_BYTES = 2_000_000
"""Maximum size of all files of a mail (contract, section 14)."""
_UNTRACKED = {"opens": False, "clicks_html": False, "clicks_text": False}


def identifier_of(person: ById | ByEmail | ByCioId) -> Identifier:
    """Return the identifier; an invalid cio_id identifies nobody."""
    if isinstance(person, ById):
        return Identifier.external_id(str(person.id))
    if isinstance(person, ByEmail):
        return Identifier.email(person.email)
    return Identifier.contact_id(contact_id_of(str(person.cio_id)) or 0)


def template_of(name: int | str | None) -> int | str | None:
    """Return the number or the trigger name of a template; a text of digits is a number."""
    return int(name) if isinstance(name, str) and name.isdecimal() and len(name) < 16 else name


def order_of(body: SendEmailRequest) -> MailRequest:
    """Return the mail of a request. Raises Invalid, TooLarge, and Forbidden for a file."""
    if body.transactional_message_id is None and not (body.body and body.subject and body.from_):
        reason = "Give transactional_message_id, or all of body, subject and from."
        raise Invalid(reason, code="content_missing", field="transactional_message_id")
    if (body.body_amp or "").strip():
        raise Invalid("AMP is not supported: leave body_amp out.", code="amp_unsupported", field="body_amp")
    sender = parse_named_address(body.from_, field="from") if body.from_ else None
    reply_to = parse_named_address(body.reply_to, field="reply_to") if body.reply_to else None
    return MailRequest(
        to=_mailboxes(body.to, "to"),
        cc=_mailboxes(body.cc, "cc"),
        bcc=_mailboxes(body.bcc, "bcc"),
        sender_email=None if sender is None else sender.email,
        sender_name=None if sender is None else sender.name or None,
        reply_to_email=None if reply_to is None else reply_to.email,
        subject=body.subject,
        preheader=body.preheader,
        html=body.body,
        text=body.body_plain or body.plaintext_body or None,
        inline_css=False if body.disable_css_preprocessing else None,
        template=template_of(body.transactional_message_id),
        person=identifier_of(body.identifiers),
        data=body.message_data or {},
        headers=tuple(_headers(body.headers)),
        attachments=_attachments(body.attachments),
        tracking=_UNTRACKED if body.tracked is False else {},
        send_at=None if body.send_at is None else _moment(body.send_at),
        is_draft=bool(body.queue_draft),
        is_content_kept=not body.disable_message_retention,
        to_unsubscribed=body.send_to_unsubscribed is not False,
        is_always_taken=True,
    )


def push_of(body: SendPushRequest) -> PushRequest:
    """Return the push message of a request. Raises Invalid."""
    payloads = {} if body.custom_payload is None else body.custom_payload.model_dump(exclude_none=True)
    ios = payloads.get("ios") or {}
    if "message" in ios:  # the form of Firebase for devices of Apple; SNS needs only the payload
        payloads["ios"] = ((ios["message"] or {}).get("apns") or {}).get("payload") or {}
    return PushRequest(
        person=identifier_of(body.identifiers),
        template=template_of(body.transactional_message_id) or 0,
        target=body.to or ALL_DEVICES,
        title=body.title,
        message=body.message,
        link=body.link,
        image_url=body.image_url,
        sound=body.sound,
        custom_data=body.custom_data or {},
        payloads=payloads,
        device=None if body.custom_device is None else _device(body.custom_device),
        data=body.message_data or {},
        send_at=None if body.send_at is None else _moment(body.send_at),
        is_draft=bool(body.queue_draft),
        is_content_kept=not body.disable_message_retention,
        to_unsubscribed=body.send_to_unsubscribed is not False,
    )


def _device(device: CustomDevice) -> Device:
    attributes = {} if device.attributes is None else device.attributes.model_dump(by_alias=True, exclude_none=True)
    used_at = bootstrap.clock()() if device.last_used is None else _moment(device.last_used)
    return Device(token=device.token, platform=device.platform, last_used_at=used_at, attributes=attributes)


def _moment(seconds: int) -> Any:
    """Return the moment. Raises Invalid for seconds out of range."""
    try:
        return from_unix(seconds)
    except (ValueError, OverflowError, OSError) as exc:
        raise Invalid("Invalid send_at: expected Unix seconds.", code="moment_invalid", field="send_at") from exc


def _mailboxes(text: str | None, field: str) -> tuple[MailAddress, ...]:
    return tuple(
        MailAddress(email=mailbox.email, name=mailbox.name or None)
        for mailbox in parse_named_addresses(text or "", field=field)
    )


def _headers(headers: Any) -> Iterator[tuple[str, str]]:
    """Yield names and values of headers in any of their forms. Raises Invalid."""
    if isinstance(headers, str):
        headers = _headers_of_text(headers) if headers.strip() else {}
    if isinstance(headers, Mapping):
        yield from headers.items()
        return
    for entry in headers or ():
        pairs = entry if isinstance(entry, Mapping) else {entry.name: entry.value}
        yield from [(pairs["name"], pairs["value"])] if pairs.keys() == {"name", "value"} else pairs.items()


def _headers_of_text(text: str) -> Any:
    invalid = Invalid("Invalid headers: expected a map, or a list of names and values.", field="headers")
    try:
        headers = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise invalid from exc
    maps = headers if isinstance(headers, list) else [headers]
    if not all(isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values()) for entry in maps):
        raise invalid
    return headers


def _attachments(files: Mapping[str, str] | Iterable[Mapping[str, str]] | None) -> tuple[Attachment, ...]:
    maps = [files] if isinstance(files, Mapping) else files or ()
    decoded = [(name, _decoded(name, content)) for entry in maps for name, content in entry.items()]
    if sum(len(data) for _, data in decoded) >= MAX_ATTACHMENT_BYTES:
        reason = f"The attachments are too large: they must have less than {MAX_ATTACHMENT_BYTES} bytes together."
        raise TooLarge(reason, code="attachments_too_large", field="attachments")
    return tuple(file_of(name, data, field="attachments") for name, data in decoded)


def _decoded(name: str, content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        reason = f'Attachment must be base64 encoded: "{name}"'
        raise Invalid(reason, code="attachment_encoding", field="attachments") from exc
