"""Delete a workflow, and through the queue the journeys of its contacts."""

from collections.abc import Collection
from typing import Any

from postrider.contacts.service import ContactService
from postrider.journeys.service import JourneyService
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService
from postrider.workflows.editing import WorkflowEditing
from postrider.workflows.model import Workflow


class WorkflowDeletion:
    def __init__(
        self, editing: WorkflowEditing, contacts: ContactService, tasks: TaskService, runner: TaskRunner
    ) -> None:
        self._editing, self._contacts, self._tasks, self._runner = editing, contacts, tasks, runner

    def delete(self, account_id: str, workflow_id: int, *, lock_key: str | None = None) -> Workflow:
        """Delete the workflow with its actions, and return it. Raises NotFound, or Invalid while it is active.

        After a crash before the task is enqueued, entries remain that are never read.
        """
        workflow = self._editing.delete(account_id, workflow_id, lock_key=lock_key)
        blocks = self._contacts.blocks_of(account_id, workflow.list_id)
        task = self._tasks.create(
            account_id,
            type=TaskType.WORKFLOW_DELETION,
            total=len(blocks),
            list_id=workflow.list_id,
            payload={"workflow_id": workflow.id},
        )
        self._runner.enqueue(task, [str(block) for block in blocks])
        return workflow


class ForgetEntriesJob:
    """The job: a part deletes the entries and groups of the contacts of one block."""

    def __init__(self, journeys: JourneyService) -> None:
        self._journeys = journeys

    def run(self, task: Task, part: str) -> dict[str, Any]:
        self._journeys.forget(task.account_id, task.payload["workflow_id"], int(part))
        return {}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""
