"""Define a custom attribute of a list."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttributeType(StrEnum):
    TEXT = "text"
    MEDIUMTEXT = "mediumtext"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    DATETIME = "datetime"


class Format(StrEnum):
    """The format of the values of an attribute; FORMATS has the formats of each type."""

    TEXT = "text"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


FORMATS = {
    AttributeType.TEXT: tuple(Format),
    AttributeType.MEDIUMTEXT: (Format.TEXT,),
    AttributeType.INTEGER: (Format.NUMBER,),
    AttributeType.TIMESTAMP: (Format.DATE,),
    AttributeType.DATETIME: (Format.DATE,),
}
"""The formats by type; the first format is the default of a new attribute."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The values that an attribute accepts.

    The main API checks only the type; APIs with formats check the rest too. `default` is "" without a default, `options` are
    the values of a choice.
    """

    type: AttributeType
    format: Format
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()


def plain_definition(kind: AttributeType) -> Definition:
    """Return the definition of a new attribute of this type."""
    return Definition(type=kind, format=FORMATS[kind][0])


@dataclass(frozen=True, kw_only=True)
class Attribute(Definition):
    """A custom attribute. Contacts store values by its `id`: a new attribute with the name of a deleted one has no values."""

    id: int
    account_id: str
    list_id: int
    name: str
    created_at: datetime
    updated_at: datetime
