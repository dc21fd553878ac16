"""Define numbered exports, and the columns of exports of people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.tasks.model import PENDING, READY, Task


class ExportKind(StrEnum):
    """The rows of an export."""

    PEOPLE = "people"
    MESSAGES = "messages"


class ExportState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ExportRecord:
    """The data of a numbered export beside its task: its number, and the count of requested links to its file."""

    number: int
    account_id: str
    kind: ExportKind
    task_id: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    downloads: int = 0


@dataclass(frozen=True, kw_only=True)
class NumberedExport:
    record: ExportRecord
    task: Task

    @property
    def state(self) -> ExportState:
        """Return the state; FAILED also for an export whose file was deleted."""
        return {PENDING: ExportState.PENDING, READY: ExportState.DONE}.get(self.task.status, ExportState.FAILED)

    @property
    def rows(self) -> int:
        """Return the number of rows in the file, 0 before it exists."""
        return int(self.task.result.get("rows", 0)) if self.state == ExportState.DONE else 0

    @property
    def updated_at(self) -> datetime:
        return max(self.record.updated_at, self.task.progressed_at or self.record.updated_at)


class PersonField(StrEnum):
    """A field of people beside custom attributes."""

    EXTERNAL_ID = "external_id"
    EMAIL = "email"
    CONTACT_ID = "contact_id"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of an export of people: a field, a custom attribute by its id, or a blank column.

    With a `prefix`, a contact id is written as the prefix and hexadecimal digits.
    """

    name: str
    field: PersonField | None = None
    attribute_id: int | None = None
    prefix: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "field": self.field, "attribute_id": self.attribute_id, "prefix": self.prefix}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Column":
        return cls(**stored | {"field": PersonField(stored["field"]) if stored["field"] else None})
