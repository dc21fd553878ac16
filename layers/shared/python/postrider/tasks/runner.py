"""Runs tasks part by part: each part is a message, may be repeated, and counts once; the last one finishes the task."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from postrider.kit.errors import Invalid, NotFound
from postrider.ports.object_store import ObjectMissing
from postrider.ports.queue import Queue
from postrider.tasks.messages import RUN_TASKS, RunTaskPart
from postrider.tasks.model import DELETED, ERROR, PENDING, READY, Task
from postrider.tasks.service import TaskService


class Job(Protocol):
    """One kind of task. Every step may be repeated at any time and must do no harm then."""

    def run(self, task: Task, part: str) -> dict[str, Any]:
        """Do one part; what it gives is kept for `finish`."""
        ...

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Put the parts' outcomes together and leave what they wrote; what it gives becomes the task's result."""
        ...

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Take away what only parts and `finish` needed: the task has ended and its result is stored."""
        ...

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Take away the files that the task and these parts of it wrote: it was deleted or has failed."""
        ...


class TaskRunner:
    def __init__(self, tasks: TaskService, queue: Queue, jobs: Mapping[str, Callable[[], Job]]) -> None:
        """`jobs` makes the job of a type of task when a task of this type runs."""
        self._tasks, self._queue, self._jobs = tasks, queue, jobs

    def enqueue(self, task: Task, parts: Sequence[str], *, delay_s: int = 0) -> None:
        """Start a task whose `total` is the number of these parts; one without parts is finished at once."""
        if not parts:
            self._finish(task)
            return
        messages = [RunTaskPart(account_id=task.account_id, task_id=task.id, part=part) for part in parts]
        self._queue.send(RUN_TASKS, messages, group=task.account_id, delay_s=delay_s)

    def run(self, message: RunTaskPart) -> None:
        """One part of a task, if it has not ended; of one that has, what is no longer needed is taken away."""
        try:
            task = self._tasks.get(message.account_id, message.task_id)
        except NotFound:
            return
        if task.status == PENDING:
            task = self._run(task, message.part)
        if task.status == READY:
            self._jobs[task.type]().tidy(task, self._tasks.outcomes(task))
        if task.status in (DELETED, ERROR):
            self._discard(task, message.part)

    def delete(self, account_id: str, task_id: str) -> Task:
        """Mark a task and take away what it wrote; what it was doing stops at its next step. Raises NotFound."""
        task = self._tasks.delete(account_id, task_id)
        self._discard(task)
        return task

    def delete_all(self, account_id: str, types: Collection[str]) -> int:
        """The same for every task of these types; how many there were beside those deleted before."""
        found = [task for task in self._tasks.all(account_id) if task.type in types]
        for task in found:
            self.delete(account_id, task.id)
        return sum(task.status != DELETED for task in found)

    def _run(self, task: Task, part: str) -> Task:
        try:
            if task.done < task.total:  # else an earlier try of the last part recorded it
                outcome = self._jobs[task.type]().run(task, part)
                task = self._tasks.part_done(task.account_id, task.id, part, outcome)
            return self._finish(task) if task.done >= task.total and task.status == PENDING else task
        except (Invalid, NotFound) as exc:  # trying again would end the same, e.g. when the list is gone
            return self._tasks.fail(task.account_id, task.id, exc.message)
        except ObjectMissing:  # expired; or the task has ended meanwhile, and stays as it is
            return self._tasks.fail(task.account_id, task.id, "A file of the task is gone.")

    def _finish(self, task: Task) -> Task:
        result = self._jobs[task.type]().finish(task, self._tasks.outcomes(task))
        return self._tasks.finish(task.account_id, task.id, result)

    def _discard(self, task: Task, *parts: str) -> None:
        self._jobs[task.type]().discard(task, {*self._tasks.outcomes(task), *parts})
