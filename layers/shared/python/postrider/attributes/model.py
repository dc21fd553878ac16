"""Define a custom attribute of a list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class AttributeType(StrEnum):
    TEXT = "text"
    MEDIUMTEXT = "mediumtext"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    DATETIME = "datetime"


class AttributeFormat(StrEnum):
    """The format of the values of an attribute; FORMATS has the formats of each type."""

    TEXT = "text"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    PHONE = "phone"
    URL = "url"
    IMAGE = "image"
    """The URL of an image."""
    BIRTHDAY = "birthday"
    """Month and day: 12/31."""
    POSTCODE = "postcode"
    ADDRESS = "address"
    """A postal address as a JSON object with the members of ADDRESS_MEMBERS."""


ADDRESS_MEMBERS = ("addr1", "addr2", "city", "state", "zip", "country")
FORMATS = {
    AttributeType.TEXT: tuple(format for format in AttributeFormat if format != AttributeFormat.ADDRESS),
    AttributeType.MEDIUMTEXT: (AttributeFormat.TEXT, AttributeFormat.ADDRESS),
    AttributeType.INTEGER: (AttributeFormat.NUMBER,),
    AttributeType.TIMESTAMP: (AttributeFormat.DATE,),
    AttributeType.DATETIME: (AttributeFormat.DATE,),
}
"""The formats by type; the first format is the default of a new attribute."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The values that an attribute accepts.

    The main API checks only the type; APIs with formats check the rest too. `default` is "" without a default, `options` are
    the values of a choice.
    """

    type: AttributeType
    format: AttributeFormat
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()


def plain_definition(kind: AttributeType) -> Definition:
    """Return the definition of a new attribute of this type."""
    return Definition(type=kind, format=FORMATS[kind][0])


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """The values by which forms, contents and other APIs show an attribute; all may be blank.

    `merge_tag` is its name in capital letters for APIs with such names; see `merge_tags`. `order` is its place among others, 0
    for none. `display` has values for forms that no rule reads, such as the country of a phone number.
    """

    label: str = ""
    merge_tag: str = ""
    order: int = 0
    help_text: str = ""
    is_public: bool = True
    display: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attribute(Definition, Presentation):
    """A custom attribute. Contacts store values by its `id`: a new attribute with the name of a deleted one has no values."""

    id: int
    account_id: str
    list_id: int
    name: str
    created_at: datetime
    updated_at: datetime
