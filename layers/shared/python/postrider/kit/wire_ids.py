"""Convert integer ids to the forms of dialects and back."""

import re

from postrider.kit.errors import FieldPath, NotFound

_HEX = re.compile(r"[0-9a-f]+")


def hex32(number: int) -> str:
    """Return 32 hex digits."""
    return f"{number:032x}"


def hex10(number: int) -> str:
    """Return 10 hex digits."""
    return f"{number:010x}"


def of_hex(text: str, width: int, *, field: FieldPath = ()) -> int:
    """Return the integer of the text. Raises NotFound with `field` for an invalid text."""
    if len(text) != width or not _HEX.fullmatch(text):
        raise NotFound(f"Unknown id {text[:80]!r}.", field=field)
    return int(text, 16)


MAX_DECIMAL_CHARS = 15
NO_ID = 0
"""An id that no object has."""


def of_decimal(text: str) -> int:
    """Return an id as a number, or NO_ID for an invalid text."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= MAX_DECIMAL_CHARS and not text.startswith("0")
    return int(text) if is_id else NO_ID


def prefixed_hex_id(contact_id: int) -> str:
    """Return the id of a contact with the prefix by which exports and webhooks show it."""
    return f"cio_{contact_id:x}"


def with_padding(token: str) -> str:
    """Return a token in base64 with padding, as some dialects require it."""
    return token + "=" * (-len(token) % 4)


def without_padding(text: str) -> str:
    return text.rstrip("=")
