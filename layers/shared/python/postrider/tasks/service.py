"""Rules of tasks: they move forward part by part, each part counts once, and they go away by themselves."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from postrider.accounts.model import Caller
from postrider.kit.clock import Clock
from postrider.kit.ids import random_id
from postrider.tasks.model import DELETED, ERROR, PENDING, READY, Task
from postrider.tasks.repository import TaskRepository

LIFETIME = timedelta(days=5)
"""Reference, section 13."""
KEPT_AFTER_EXPIRY = timedelta(days=2)
"""A task is listed a little longer than its file exists."""


class TaskService:
    def __init__(self, tasks: TaskRepository, now: Clock) -> None:
        self._tasks, self._now = tasks, now

    def create(
        self,
        account_id: str,
        *,
        type: str,
        total: int,
        payload: dict[str, Any],
        requested_by: Caller | None = None,
        list_id: int | None = None,
        description: str | None = None,
    ) -> Task:
        """A pending task of `total` parts."""
        now = self._now()
        task = Task(
            id=f"{int(now.timestamp() * 1000):011x}{random_id(9)}",
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
        """Raises NotFound."""
        return self._tasks.get(account_id, task_id)

    def all(self, account_id: str) -> list[Task]:
        """In order of creation. Tasks expire, so there are as many as a week brings."""
        return self._tasks.all(account_id)

    def part_done(self, account_id: str, task_id: str, part: str, outcome: dict[str, Any] | None = None) -> Task:
        """The task, with this part counted; a repeated part changes nothing."""
        expires_at = self._now() + LIFETIME + KEPT_AFTER_EXPIRY
        self._tasks.record_part(account_id, task_id, part, outcome or {}, expires_at=expires_at)
        return self._tasks.get(account_id, task_id)

    def outcomes(self, task: Task) -> dict[str, dict[str, Any]]:
        return self._tasks.parts(task.id)

    def finish(self, account_id: str, task_id: str, result: dict[str, Any]) -> Task:
        """The task as it is now: one that was deleted meanwhile stays so."""
        return self._tasks.end(account_id, task_id, status=READY, result=result)

    def fail(self, account_id: str, task_id: str, reason: str) -> Task:
        """The task as it is now: one that had ended stays as it was."""
        return self._tasks.end(account_id, task_id, status=ERROR, result={"reason": reason})

    def forget(self, account_id: str, texts: Collection[str]) -> int:
        """Take these texts (lower case) from what finished tasks say of themselves; in how many they stood."""
        changed = 0
        for task in self._tasks.all(account_id):
            if task.status == PENDING:
                continue
            said = {"payload": task.payload, "description": task.description, "result": task.result}
            left = {name: kept for name, value in said.items() if (kept := _without(value, texts)) != value}
            if left:
                self._tasks.change(account_id, task.id, **{name: kept or "" for name, kept in left.items()})
                changed += 1
        return changed

    def delete(self, account_id: str, task_id: str) -> Task:
        """Marks it; whatever it was doing stops at its next step. Raises NotFound."""
        self._tasks.get(account_id, task_id)
        return self._tasks.change(account_id, task_id, status=DELETED)


def _without(value: Any, texts: Collection[str]) -> Any:
    """JSON without the strings that hold one of the texts."""
    if isinstance(value, dict):
        return {name: _without(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, texts) for one in value]
    if isinstance(value, str) and any(text in value.lower() for text in texts):
        return None
    return value
