"""Write one message (RFC 5322) as bytes from a compiled content and a recipient."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import Enum
from typing import Final

from postrider.content import mime
from postrider.content.attachments import Attachment, mixed
from postrider.content.charsets import UTF_8, Charset, charset
from postrider.content.compiled import Compiled
from postrider.content.headers import without_line_ends
from postrider.content.merge_tags import Frame, Links, Merging, Person, PublicPage
from postrider.content.template import CompiledTemplate
from postrider.kit.errors import Invalid

MAX_CUSTOM_HEADERS: Final = 20
_REFERENCE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_HTTPS_URL: Final = re.compile(r"https?://[!-;=?-~]{1,900}")
"""A URL that List-Unsubscribe can hold: no white space, no angle brackets."""
_BOUNDARY: Final = "=_" + hashlib.sha256(b"postrider").hexdigest()[:24]
"""Quoted-printable never holds "=_" (RFC 2045, section 6.7), so it cannot be part of a body."""


class MessageParts(Enum):
    """The bodies of a message. A content without HTML always has its text."""

    BOTH = "both"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class MessageFrame:
    """The sender, the list, the headers and the attachments that all messages of a content share.

    `host` ends Message-ID and List-ID. Without a `list_id` (a single mail, no list) there is no List-* header.
    """

    frame: Frame
    host: str
    reply_to: str | None = None
    list_id: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Composer:
    """Write the messages of one content. The constructor encodes the bytes that all of them share."""

    def __init__(self, compiled: Compiled, sending: MessageFrame, *, parts: MessageParts = MessageParts.BOTH) -> None:
        """Encode the shared parts. Raises Invalid for a sender, reply address or header that no message may have."""
        self._compiled, self._sending = compiled, sending
        self._charset = charset(compiled.encoding)
        self._bodies = _bodies(compiled, parts)
        self._fixed = _fixed_headers(sending)
        self._host = mime.address(f"x@{sending.host}").partition("@")[2]
        self._dates: tuple[datetime, bytes] | None = None
        self._around = mixed(sending.attachments) if sending.attachments else (b"", b"")

    def message(
        self, person: Person, links: Links, *, now: datetime, reference: str, recipients: bytes | None = None
    ) -> bytes:
        """Return the message to one recipient. `reference` is unique, goes into the Message-ID and holds no address.

        `recipients` are the headers that name the recipients, if it is not this one alone.
        Raises Invalid if the address is not valid or the content cannot be merged for this recipient.
        """
        if not _REFERENCE.fullmatch(reference):
            raise ValueError(f"invalid Message-ID reference: {reference!r}")
        merging = Merging(person, self._sending.frame, links, now)
        subject = without_line_ends(self._compiled.subject.render(merging))
        merging.subject = subject
        return b"".join(
            (
                self._fixed,
                recipients or f"To: {mime.address(person.email)}\r\n".encode(),
                mime.header("Subject", subject),
                self._date(now),
                f"Message-ID: <{reference}@{self._host}>\r\n".encode(),
                self._list_headers(links),
                self._around[0],
                *self._content(merging),
                self._around[1],
            )
        )

    def _date(self, now: datetime) -> bytes:
        if self._dates is None or self._dates[0] != now:
            self._dates = (now, f"Date: {format_datetime(now)}\r\n".encode())
        return self._dates[1]

    def _list_headers(self, links: Links) -> bytes:
        """Return the headers for one-click unsubscription (RFC 8058) and for mail filters (List-ID, RFC 2919)."""
        if self._sending.list_id is None:
            return b""
        url = links.page(PublicPage.UNSUBSCRIBE)
        if not _HTTPS_URL.fullmatch(url):
            raise ValueError(f"invalid List-Unsubscribe URL: {url!r}")
        return (
            f"List-ID: <{self._sending.list_id}.list.{self._host}>\r\n"
            f"List-Unsubscribe: <{url}>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        ).encode()

    def _content(self, merging: Merging) -> list[bytes]:
        if self._charset != UTF_8:
            try:
                return _assembled(
                    [(kind, body.encoded(merging, self._charset)) for kind, body in self._bodies], self._charset
                )
            except UnicodeEncodeError:
                pass  # the encoding lacks a character: send this message in UTF-8
        return _assembled([(kind, body.utf_8(merging)) for kind, body in self._bodies], UTF_8)


def _bodies(compiled: Compiled, parts: MessageParts) -> list[tuple[str, mime.EncodedBody]]:
    """Return the alternative bodies, the richest last (RFC 2046, section 5.1.4)."""
    templates: list[tuple[str, CompiledTemplate]] = [("plain", compiled.text)]
    if compiled.html is not None:
        templates.append(("html", compiled.html))
    if parts is not MessageParts.BOTH and len(templates) == 2:
        templates = [templates[parts is MessageParts.HTML]]
    return [(kind, mime.EncodedBody(template)) for kind, template in templates]


def _fixed_headers(sending: MessageFrame) -> bytes:
    frame = sending.frame
    sender = mime.mailbox(frame.sender_name, frame.sender_email, field="sender")
    lines = [f"From: {sender}\r\n".encode()]
    if sending.reply_to and sending.reply_to != frame.sender_email:
        lines.append(f"Reply-To: {mime.address(sending.reply_to, field='reply_to_email')}\r\n".encode())
    lines.extend(custom_headers(dict(sending.headers)))
    lines.append(b"MIME-Version: 1.0\r\n")
    return b"".join(lines)


def custom_headers(headers: Mapping[str, str]) -> list[bytes]:
    """Return the lines of custom headers. Raises Invalid for a forbidden header, a repeated one, or too many."""
    field = "additional_headers"
    if len(headers) > MAX_CUSTOM_HEADERS or len({name.lower() for name in headers}) < len(headers):
        reason = f"Too many headers: at most {MAX_CUSTOM_HEADERS} are allowed, each once."
        raise Invalid(reason, code="too_many_headers", field=field)
    return [
        mime.custom_header(name, value, field=(field, index)) for index, (name, value) in enumerate(headers.items())
    ]


def _assembled(bodies: list[tuple[str, bytes]], used: Charset) -> list[bytes]:
    """Return the end of a message: content headers, a blank line, the bodies."""
    parts = [
        (
            f'Content-Type: text/{kind}; charset="{used.mime_name}"\r\n'
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ).encode()
        for kind, _ in bodies
    ]
    if len(bodies) == 1:
        return [parts[0], bodies[0][1]]
    out = [f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'.encode()]
    delimiter = f"--{_BOUNDARY}".encode()
    for head, (_, body) in zip(parts, bodies, strict=True):
        out += [delimiter, mime.CRLF, head, body, mime.CRLF]
    return [*out, delimiter, b"--\r\n"]
