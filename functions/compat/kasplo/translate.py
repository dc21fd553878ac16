"""Words of the Kasplo API and of the domain, both ways."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from functions.compat.kasplo.schemas import ContactIn
from postrider.attributes.model import Definition, Format
from postrider.imports.model import ImportRow
from postrider.kit.errors import Invalid

REASONS = {
    "attributes_too_large": "The custom fields are too large",
    "contact_exists": "Contact already exists",
    "duplicate": "Contact already exists in request, not unique",
    "email_invalid": "Invalid email",
    "erased": "Invalid email",
}
"""By code of the domain."""
SUCCESS = "Request processed successfully."
FIELD_TYPES = {
    Format.TEXT: "string",
    Format.BOOLEAN: "boolean",
    Format.NUMBER: "numeric",
    Format.DATE: "date",
    Format.CHOICE: "dropdown",
}
NAMES = ("first_name", "last_name")
"""Attributes that have members of their own."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)


def page_of(items: Iterable[NamedT], *, name: str | None, page: int, size: int) -> tuple[Sequence[NamedT], int]:
    """Return the items of a page with this name (all names when None), and how many there are on all pages."""
    matching = [item for item in items if name is None or item.name.casefold() == name.casefold()]
    return matching[(page - 1) * size : page * size], len(matching)


def row_of(contact: ContactIn, definitions: Mapping[str, Definition]) -> ImportRow:
    """Return the row of a contact without blank values. Raises Invalid, naming the field, for what cannot be a value."""
    values = {name: getattr(contact, name) for name in NAMES} | (contact.custom_fields or {})
    return ImportRow(
        email=address_of(contact),
        attributes={
            name: _text(name, value, definitions.get(name)) for name, value in values.items() if not _is_blank(value)
        },
    )


def address_of(contact: ContactIn) -> str:
    return contact.email if isinstance(contact.email, str) else ""


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(name: str, value: Any, definition: Definition | None) -> str:
    if isinstance(value, bool) and definition is not None and definition.format == Format.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, float):
        value = int(value) if value.is_integer() else f"{Decimal(str(value)):f}"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid("The value is neither a text nor a number.", code="attribute_value_invalid", field=name)
    return str(value)


def reason_of(code: str, field: str | None, definitions: Mapping[str, Definition]) -> str:
    """Return why a contact is refused, in the words of the dialect."""
    if code == "attribute_missing":
        return f"Required custom field '{field}' is missing"
    if code == "attribute_value_invalid" and field is not None and field in definitions:
        return f"Invalid value for custom field '{field}', expected {FIELD_TYPES[definitions[field].format]}"
    if code in ("attribute_unknown", "attribute_value_invalid"):
        return f"Custom field '{field}' does not exist"
    return REASONS[code]
