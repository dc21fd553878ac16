"""Write the attachments of a message."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_BOUNDARY: Final = "=_" + hashlib.sha256(b"postrider attachments").hexdigest()[:24]
"""Neither base64 nor quoted-printable ever holds "=_" (RFC 2045, section 6)."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that comes with a mail. `filename` and `content_type` have only characters that headers may have as they are."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)


def mixed(attachments: Sequence[Attachment]) -> tuple[bytes, bytes]:
    """Return what comes before and after the content of a message that has attachments (RFC 2046, section 5.1.3)."""
    delimiter = f"--{_BOUNDARY}".encode()
    before = f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n\r\n'.encode() + delimiter + b"\r\n"
    parts = (b"\r\n" + delimiter + b"\r\n" + _part(attachment) for attachment in attachments)
    return before, b"".join(parts) + delimiter + b"--\r\n"


def _part(attachment: Attachment) -> bytes:
    head = (
        f'Content-Type: {attachment.content_type}; name="{attachment.filename}"\r\n'
        f'Content-Disposition: attachment; filename="{attachment.filename}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(attachment.data).replace(b"\n", b"\r\n")
