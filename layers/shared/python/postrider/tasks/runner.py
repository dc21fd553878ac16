"""Runs tasks part by part: each part is a message, may be repeated, and counts once; the last one finishes the task."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from postrider.kit.errors import NotFound
from postrider.ports.queue import Queue
from postrider.tasks.messages import RUN_TASKS, RunTaskPart
from postrider.tasks.model import Task
from postrider.tasks.service import PENDING, TaskService


class Job(Protocol):
    """One kind of task. Both steps may be repeated at any time and must do no harm then."""

    def run(self, task: Task, part: str) -> dict[str, Any]:
        """Do one part; what it gives is kept for `finish`."""
        ...

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Put the parts' outcomes together; what it gives becomes the task's result."""
        ...


class TaskRunner:
    def __init__(self, tasks: TaskService, queue: Queue, jobs: Mapping[str, Job]) -> None:
        self._tasks, self._queue, self._jobs = tasks, queue, jobs

    def enqueue(self, task: Task, parts: Sequence[str]) -> None:
        """Start a task whose `total` is the number of these parts; one without parts is finished at once."""
        if not parts:
            self._finish(task)
            return
        messages = [RunTaskPart(account_id=task.account_id, task_id=task.id, part=part) for part in parts]
        self._queue.send(RUN_TASKS, messages, group=task.account_id)

    def run(self, message: RunTaskPart) -> None:
        """One part of a task; nothing when the task is deleted, done or gone."""
        try:
            task = self._tasks.get(message.account_id, message.task_id)
        except NotFound:
            return
        if task.status != PENDING:
            return
        outcome = self._jobs[task.type].run(task, message.part)
        task = self._tasks.part_done(task.account_id, task.id, message.part, outcome)
        if task.done >= task.total and task.status == PENDING:
            self._finish(task)

    def _finish(self, task: Task) -> None:
        result = self._jobs[task.type].finish(task, self._tasks.outcomes(task))
        self._tasks.finish(task.account_id, task.id, result)
