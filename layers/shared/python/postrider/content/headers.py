"""Check the values of mail headers and the names of senders, without importing the modules that write mails."""

import re
import unicodedata
from typing import Final

from postrider.kit.errors import FieldPath, Forbidden, Invalid

MAX_HEADER_CHARS: Final = 998
"""Length of one header's value (RFC 5322, section 2.1.1, for a line)."""
MAX_HEADER_NAME_CHARS: Final = 76
MAX_SENDER_NAME_CHARS: Final = 128
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those of the direction of text, and all characters that some program reads as a line end. A tab is
white space and allowed."""
_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+")


def header_text(value: str, *, field: FieldPath = (), max_chars: int = MAX_HEADER_CHARS) -> str:
    """Return the value of a header. Raises Invalid if it is too long or has characters of _UNSAFE."""
    if len(value) > max_chars:
        raise Invalid(
            f"Text too long: at most {max_chars} characters are allowed.", code="header_too_long", field=field
        )
    if unsafe := _UNSAFE.search(value):
        reason = "Invalid text: line ends, control characters and controls of direction are not allowed; remove them."
        place = {"line": 1, "column": unsafe.start() + 1}
        raise Invalid(f"{reason} (line 1, column {place['column']})", code="header_unsafe", details=place, field=field)
    return value


def without_line_ends(value: str) -> str:
    """Return contact data as one line of a header: replace line ends and control characters by spaces."""
    return _UNSAFE.sub(" ", value)[:MAX_HEADER_CHARS]


def check_sender_name(name: str, email: str, *, field: FieldPath = "name") -> str:
    """Return the name when mail from `email` may show it.

    Raises Invalid for text that no header can hold, and Forbidden when the name shows another address, since many mail
    programs show the name alone.
    """
    header_text(name, field=field, max_chars=MAX_SENDER_NAME_CHARS)
    if not name.strip():
        raise Invalid("The sender's name is empty.", code="sender_name_empty", field=field)
    for shown in _ADDRESS.findall(unicodedata.normalize("NFKC", name)):  # wide and small forms look like an @
        if shown.lower() != email.lower():
            reason = "The sender's name shows an address other than the sender's own."
            raise Forbidden(reason, code="sender_name_address", field=field)
    return name
