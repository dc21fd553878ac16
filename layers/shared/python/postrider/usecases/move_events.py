"""Move events by tasks: of a visitor to the identified contact, or of a merged contact to its successor.

A call moves the first events, and starts a task for many. The task may find that its target was merged into a third contact,
or deleted, meanwhile: the events follow, or are deleted with it. An event that was moved twice is stored once. If a merge was
interrupted, its task finds that both contacts still exist, and leaves the events; the repetition of the merge starts another.
"""

from collections.abc import Collection
from typing import Any

from postrider.contact_events.model import EventBacklog
from postrider.contact_events.service import ContactEventService
from postrider.contacts.service import ContactService
from postrider.kit.clock import from_unix, unix
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService
from postrider.usecases.empty_list import WRITERS_END_S
from postrider.usecases.merged_contacts import MergedContacts

MOVED_BY_TASK = 10_000
"""Maximum number of events that a task moves; the next task moves the others."""
_ALL = "all"


class EventMoves:
    def __init__(self, tasks: TaskService, runner: TaskRunner) -> None:
        self._tasks, self._runner = tasks, runner

    def start(self, account_id: str, list_id: int, from_id: int, *, is_merged: bool = True) -> None:
        """Move the events of a merged contact to its successor.

        Before the merge is stored, the task is delayed until the call has ended, so that it sees whether it was stored.
        """
        payload = {"list_id": list_id, "from_id": from_id}
        self.start_again(account_id, payload, delay_s=0 if is_merged else WRITERS_END_S)

    def start_of_visitor(self, account_id: str, list_id: int, anonymous_id: str, backlog: EventBacklog) -> None:
        """Move the backlog of an anonymous visitor to its contact."""
        payload = {"list_id": list_id, "anonymous_id": anonymous_id, "to_id": backlog.contact_id}
        self.start_again(account_id, payload | {"until": unix(backlog.until)})

    def start_again(self, account_id: str, payload: dict[str, Any], *, delay_s: int = 0) -> None:
        """Move the remaining events of an earlier task with this payload."""
        task = self._tasks.create(account_id, type=TaskType.EVENTS_MOVE, total=1, payload=payload)
        self._runner.enqueue(task, [_ALL], delay_s=delay_s)


class MoveEventsJob:
    """The job that moves events, in one part. Repeating it completes an interrupted call."""

    def __init__(
        self, events: ContactEventService, contacts: ContactService, merged: MergedContacts, moves: EventMoves
    ) -> None:
        self._events, self._contacts, self._merged, self._moves = events, contacts, merged, moves

    def run(self, task: Task, part: str) -> dict[str, Any]:
        account_id, payload = task.account_id, task.payload
        from_id: int | None = payload.get("from_id")
        if from_id is not None and self._exists(task, from_id):
            return {"is_complete": True}
        to = self._merged.current(account_id, payload["list_id"], payload["to_id"] if from_id is None else from_id)
        if to is None:
            return {"is_complete": self._delete_events(task)}
        if from_id is None:
            until = from_unix(payload["until"])
            is_complete = self._events.move_backlog(
                account_id, payload["anonymous_id"], to.id, until=until, most=MOVED_BY_TASK
            )
        else:
            is_complete = self._events.move(account_id, from_id=from_id, to_id=to.id, most=MOVED_BY_TASK)
        return {"is_complete": is_complete, "behind_id": None if self._exists(task, to.id) else to.id}

    def _delete_events(self, task: Task) -> bool:
        """Delete events that no contact gets; return False if some may remain."""
        account_id, payload = task.account_id, task.payload
        if "from_id" in payload:
            return self._events.forget(account_id, payload["from_id"], MOVED_BY_TASK) < MOVED_BY_TASK
        until = from_unix(payload["until"])
        return self._events.forget_backlog(account_id, payload["anonymous_id"], until=until, most=MOVED_BY_TASK)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Start tasks for the remaining events, and for events that were stored for a contact after its own merge or deletion."""
        outcome = outcomes[_ALL]
        if not outcome["is_complete"]:
            self._moves.start_again(task.account_id, task.payload)
        if outcome.get("behind_id") is not None:
            self._moves.start(task.account_id, task.payload["list_id"], outcome["behind_id"])
        return {}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""

    def _exists(self, task: Task, contact_id: int) -> bool:
        return bool(self._contacts.many(task.account_id, task.payload["list_id"], [contact_id]))
