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
    id: int
    account_id: str
    list_id: int
    name: str
    type: AttributeType
    created_at: datetime
