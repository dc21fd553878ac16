"""A custom attribute of a list."""

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
    """The form of the values of an attribute; FORMATS has the formats that each type can have."""

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
"""The first one is that of a new attribute."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The values that an attribute takes.

    The main API checks the type only; APIs that know formats check the rest too. `default` is "" when there is none,
    `options` are the values of a choice.
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
    """Contacts hold values under the `id`: a deleted attribute takes its values with it, and its name is free at once."""

    id: int
    account_id: str
    list_id: int
    name: str
    created_at: datetime
    updated_at: datetime
