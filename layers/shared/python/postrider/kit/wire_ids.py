"""Ids as dialects write them: renderings of integers that can be read back."""

import re

from postrider.kit.errors import FieldPath, NotFound

_HEX = re.compile(r"[0-9a-f]+")


def hex32(number: int) -> str:
    """Return 32 hex digits."""
    return f"{number:032x}"


def of_hex(text: str, width: int, *, field: FieldPath = ()) -> int:
    """Return the integer that the text renders. Raises NotFound, naming `field`, for a text that renders none."""
    if len(text) != width or not _HEX.fullmatch(text):
        raise NotFound(f"Unknown id {text[:80]!r}.", field=field)
    return int(text, 16)
