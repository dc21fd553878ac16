"""Turn SendEmail and SendBulkEmail requests into the messages that SES would put on the wire."""

import base64
import binascii
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, getaddresses
from typing import Any

from infra.local.ses.errors import bad_request
from infra.local.standin import REGION

# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_RECIPIENTS = 50
MAX_MESSAGE_BYTES = 40 * 1024 * 1024
TAG_TEXT = re.compile(r"[A-Za-z0-9_.@-]{1,256}")

_PLACEHOLDER = re.compile(r"{{\s*([\w.-]+)\s*}}")
# Headers that SES reads or sets itself.
_OWN_HEADERS = (b"message-id:", b"return-path:", b"bcc:", b"x-ses-configuration-set:", b"x-ses-message-tags:")


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One accepted message: the MIME text as it would arrive, and what its events need."""

    message_id: str
    source: str
    recipients: list[str]
    raw: bytes
    configuration_set: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    accepted_at: datetime


def new_message_id() -> str:
    """Return a message id as SES writes it: 16 hex digits, a UUID, six digits."""
    moment = int(datetime.now(UTC).timestamp() * 1000)
    return f"0107{moment:012x}-{uuid.uuid4()}-000000"


def outgoing_of(request: dict[str, Any]) -> Outgoing:
    """Return the message of a SendEmail call. Raises SesError (BadRequestException) as SES would."""
    content = request.get("Content") or {}
    source = request.get("FromEmailAddress") or ""
    if "Raw" in content:
        raw = _raw_of(content["Raw"].get("Data", ""))
        headers = dict(header_lines(raw))
        source = source or headers.get("from", "")
        recipients = _recipients_of(request) or _recipients_in(headers)
    elif "Simple" in content:
        recipients = _recipients_of(request)
        raw = _simple_mime(source, request, content["Simple"])
        headers = {}
    else:
        raise bad_request("Content must have one of Simple, Raw.")
    _check_addresses(source, recipients)
    message_id = new_message_id()
    now = datetime.now(UTC)
    tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags") or []}
    for part in headers.get("x-ses-message-tags", "").split(","):
        name, _, value = part.strip().partition("=")
        if name:
            tags.setdefault(name, value)
    _check_tags(tags)
    return Outgoing(
        message_id=message_id,
        source=source,
        recipients=recipients,
        raw=_with_own_headers(raw, message_id, now),
        configuration_set=request.get("ConfigurationSetName") or headers.get("x-ses-configuration-set") or None,
        tags=tags,
        accepted_at=now,
    )


def bulk_requests_of(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the SendEmail request of each entry of a SendBulkEmail call, in order, with templates filled in.

    Raises SesError if the call as a whole is malformed.
    """
    entries = request.get("BulkEmailEntries") or []
    if not 1 <= len(entries) <= MAX_RECIPIENTS:
        raise bad_request(f"BulkEmailEntries must have 1 to {MAX_RECIPIENTS} entries.")
    template = (request.get("DefaultContent") or {}).get("Template") or {}
    content = template.get("TemplateContent")
    if not isinstance(content, dict):
        raise bad_request("The local endpoint takes inline TemplateContent only.")
    defaults = _template_data(template.get("TemplateData"))
    for entry in entries:
        replacement = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
        values = defaults | _template_data(replacement.get("ReplacementTemplateData"))
        headers = {h["Name"].lower(): h for h in template.get("Headers") or []}
        headers |= {h["Name"].lower(): h for h in entry.get("ReplacementHeaders") or []}
        tags = {t["Name"]: t for t in request.get("DefaultEmailTags") or []}
        tags |= {t["Name"]: t for t in entry.get("ReplacementTags") or []}
        yield {
            "FromEmailAddress": request.get("FromEmailAddress"),
            "ReplyToAddresses": request.get("ReplyToAddresses"),
            "ConfigurationSetName": request.get("ConfigurationSetName"),
            "Destination": entry.get("Destination") or {},
            "EmailTags": list(tags.values()),
            "Content": {
                "Simple": {
                    "Subject": {"Data": _fill(content.get("Subject", ""), values)},
                    "Body": {
                        part: {"Data": _fill(content[part], values)} for part in ("Text", "Html") if content.get(part)
                    },
                    "Headers": [{"Name": h["Name"], "Value": _fill(h["Value"], values)} for h in headers.values()],
                    "Attachments": template.get("Attachments") or [],
                }
            },
        }


