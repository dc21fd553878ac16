"""Run tasks part by part: each part is a message that may be repeated and counts once; the last part finishes the task.

The outcome of a task's only part is not stored: the end of the task is written in its place.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from postrider.kit.errors import Invalid, NotFound
from postrider.ports.object_store import ObjectMissing
from postrider.ports.queue import Queue
from postrider.tasks.model import DELETED, ERROR, PENDING, READY, Task, TaskType
from postrider.tasks.queue_messages import RUN_TASKS, RunTaskPart
from postrider.tasks.service import TaskService


class Job(Protocol):
    """The work of one type of task. Every step may be repeated at any time without further effect."""

    def run(self, task: Task, part: str) -> dict[str, Any]:
        """Run one part and return its outcome, which is stored for `finish`."""
        ...

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Join the outcomes of the parts, without deleting their files, and return the result of the task."""
        ...

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Delete the files of the parts, after the result of the task was stored."""
        ...

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Delete the files of the task and of these parts, after the task was deleted or has failed."""
        ...


class TaskRunner:
    def __init__(self, tasks: TaskService, queue: Queue, jobs: Mapping[TaskType, Callable[[], Job]]) -> None:
        """Initialize the runner. `jobs` has a factory of the job by type of task."""
        self._tasks, self._queue, self._jobs = tasks, queue, jobs

    def enqueue(self, task: Task, parts: Sequence[str], *, delay_s: int = 0, queue: str = RUN_TASKS) -> None:
        """Start a task with these parts, whose number is its `total`; finish a task without parts at once.

        `queue` is the queue of a worker that runs parts of tasks.
        """
        if not parts:
            self._finish(task, {})
            return
        messages = [RunTaskPart(account_id=task.account_id, task_id=task.id, part=part) for part in parts]
        self._queue.send(queue, messages, group=task.account_id, delay_s=delay_s)

    def run(self, message: RunTaskPart) -> None:
        """Run one part of a pending task; if the task has ended, delete files that are no longer needed."""
        try:
            task = self._tasks.get(message.account_id, message.task_id)
        except NotFound:
            return
        if task.status == PENDING:
            task = self._run(task, message.part)
        if task.status == READY:
            self._jobs[task.type]().tidy(task, self._outcomes(task, message.part))
        if task.status in (DELETED, ERROR):
            self._discard(task, message.part)

    def delete(self, account_id: str, task_id: str) -> Task:
        """Mark a task as deleted and delete its files; its work stops at the next step. Raises NotFound."""
        task = self._tasks.delete(account_id, task_id)
        self._discard(task)
        return task

    def delete_all(self, account_id: str, types: Collection[TaskType]) -> int:
        """Delete every task of these types; return the number of tasks that were not deleted before."""
        tasks = [task for task in self._tasks.all(account_id) if task.type in types]
        for task in tasks:
            self.delete(account_id, task.id)
        return sum(task.status != DELETED for task in tasks)

    def _run(self, task: Task, part: str) -> Task:
        try:
            if task.total == 1:  # its end records the part as well
                return self._finish(task, {part: self._jobs[task.type]().run(task, part)})
            if task.done < task.total:  # otherwise an earlier attempt recorded the last part
                outcome = self._jobs[task.type]().run(task, part)
                task = self._tasks.part_done(task.account_id, task.id, part, outcome)
            if task.done < task.total or task.status != PENDING:
                return task
            return self._finish(task, self._tasks.outcomes(task))
        except (Invalid, NotFound) as exc:  # a retry cannot succeed, for example if the list is deleted
            return self._tasks.fail(task.account_id, task.id, exc.message)
        except ObjectMissing:  # the object has expired, or the task has ended meanwhile and does not change
            return self._tasks.fail(task.account_id, task.id, "A file of the task is missing; start the task again.")

    def _finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> Task:
        result = self._jobs[task.type]().finish(task, outcomes)
        return self._tasks.finish(task, result)

    def _outcomes(self, task: Task, part: str) -> dict[str, dict[str, Any]]:
        """Return the outcomes by part; that of a single part is not stored, and empty here."""
        return {part: {}} if task.total == 1 else self._tasks.outcomes(task)

    def _discard(self, task: Task, *parts: str) -> None:
        self._jobs[task.type]().discard(task, {*self._tasks.outcomes(task), *parts})
