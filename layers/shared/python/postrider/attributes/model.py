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


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A custom attribute. Contacts store values by its `id`: the values of a deleted attribute are lost, its name is free."""

    id: int
    account_id: str
    list_id: int
    name: str
    type: AttributeType
    created_at: datetime
