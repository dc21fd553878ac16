"""Read requests of the public endpoints from events of the HTTP API (payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from postrider.tracking.service import TrackingRequest

if TYPE_CHECKING:
    from email.message import Message

MAX_FORM_BYTES = 4096
MAX_FORM_FIELDS = 16
"""Limits of a short form: our forms, and forms of RFC 8058, have two short fields."""
MAX_SIGN_UP_BYTES = 64 * 1024
MAX_SIGN_UP_FIELDS = 500
"""Limits of a sign-up form: a list has at most 200 attributes and 256 interests."""

Event = dict[str, Any]


def tracking_request(event: Event) -> TrackingRequest:
    context = event["requestContext"]
    http = context["http"]
    return TrackingRequest(
        request_id=context["requestId"],
        method=http["method"],
        ip=http.get("sourceIp"),
        user_agent=http.get("userAgent"),
    )


def headers_of(event: Event) -> dict[str, str]:
    """Return the headers with their names in lower case."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def language_of(headers: Mapping[str, str]) -> str:
    """Return the preferred language of the browser (RFC 9110, section 12.5.4), or English."""
    return (headers.get("accept-language") or "en").split(",")[0].split(";")[0].strip()


def form_of(event: Event) -> dict[str, str]:
    """Return the last value of each field of a short form; no fields if the body is not a form or too large."""
    fields = _fields(event, max_bytes=MAX_FORM_BYTES, max_fields=MAX_FORM_FIELDS)
    return {name: values[-1] for name, values in fields.items()}


def sign_up_of(event: Event) -> dict[str, list[str]]:
    """Return the values of each field of a sign-up form; no fields if the body is not a form or too large."""
    return _fields(event, max_bytes=MAX_SIGN_UP_BYTES, max_fields=MAX_SIGN_UP_FIELDS)


def _fields(event: Event, *, max_bytes: int, max_fields: int) -> dict[str, list[str]]:
    """Read a form in either of its two encodings."""
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="replace")
    if len(raw) > max_bytes:
        return {}
    if (kind := headers_of(event).get("content-type", "")).lower().startswith("multipart/form-data"):
        fields: dict[str, list[str]] = {}
        for name, value in _parts_of(kind, raw):
            fields.setdefault(name, []).append(value)
        return fields
    return parse_qs(raw.decode(errors="replace")) if raw.count(b"&") < max_fields else {}


def _parts_of(kind: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """Return name and value of each field of a multipart form (RFC 7578)."""
    from email.parser import BytesParser  # imported here, because few calls need them, and they are slow to import
    from email.policy import HTTP

    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
    for part in message.iter_parts() if message.is_multipart() else ():
        if not part.is_multipart():
            yield str(part.get_param("name", header="content-disposition")), _text_of(part)


def _text_of(part: "Message") -> str:
    """Decode as UTF-8, which browsers use, and ignore the charset of the part (RFC 7578, section 5.1.2)."""
    raw = part.get_payload(decode=True)
    return raw.decode(errors="replace").strip() if isinstance(raw, bytes) else ""
