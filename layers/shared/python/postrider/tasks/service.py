"""Rules of tasks: each part counts once, and tasks expire."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from postrider.accounts.model import Caller
from postrider.kit.clock import Clock
from postrider.kit.ids import random_id
from postrider.tasks.model import ERROR, PENDING, READY, Task, TaskType
from postrider.tasks.repository import TaskRepository

LIFETIME = timedelta(days=5)
KEPT_AFTER_EXPIRY = timedelta(days=2)
"""Retention of a task: longer than of its file."""


class TaskService:
    def __init__(self, tasks: TaskRepository, now: Clock) -> None:
        self._tasks, self._now = tasks, now

    def create(
        self,
        account_id: str,
        *,
        type: TaskType,
        total: int,
        payload: dict[str, Any],
        requested_by: Caller | None = None,
        list_id: int | None = None,
        description: str | None = None,
        task_id: str | None = None,
    ) -> Task:
        """Store and return a pending task of `total` parts, with this id or a new one."""
        now = self._now()
        task = Task(
            id=task_id or f"{int(now.timestamp() * 1000):011x}{random_id(9)}",
            account_id=account_id,
            type=type,
            status=PENDING,
            created_at=now,
            expires_at=now + LIFETIME,
            list_id=list_id,
            description=description,
            requested_by={"email": requested_by.email, "id": int(requested_by.user_id)} if requested_by else {},
            payload=payload,
            total=total,
        )
        self._tasks.add(task)
        return task

    def get(self, account_id: str, task_id: str) -> Task:
        """Return a task. Raises NotFound."""
        return self._tasks.get(account_id, task_id)

    def many(self, account_id: str, task_ids: Collection[str]) -> dict[str, Task]:
        """Return the existing tasks among these by id, with one call for 100."""
        return self._tasks.many(account_id, task_ids)

    def all(self, account_id: str) -> list[Task]:
        """Return all tasks of the last week, in order of creation; older tasks have expired."""
        return self._tasks.all(account_id)

    def part_done(self, account_id: str, task_id: str, part: str, outcome: dict[str, Any] | None = None) -> Task:
        """Count a part and return the task; a repeated part changes nothing."""
        now = self._now()
        expires_at = now + LIFETIME + KEPT_AFTER_EXPIRY
        self._tasks.record_part(account_id, task_id, part, outcome or {}, at=now, expires_at=expires_at)
        return self._tasks.get(account_id, task_id)

    def outcomes(self, task: Task) -> dict[str, dict[str, Any]]:
        """Return the outcomes of finished parts by their names."""
        return self._tasks.parts(task.id)

    def finish(self, task: Task, result: dict[str, Any]) -> Task:
        """Mark a task as ready, unless it was deleted meanwhile; return the stored task."""
        return self._tasks.end(task.account_id, task.id, status=READY, result=result, finished_at=self._now())

    def fail(self, account_id: str, task_id: str, reason: str) -> Task:
        """Mark a task as failed, unless it has ended before; return the stored task."""
        return self._tasks.end(account_id, task_id, status=ERROR, result={"reason": reason})

    def forget(self, account_id: str, texts: Collection[str]) -> int:
        """Remove strings that contain one of these texts (lower case) from ended tasks; return the number of changed tasks."""
        changed = 0
        for task in self._tasks.all(account_id):
            if task.status == PENDING:
                continue
            values = {"payload": task.payload, "description": task.description, "result": task.result}
            cleared = {name: kept for name, value in values.items() if (kept := _without(value, texts)) != value}
            if cleared:
                self._tasks.change(account_id, task.id, **{name: kept or "" for name, kept in cleared.items()})
                changed += 1
        return changed

    def delete(self, account_id: str, task_id: str) -> Task:
        """Mark a task as deleted; its work stops at the next step. Raises NotFound."""
        return self._tasks.delete(self._tasks.get(account_id, task_id))


def _without(value: Any, texts: Collection[str]) -> Any:
    """Return JSON without the strings that contain one of the texts."""
    if isinstance(value, dict):
        return {name: _without(member, texts) for name, member in value.items()}
    if isinstance(value, list):
        return [_without(member, texts) for member in value]
    if isinstance(value, str) and any(text in value.lower() for text in texts):
        return None
    return value
