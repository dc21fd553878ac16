"""What headers of mails can hold, and what saving a sender refuses. Imports nothing that writes mails: many need this."""

import re
import unicodedata
from typing import Final

from postrider.kit.errors import FieldPath, Forbidden, Invalid

MAX_HEADER_CHARS: Final = 998
"""Of one header's value (RFC 5322, section 2.1.1, for a line)."""
MAX_SENDER_NAME_CHARS: Final = 128
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters and everything some reader takes for the end of a line; a tab is white space and passes."""
_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+")


def header_text(value: str, *, field: FieldPath = (), max_chars: int = MAX_HEADER_CHARS) -> str:
    """The value, if a header may hold it. Raises Invalid for line ends, control characters and excess of length."""
    if len(value) > max_chars:
        raise Invalid(f"At most {max_chars} characters are allowed here.", code="header_too_long", field=field)
    if _UNSAFE.search(value):
        raise Invalid("Line ends and control characters are not allowed here.", code="header_unsafe", field=field)
    return value


def without_line_ends(value: str) -> str:
    """Contact data as one line of a header: whatever could end the line becomes a space."""
    return _UNSAFE.sub(" ", value)[:MAX_HEADER_CHARS]


def check_sender_name(name: str, email: str, *, field: FieldPath = "name") -> str:
    """The name, if mail from `email` may show it.

    Raises Invalid for what no header can hold, and Forbidden for another's address: readers see only the name.
    """
    header_text(name, field=field, max_chars=MAX_SENDER_NAME_CHARS)
    if not name.strip():
        raise Invalid("A sender's name cannot be empty.", code="sender_name_empty", field=field)
    for shown in _ADDRESS.findall(unicodedata.normalize("NFKC", name)):  # wide and small forms look like an @
        if shown.lower() != email.lower():
            raise Forbidden("A sender's name cannot show another address.", code="sender_name_address", field=field)
    return name