def header_lines(raw: bytes) -> list[tuple[str, str]]:
    """Header names in lower case with their unfolded values, in order. Much faster than a full parse."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head).decode("utf-8", "replace")
    lines = []
    for line in unfolded.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            lines.append((name.strip().lower(), value.strip()))
    return lines


def bare_address(text: str) -> str:
    addresses = getaddresses([text])
    return addresses[0][1] if addresses else ""


def _raw_of(data: str) -> bytes:
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise bad_request("Raw.Data is not base64.") from exc
    if len(raw) > MAX_MESSAGE_BYTES:
        raise bad_request(f"Message length is more than {MAX_MESSAGE_BYTES} bytes long.")
    return raw


def _recipients_of(request: dict[str, Any]) -> list[str]:
    destination = request.get("Destination") or {}
    return [a for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for a in destination.get(kind) or []]


def _recipients_in(headers: dict[str, str]) -> list[str]:
    return [address for _, address in getaddresses([headers.get(name, "") for name in ("to", "cc", "bcc")]) if address]


def _check_addresses(source: str, recipients: list[str]) -> None:
    if not recipients:
        raise bad_request("Destination must have at least one address.")
    if len(recipients) > MAX_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MAX_RECIPIENTS}.")
    for text in [source, *recipients]:
        local, at, domain = bare_address(text).rpartition("@")
        if not (at and local and domain):
            raise bad_request("Missing final '@domain'")
        if not local.isascii() or re.search(r"[\s\x00-\x1f]", local):
            raise bad_request("Local address contains control or whitespace")
        if not domain.isascii():
            raise bad_request("Domain contains illegal character")


def _check_tags(tags: dict[str, str]) -> None:
    for name, value in tags.items():
        if not (TAG_TEXT.fullmatch(name) and TAG_TEXT.fullmatch(value)):
            raise bad_request(f"Invalid email tag {name!r}: use letters, digits, _ - . @ only, at most 256 of them.")


def _simple_mime(source: str, request: dict[str, Any], simple: dict[str, Any]) -> bytes:
    """Return a message made by the classic MIME classes, since the modern header objects take a millisecond each."""
    destination, body = request.get("Destination") or {}, simple.get("Body") or {}
    parts: list[MIMEBase] = [
        MIMEText(body[part]["Data"], subtype, "utf-8")
        for part, subtype in (("Text", "plain"), ("Html", "html"))
        if part in body
    ]
    if not parts:
        raise bad_request("Body must have one of Text, Html.")
    message = parts[0] if len(parts) == 1 else MIMEMultipart("alternative", _subparts=parts)
    if simple.get("Attachments"):
        message = MIMEMultipart("mixed", _subparts=[message, *map(_attachment, simple["Attachments"])])
    fields = [
        ("From", source),
        ("To", ", ".join(destination.get("ToAddresses") or [])),
        ("Cc", ", ".join(destination.get("CcAddresses") or [])),
        ("Reply-To", ", ".join(request.get("ReplyToAddresses") or [])),
        ("Subject", (simple.get("Subject") or {}).get("Data", "")),
        *((extra["Name"], extra["Value"]) for extra in simple.get("Headers") or []),
    ]
    for name, value in fields:
        if "\r" in value or "\n" in value:
            raise bad_request(f"Invalid header: {name} contains a line break")
        if value:
            message[name] = value if value.isascii() else Header(value, "utf-8").encode()
    return message.as_bytes().replace(b"\n", b"\r\n")


def _attachment(attachment: dict[str, Any]) -> MIMEBase:
    kind, _, subtype = attachment.get("ContentType", "application/octet-stream").partition("/")
    part = MIMEBase(kind, subtype)
    part.set_payload(attachment["RawContent"])  # base64 already
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=attachment.get("FileName", "attachment"))
    return part


def _template_data(text: str | None) -> dict[str, Any]:
    try:
        data = json.loads(text or "{}")
    except ValueError as exc:
        raise bad_request("Template data is not JSON.") from exc
    if not isinstance(data, dict):
        raise bad_request("Template data is not a JSON object.")
    return data


def _fill(text: str, values: dict[str, Any]) -> str:
    """Replace {{name}} and {{name.part}}; SES does not escape HTML. A name without a value becomes empty."""

    def value_of(match: re.Match[str]) -> str:
        value: Any = values
        for part in match.group(1).split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        return str(value)

    return _PLACEHOLDER.sub(value_of, text)


def _with_own_headers(raw: bytes, message_id: str, now: datetime) -> bytes:
    """SES puts its own Message-ID and takes its instructions and Bcc out."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        head, separator, body = raw.partition(b"\n\n")
    newline = b"\r\n" if b"\r\n" in head or separator == b"\r\n\r\n" else b"\n"
    fields = re.split(rb"\r?\n(?![ \t])", head)
    kept = [line for line in fields if not line.lower().startswith(_OWN_HEADERS)]
    own = [
        f"Return-Path: <{message_id}@{REGION}.amazonses.com>".encode(),
        f"Message-ID: <{message_id}@{REGION}.amazonses.com>".encode(),
    ]
    if not any(line.lower().startswith(b"date:") for line in kept):
        own.append(f"Date: {format_datetime(now)}".encode())
    return newline.join([*own, *kept]) + newline * 2 + body
