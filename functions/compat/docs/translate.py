"""Translate between the Docs Marketing API and the domain."""

from collections.abc import Sequence
from typing import Final

from postrider.kit.wire_ids import of_hex

FIELDS: Final = {
    "attribute_id": "merge_id",
    "default": "default_value",
    "display": "options",
    "email": "email_address",
    "is_public": "public",
    "label": "name",
    "merge_tag": "tag",
    "options": "options.choices",
    "order": "display_order",
}
"""Places in a request by field of a domain error; other fields have the same names."""
_PARTS: Final = frozenset({"body", "query", "path", "header"})


def list_id_of(audience_id: str) -> int:
    """Return the id of the list of an audience. Raises NotFound for a text that is no id."""
    return of_hex(audience_id, 10, field="list_id")


def place_of(field: Sequence[str | int]) -> str:
    """Return a dotted path to a field: "contact.company" for ("body", "contact", "company"); "body" for a whole body."""
    names = field[1:] if len(field) > 1 and field[0] in _PARTS else field
    return ".".join(FIELDS.get(str(name), str(name)) for name in names)
