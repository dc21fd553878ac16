"""Let contacts enter a workflow by a call: a few by ids at once, the matches of a filter by a task."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from postrider.delivery.queue_messages import PLAN_QUEUE
from postrider.filters import from_stored, to_stored
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.kit.clock import Clock, from_unix, unix
from postrider.kit.errors import Invalid
from postrider.kit.ids import random_id
from postrider.tasks.model import Task, TaskType
from postrider.workflows.model import Trigger, Workflow

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.contacts.service import ContactService
    from postrider.imports.pending import PendingImports
    from postrider.ports.queue import Queue
    from postrider.segments.evaluation import FilterEvaluator
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService
    from postrider.usecases.change_contacts import ChosenContacts, MembershipChanges
    from postrider.workflows.service import WorkflowService

IDS = "ids"


class WorkflowEntryByCall:
    def __init__(
        self,
        workflows: WorkflowService,
        choice: MembershipChanges,
        contacts: ContactService,
        tasks: TaskService,
        runner: TaskRunner,
        queue: Queue,
        now: Clock,
    ) -> None:
        """Initialize the service. `choice` finds the contacts that a call has chosen."""
        self._workflows, self._choice, self._contacts = workflows, choice, contacts
        self._tasks, self._runner, self._queue, self._now = tasks, runner, queue, now

    def start(
        self, caller: Caller, workflow_id: int, *, contact_ids: Collection[int], expressions: dict[str, Any]
    ) -> Task | None:
        """Enqueue the entry of these contacts; return the task, or None for a few contacts.

        Raises NotFound, or Invalid if the workflow is inactive or has another trigger, and for unknown contacts.
        """
        workflow = self._workflows.get(caller.account_id, workflow_id)
        if workflow.trigger != Trigger.MANUAL:
            raise Invalid(
                f"Contacts enter this workflow when they are {workflow.trigger}; only a manual one can be started.",
                code="workflow_not_manual",
                field="workflow_id",
            )
        if not workflow.is_active:
            raise Invalid("The workflow is inactive; activate it first.", code="workflow_inactive", field="workflow_id")
        chosen = self._choice.choose(
            caller.account_id, workflow.list_id, contact_ids=contact_ids, expressions=expressions
        )
        if chosen.condition is not None or chosen.pending:
            return self._start_later(caller, workflow, chosen)
        message = AdvanceWorkflow(
            account_id=caller.account_id,
            workflow_id=workflow.id,
            contact_ids=list(chosen.contact_ids),
            event_id=random_id(),
            at=self._now(),
            activation=workflow.activation,
        )
        self._queue.send(PLAN_QUEUE, [message], group=caller.account_id)
        return None

    def _start_later(self, caller: Caller, workflow: Workflow, chosen: ChosenContacts) -> Task:
        condition = chosen.condition
        blocks = self._contacts.blocks_of(caller.account_id, workflow.list_id) if condition else []
        parts = ([IDS] if chosen.contact_ids else []) + [f"block/{block}" for block in blocks]
        task = self._tasks.create(
            caller.account_id,
            type=TaskType.WORKFLOW_START,
            total=len(parts),
            list_id=workflow.list_id,
            requested_by=caller,
            payload={
                "list_id": workflow.list_id,
                "workflow_id": workflow.id,
                "activation": workflow.activation,
                "at": unix(self._now()),
                "contact_ids": list(chosen.contact_ids),
                "tree": to_stored(condition.tree) if condition else None,
            },
        )
        self._runner.enqueue(task, parts)
        return task


class StartWorkflowJob:
    """The job: a part enqueues the entry of some ids, or of the chosen contacts of one block."""

    def __init__(
        self, contacts: ContactService, pending: PendingImports, filter_evaluator: FilterEvaluator, queue: Queue
    ) -> None:
        self._contacts, self._pending, self._filters, self._queue = contacts, pending, filter_evaluator, queue

    def run(self, task: Task, part: str) -> dict[str, Any]:
        contact_ids = self._named(task) if part == IDS else self._of_block(task, int(part.partition("/")[2]))
        if contact_ids:
            message = AdvanceWorkflow(
                account_id=task.account_id,
                workflow_id=task.payload["workflow_id"],
                contact_ids=contact_ids,
                event_id=f"{task.id}#{part}",
                at=from_unix(task.payload["at"]),
                activation=task.payload["activation"],
            )
            self._queue.send(PLAN_QUEUE, [message], group=task.account_id)
        return {"chosen": len(contact_ids)}

    def _named(self, task: Task) -> list[int]:
        contact_ids: list[int] = task.payload["contact_ids"]
        self._pending.complete(task.account_id, task.payload["list_id"], contact_ids)
        return contact_ids

    def _of_block(self, task: Task, block: int) -> list[int]:
        account_id, list_id = task.account_id, task.payload["list_id"]
        self._pending.complete_block(account_id, list_id, block)
        condition = self._filters.compiled(account_id, list_id, from_stored(task.payload["tree"]))
        named = set(task.payload["contact_ids"])  # contacts chosen by id have a part of their own
        chosen = condition.among(self._contacts.block_contacts(account_id, list_id, block))
        return [contact.id for contact in chosen if contact.id not in named]

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {"chosen": sum(outcome["chosen"] for outcome in outcomes.values())}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""
