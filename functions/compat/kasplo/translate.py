"""Translate between the Kasplo API and the domain."""

from typing import Any

from functions.compat.kasplo.schemas import Activity
from postrider.attributes.model import Attribute, AttributeFormat
from postrider.imports.model import InvalidRow

SUCCESS: dict[str, Any] = {"message": "Request processed successfully.", "error": {}}
TAG_SUCCESS: dict[str, Any] = {"message": "Success", "status": True, "statuscode": 200}
LIST_STATUSES = {Activity.ACTIVE: "active", Activity.INACTIVE: "archived"}
FIELD_TYPES = {
    AttributeFormat.BOOLEAN: "boolean",
    AttributeFormat.NUMBER: "numeric",
    AttributeFormat.DATE: "date",
    AttributeFormat.CHOICE: "dropdown",
}
"""Types of fields by format; all other formats are strings."""
NAMES = ("first_name", "last_name")
"""Attributes with separate members."""
REASONS = {
    "attribute_missing": "Required custom field '{field}' is missing",
    "attribute_unknown": "Custom field '{field}' does not exist",
    "attribute_value_invalid": "Invalid value for custom field '{field}', expected {expected}",
    "attributes_too_large": "The custom fields are too large",
    "contact_exists": "Contact already exists",
    "duplicate": "Contact already exists in request, not unique",
    "email_invalid": "Invalid email",
    "erased": "Invalid email",
}
"""Reasons of the dialect by code of the domain."""


def type_of(format_: AttributeFormat) -> str:
    return FIELD_TYPES.get(format_, "string")


def custom_field(attribute: Attribute) -> dict[str, Any]:
    """Return the members of a custom field that have other names or values than the attribute."""
    own = {"custom_id": attribute.id, "status": Activity.ACTIVE, "required": int(attribute.required)}
    return own | {"type": type_of(attribute.format), "values": ",".join(attribute.options)}


def reason_of(row: InvalidRow) -> str:
    """Return why a contact is refused, in the words of the dialect."""
    expected = type_of(row.expected) if row.expected else ""
    return REASONS[row.code].format(field=row.field, expected=expected)
