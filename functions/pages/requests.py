"""What the public pages read from a request, and how they answer."""

import base64
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from postrider.http import Request, Response
from postrider.http.dialect import Headers
from postrider.kit.domains import ascii_url
from postrider.tracking.service import TrackingRequest

MAX_FORM_BYTES = 4096
"""A form of ours has two short fields, and so has RFC 8058's."""

MAX_SIGN_UP_BYTES = 64 * 1024
MAX_SIGN_UP_FIELDS = 500
"""A list has at most 200 attributes and 256 interests."""

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one pixel."""

_ALWAYS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
FORM_POLICY = f"{PAGE_POLICY}; img-src http: https: data:"
"""A form's owner may show pictures. No form-action: browsers would apply it to where the owner sends people next."""
EMBEDDED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; base-uri 'none'"
"""Any site may frame it."""
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline' http: https:; font-src http: https:; base-uri 'none'; frame-ancestors 'none'"
)
"""A mail is somebody else's HTML: it runs no script and has no origin."""


def tracking_request_of(request: Request) -> TrackingRequest:
    context: dict[str, Any] = request.resolved_event.raw_event["requestContext"]
    http = context["http"]
    return TrackingRequest(
        request_id=context["requestId"],
        method=http["method"],
        ip=http.get("sourceIp"),
        user_agent=http.get("userAgent"),
    )


def language_of(headers: Headers) -> str:
    """Return the language that the browser's user prefers (RFC 9110, section 12.5.4), or English."""
    given = headers.get("accept-language") or "en"
    return given.split(",")[0].split(";")[0].strip()


def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, in either of a form's two encodings; none when the body is something else or too large."""
    raw = _raw_of(request)
    if len(raw) > MAX_FORM_BYTES:
        return {}
    if (kind := _kind_of(request)).lower().startswith("multipart/form-data"):
        return dict(_parts_of(kind, raw))
    return dict(parse_qsl(raw.decode(errors="replace"), max_num_fields=16) if raw.count(b"&") < 16 else [])


def _raw_of(request: Request) -> bytes:
    body = request.resolved_event.body or ""
    return base64.b64decode(body) if request.resolved_event.is_base64_encoded else body.encode()


def _kind_of(request: Request) -> str:
    return next((value for name, value in request.headers.items() if name.lower() == "content-type"), "")


def _parts_of(kind: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each field of a multipart form (RFC 7578)."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
    for part in message.iter_parts() if message.is_multipart() else ():
        if not part.is_multipart():
            yield str(part.get_param("name", header="content-disposition")), _text_of(part)


def _text_of(part: Message) -> str:
    """UTF-8, as browsers send it, whatever charset the part claims (RFC 7578, section 5.1.2)."""
    raw = part.get_payload(decode=True)
    return raw.decode(errors="replace").strip() if isinstance(raw, bytes) else ""


def fields_of(request: Request) -> dict[str, list[str]]:
    """The fields of a sign-up form, as browsers encode them; none when the body is something else or too large."""
    raw = _raw_of(request)
    if len(raw) > MAX_SIGN_UP_BYTES or raw.count(b"&") >= MAX_SIGN_UP_FIELDS:
        return {}
    if (kind := _kind_of(request)).lower().startswith("multipart/form-data"):
        fields: dict[str, list[str]] = {}
        for name, value in _parts_of(kind, raw):
            fields.setdefault(name, []).append(value)
        return fields
    return parse_qs(raw.decode(errors="replace"))


def page(html: str, *, status: int = 200, policy: str = PAGE_POLICY) -> Response[str]:
    return Response(status, "text/html; charset=utf-8", html, _ALWAYS | {"Content-Security-Policy": policy})


def pixel() -> Response[bytes]:
    return Response(200, "image/gif", PIXEL, dict(_ALWAYS))


def redirect(target: str, *, status: int = 302) -> Response[str]:
    return Response(status, "text/plain; charset=utf-8", "", _ALWAYS | {"Location": ascii_url(target)})


def done(text: str) -> Response[str]:
    return Response(200, "text/plain; charset=utf-8", text, dict(_ALWAYS))
