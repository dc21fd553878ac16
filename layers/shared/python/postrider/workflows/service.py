"""Read workflows, their actions and contents."""

from collections.abc import Iterable

from postrider.content.model import Content
from postrider.kit.errors import NotFound
from postrider.mails.condition_names import ConditionNames
from postrider.workflows.model import Action, Trigger, Workflow
from postrider.workflows.repository import WorkflowRepository, unknown_action


class WorkflowService:
    def __init__(self, workflows: WorkflowRepository, condition_names: ConditionNames) -> None:
        self._workflows, self._condition_names = workflows, condition_names

    def get(self, account_id: str, workflow_id: int) -> Workflow:
        """Return the workflow. Raises NotFound."""
        return self._workflows.get(account_id, workflow_id)

    def all(self, account_id: str) -> list[Workflow]:
        """Return the workflows of an account in order of id."""
        return self._workflows.all(account_id)

    def many(self, account_id: str, workflow_ids: Iterable[int]) -> list[Workflow]:
        """Return the existing workflows among these, in order of id, with one call for 100."""
        return self._workflows.many(account_id, workflow_ids)

    def active_of_list(self, account_id: str, list_id: int, trigger: Trigger) -> list[Workflow]:
        """Return the active workflows of a list with this trigger; a list without workflows costs one small query."""
        rows = self._workflows.active(account_id, list_id=list_id, trigger=trigger)
        if not rows:
            return []
        workflows = self._workflows.many(account_id, (int(row.workflow_id) for row in rows))
        return [workflow for workflow in workflows if workflow.is_active]

    def active_with_list(self, account_id: str, list_id: int) -> Workflow | None:
        """Return an active workflow of this list, or None."""
        return self._first(
            account_id, [int(row.workflow_id) for row in self._workflows.active(account_id, list_id=list_id)]
        )

    def active_with_segment(self, account_id: str, list_id: int, segment_id: int) -> Workflow | None:
        """Return an active workflow with this segment, or None."""
        rows = self._workflows.active(account_id, list_id=list_id)
        return self._first(account_id, [int(row.workflow_id) for row in rows if row.segment_id == segment_id])

    def active_with_sender(self, account_id: str, sender_id: str) -> Workflow | None:
        """Return an active workflow with an action that has this sender, or None."""
        rows = self._workflows.active(account_id)
        return self._first(account_id, [int(row.workflow_id) for row in rows if sender_id in (row.sender_ids or ())])

    def actions(self, account_id: str, workflow_id: int) -> list[Action]:
        """Return the actions of a workflow in order of id, by one strongly consistent query."""
        return self._workflows.actions(account_id, workflow_id)

    def action(self, account_id: str, workflow_id: int, action_id: int) -> Action:
        """Return an action of this workflow. Raises NotFound."""
        action = self._workflows.action(account_id, action_id)
        if action.workflow_id != workflow_id:
            raise unknown_action()
        return action

    def action_by_id(self, account_id: str, action_id: int) -> Action:
        """Return the action. Raises NotFound."""
        return self._workflows.action(account_id, action_id)

    def actions_by_id(self, account_id: str, action_ids: Iterable[int]) -> dict[int, Action]:
        """Return the existing actions among these by id, with one call for 100."""
        return self._workflows.actions_by_id(account_id, action_ids)

    def content(self, action: Action, list_id: int, revision: int | None = None) -> Content:
        """Return the latest content of an action, or the content of a revision. `list_id` is the list of its workflow.

        Raises NotFound for an unknown revision.
        """
        if revision is None:
            revision = action.revision
        elif not 0 < revision <= action.revision:
            raise NotFound("Unknown revision.", code="revision_not_found", field="revision_id")
        content = self._workflows.content(action, revision)
        return self._condition_names.current(action.account_id, list_id, content)

    def _first(self, account_id: str, workflow_ids: list[int]) -> Workflow | None:
        return next(
            (workflow for workflow in self._workflows.many(account_id, workflow_ids) if workflow.is_active), None
        )
