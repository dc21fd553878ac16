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
    """Contacts hold values under the `id`: a deleted attribute takes its values with it, and its name is free at once."""

    id: int
    account_id: str
    list_id: int
    name: str
    type: AttributeType
    created_at: datetime
