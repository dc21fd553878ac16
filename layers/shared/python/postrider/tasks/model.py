"""A task: what was asked, by whom, and how far it is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PENDING, READY, ERROR, DELETED = "pending", "ready", "error", "deleted"


@dataclass(frozen=True, kw_only=True)
class Task:
    """`type` is contactsexport, contactsimport, listdeletion, tagrename, …; `progress` is 0 to 100.

    `done` and `total` count the units of its work (blocks, chunks); `result` says what came of it, e.g. the key of a file.
    """

    id: str
    account_id: str
    type: str
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

    @property
    def progress(self) -> int:
        if self.status == READY or (self.status == DELETED and self.done >= self.total):
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0
