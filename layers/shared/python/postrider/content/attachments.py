"""Write the attachments of a message."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

_BOUNDARY: Final = "=_" + hashlib.sha256(b"postrider attachments").hexdigest()[:24]
"""Neither base64 nor quoted-printable ever holds "=_" (RFC 2045, section 6)."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9 ()+,._@=&#-]{1,60}")
"""Names that are written as they are, inside quotes."""
_PIECE_CHARS: Final = 48


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that comes with a mail. Its name has no control characters; its type has only characters that headers may have."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)


def mixed(attachments: Sequence[Attachment]) -> tuple[bytes, bytes]:
    """Return what comes before and after the content of a message that has attachments (RFC 2046, section 5.1.3)."""
    delimiter = f"--{_BOUNDARY}".encode()
    before = f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n\r\n'.encode() + delimiter + b"\r\n"
    parts = (b"\r\n" + delimiter + b"\r\n" + _part(attachment) for attachment in attachments)
    return before, b"".join(parts) + delimiter + b"--\r\n"


def _parameter(name: str, value: str) -> str:
    """Return a parameter of a header; a value with other characters is encoded in pieces (RFC 2231, sections 3 and 4)."""
    if _PLAIN.fullmatch(value):
        return f'{name}="{value}"'
    pieces = [""]
    for char in value:
        encoded = quote(char, safe="")
        if len(pieces[-1]) + len(encoded) > _PIECE_CHARS:
            pieces.append("")
        pieces[-1] += encoded
    charset = "utf-8''"
    texts = (f"{name}*{number}*={'' if number else charset}{piece}" for number, piece in enumerate(pieces))
    return ";\r\n ".join(texts)


def _part(attachment: Attachment) -> bytes:
    head = (
        f"Content-Type: {attachment.content_type}; {_parameter('name', attachment.filename)}\r\n"
        f"Content-Disposition: attachment; {_parameter('filename', attachment.filename)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(attachment.data).replace(b"\n", b"\r\n")
