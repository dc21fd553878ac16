"""Define a task: long work on request, with its progress."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

PENDING, READY, ERROR, DELETED = "pending", "ready", "error", "deleted"


class TaskType(StrEnum):
    """The kind of work of a task, in Postrider's own words; each API translates the types that it shows."""

    CONTACTS_IMPORT = "contacts_import"
    CONTACTS_IMPORT_ROWS = "contacts_import_rows"
    CONTACTS_IMPORT_FETCH = "contacts_import_fetch"
    SUPPRESSIONS_IMPORT = "suppressions_import"
    CONTACTS_EXPORT = "contacts_export"
    PEOPLE_EXPORT = "people_export"
    CONTACTS_CHANGE = "contacts_change"
    WORKFLOW_START = "workflow_start"
    WORKFLOW_DELETION = "workflow_deletion"
    LIST_DELETION = "list_deletion"
    RECORDS_DELETION = "records_deletion"
    EVENTS_MOVE = "events_move"
    CAMPAIGN_LOG_EXPORT = "campaign_log_export"
    MESSAGES_EXPORT = "messages_export"
    PEOPLE_FETCH = "people_fetch"


SILENT = timedelta(minutes=2)
"""Time without a finished part after which a pending task is shown as stalled."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Work in `total` parts, of which `done` are finished; `result` has its result, such as numbers of rows."""

    id: str
    account_id: str
    type: TaskType
    status: str
    created_at: datetime
    expires_at: datetime
    list_id: int | None = None
    description: str | None = None
    requested_by: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    total: int = 0
    done: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    progressed_at: datetime | None = None

    @property
    def progress(self) -> int:
        """Return the progress in percent."""
        if self.status == READY or (self.status == DELETED and self.done >= self.total):
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    def is_stalled(self, now: datetime) -> bool:
        """Return whether the task is pending, but made no progress for SILENT."""
        return self.status == PENDING and now - (self.progressed_at or self.created_at) > SILENT
