"""Write the headers and bodies of a message as bytes.

Own code, because the standard library needs milliseconds for one message. The messages of a campaign differ in a few
words, so their common parts are encoded once. Tests read the results with the standard library's parser.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final

from postrider.content.charsets import UTF_8, Charset
from postrider.content.headers import header_text
from postrider.content.merge_tags import Merging
from postrider.content.template import CompiledTemplate
from postrider.kit.domains import with_ascii_domain
from postrider.kit.errors import FieldPath, Invalid

CRLF: Final = b"\r\n"
MAX_ADDRESS_CHARS: Final = 254
"""Length of an address (RFC 5321, section 4.5.3.1.3), without the angle brackets."""
_SOFT_BREAK: Final = b"=\r\n"
_LINE_CHARS: Final = 76
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,75}")
_FORBIDDEN: Final = frozenset(
    [
        "bcc",
        "cc",
        "content-transfer-encoding",
        "content-type",
        "date",
        "dkim-signature",
        "from",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
    ]
)
_FORBIDDEN_PREFIXES: Final = ("x-ses-", "arc-", "authentication-results", "resent-", "dkim-")


def address(email: str, *, field: FieldPath = ()) -> str:
    """Return the address with its domain in ASCII. Raises Invalid if no header can hold it."""
    refused = Invalid("Invalid email address: mail cannot be sent to it.", code="address_unsafe", field=field)
    try:
        local, at, domain = with_ascii_domain(email).rpartition("@")
    except UnicodeError as exc:
        raise refused from exc
    fits = at and len(local) + len(domain) < MAX_ADDRESS_CHARS
    if not (fits and _ATOMS.fullmatch(local) and _DOMAIN.fullmatch(domain) and ".." not in domain):
        raise refused
    return f"{local}@{domain}"


def mailbox(name: str | None, email: str, *, field: FieldPath = ()) -> str:
    """Return a display name with an address, encoded. Raises Invalid as `header_text` and `address` do."""
    spec = address(email, field=field)
    if not name:
        return spec
    header_text(name, field=field)
    if name.isascii() and len(name) < _LINE_CHARS - 10 and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n <{spec}>' if len(name) + len(spec) > _LINE_CHARS - 12 else f'"{quoted}" <{spec}>'
    return f"{_encoded_words(name, used=10)}\r\n <{spec}>"


def mailboxes(name: str, entries: Iterable[tuple[str | None, str]], *, field: FieldPath = ()) -> bytes:
    """Return a header that lists mailboxes (display name, address), one a line. Raises Invalid as `mailbox` does."""
    listed = ",\r\n ".join(mailbox(shown, email, field=field) for shown, email in entries)
    return f"{name}: {listed}\r\n".encode() if listed else b""


def header(name: str, value: str) -> bytes:
    """Return a header of free text, folded and, when not ASCII, encoded (RFC 2047). The value has no line ends."""
    if value.isascii() and "=?" not in value and value == value.strip():
        if len(name) + len(value) + 2 <= _LINE_CHARS:
            return f"{name}: {value}\r\n".encode()
        folded = _folded(value, used=len(name) + 2)
        if folded is not None:
            return f"{name}: {folded}\r\n".encode()
    return f"{name}: {_encoded_words(value, used=len(name) + 2)}\r\n".encode()


def custom_header(name: str, value: str, *, field: FieldPath = ()) -> bytes:
    """Return a header that a customer chose. Raises Invalid for an invalid name or one reserved by Postrider or SES."""
    lower = name.lower()
    if not _NAME.fullmatch(name) or lower in _FORBIDDEN or lower.startswith(_FORBIDDEN_PREFIXES):
        reason = f"The header {name[:80]!r} cannot be set: its name is invalid or reserved."
        raise Invalid(reason, code="header_forbidden", field=field)
    return header(name, header_text(value, field=field))


def _folded(value: str, *, used: int) -> str | None:
    """Fold a header's value at single spaces; return None when that is not possible."""
    lines: list[str] = []
    line = ""
    if "\t" in value or "  " in value:
        return None
    for word in value.split(" "):
        room = _LINE_CHARS - 1 - (0 if lines else used)
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        if len(line) > _LINE_CHARS:
            return None
    return "\r\n ".join([*lines, line])


def _encoded_words(value: str, *, used: int) -> str:
    """Encode a text as base64 words of at most 75 characters, each of whole characters. The first line has `used` less."""
    words: list[bytes] = []
    word = b""
    for char in value:
        encoded = char.encode()
        room = 45 if words else max(12, (_LINE_CHARS - used - 12) // 4 * 3)
        if len(word) + len(encoded) > min(room, 45):
            words.append(word)
            word = b""
        word += encoded
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def quoted_printable(text: str, charset: Charset = UTF_8) -> bytes:
    """Encode a text whose lines end in CRLF. Raises UnicodeEncodeError if the charset lacks a character."""
    data = text.encode(charset.codec)
    encoded = binascii.b2a_qp(data, istext=True)
    # b2a_qp uses the line end of the data for its soft breaks, and LF when the data has none.
    return encoded if b"\n" in data else encoded.replace(b"\n", CRLF)


def crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


class EncodedBody:
    """A template as the body of a part, in quoted-printable. Its literal text is encoded once.

    Each piece begins a new line after a soft line break, so pieces can be encoded one by one.
    """

    def __init__(self, template: CompiledTemplate) -> None:
        self._template = template
        self._literal = {
            piece: _closed(quoted_printable(crlf(piece))) for piece in template.pieces if isinstance(piece, str)
        }

    def utf_8(self, merging: Merging) -> bytes:
        """Return the body for a recipient in UTF-8. Raises Invalid if the content cannot be merged."""
        literal = self._literal
        out = [
            literal[piece] if isinstance(piece, str) else _filled(text)
            for piece, text in self._template.filled(merging)
        ]
        if not out or not out[-1].endswith(CRLF) or out[-1].endswith(_SOFT_BREAK):
            out.append(CRLF)
        return b"".join(out)

    def encoded(self, merging: Merging, charset: Charset) -> bytes:
        """Return the body for a recipient in a charset.

        Raises UnicodeEncodeError if the charset lacks a character, and Invalid as `utf_8` does.
        """
        return quoted_printable(crlf(self._template.render(merging)) + "\r\n", charset)


def _closed(encoded: bytes) -> bytes:
    if encoded.endswith(CRLF):
        return encoded
    if len(encoded) - encoded.rfind(b"\n") - 1 >= _LINE_CHARS:  # no room for the "=": the last character moves down
        last = 3 if encoded[-3:-2] == b"=" else 1
        encoded = encoded[:-last] + _SOFT_BREAK + encoded[-last:]
    return encoded + _SOFT_BREAK


def _filled(text: str) -> bytes:
    if len(text) < _LINE_CHARS and text.isascii() and text.isprintable() and "=" not in text:
        return text.encode() + _SOFT_BREAK
    return _closed(quoted_printable(crlf(text)))
