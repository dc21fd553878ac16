"""Rules of workflows before they are activated: settings, audience, and the copy of a blueprint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postrider.content.headers import check_sender_name
from postrider.kit.errors import Invalid, named_at
from postrider.kit.quotas import add_within_quota
from postrider.storage import sequences
from postrider.workflows import rules
from postrider.workflows.actions import DEFAULT_TRACKING
from postrider.workflows.model import Action, Trigger, Workflow

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.kit.clock import Clock
    from postrider.lists.service import ListService
    from postrider.segments.service import SegmentService
    from postrider.senders.service import SenderService
    from postrider.workflows.blueprints import WorkflowBlueprint, WorkflowBlueprintService
    from postrider.workflows.contents import ActionContents
    from postrider.workflows.locks import WorkflowLocks
    from postrider.workflows.repository import WorkflowRepository
    from postrider.workflows.uses import WorkflowUses

_SENDER = ("blueprint", "email_settings", "sender")


class WorkflowEditing:
    def __init__(
        self,
        workflows: WorkflowRepository,
        locks: WorkflowLocks,
        contents: ActionContents,
        blueprints: WorkflowBlueprintService,
        lists: ListService,
        segments: SegmentService,
        senders: SenderService,
        uses: WorkflowUses,
        now: Clock,
    ) -> None:
        self._workflows, self._locks, self._contents, self._blueprints = workflows, locks, contents, blueprints
        self._lists, self._segments, self._senders, self._uses, self._now = lists, segments, senders, uses, now

    def create(
        self,
        account_id: str,
        *,
        list_id: int,
        settings: dict[str, Any],
        blueprint_id: int | None = None,
        sender: dict[str, Any] | None = None,
    ) -> Workflow:
        """Create an inactive workflow; a blueprint provides the actions, and the values that `settings` lacks.

        `sender` has the id and the name of the sender of the copied actions. Raises Invalid for an unknown list, segment,
        blueprint or sender, and past MAX_WORKFLOWS.
        """
        now = self._now()
        blueprint = self._blueprint(blueprint_id)
        copied: dict[str, Any] = {}
        if blueprint is not None:
            copied = {name: getattr(blueprint, name) for name in ("name", "description", "goal", "trigger")}
        workflow = Workflow(
            id=sequences.allocate("workflow"),
            account_id=account_id,
            list_id=list_id,
            created_at=now,
            updated_at=now,
            **{"trigger": Trigger.SUBSCRIBED} | copied | settings,
        )
        self._check_audience(workflow)
        actions = [] if blueprint is None else self._copies(workflow, blueprint, sender)

        def add() -> None:
            with self._uses.saving((None, workflow), *((None, action) for action in actions)):
                self._workflows.add(workflow, actions)

        add_within_quota(
            rules.MAX_WORKFLOWS,
            add=add,
            undo=lambda: self._remove(workflow, actions),
            count=lambda: self._workflows.count(account_id),
            error=Invalid(
                f"An account has at most {rules.MAX_WORKFLOWS} workflows; delete one that is not used.",
                code="too_many_workflows",
            ),
        )
        return workflow

    def change(
        self,
        account_id: str,
        workflow_id: int,
        *,
        settings: dict[str, Any],
        blueprint_id: int | None = None,
        sender: dict[str, Any] | None = None,
        lock_key: str | None = None,
    ) -> Workflow:
        """Set the given settings, and copy the actions of a blueprint into a workflow without actions.

        Raises NotFound; Invalid as `create`, if the workflow is active or locked, and for a blueprint if it has actions.
        """
        before = self._locks.editable(account_id, workflow_id, lock_key)
        after = replace(before, updated_at=self._now(), **settings)
        if (after.list_id, after.segment_id) != (before.list_id, before.segment_id):
            self._check_audience(after)
        blueprint = self._blueprint(blueprint_id)
        actions: list[Action] = []
        if blueprint is not None:
            if self._workflows.actions(account_id, workflow_id):
                reason = (
                    "The workflow already has actions; a blueprint can only be copied into a workflow without actions."
                )
                raise Invalid(reason, code="workflow_has_actions", field=("blueprint", "id"))
            actions = self._copies(after, blueprint, sender)
        with self._uses.saving((before, after), *((None, action) for action in actions)):
            return self._workflows.change(before, after, revised=actions)

    def delete(self, account_id: str, workflow_id: int, *, lock_key: str | None = None) -> Workflow:
        """Delete the workflow with its actions, and return it. Raises NotFound, or Invalid while it is active."""
        workflow = self._locks.editable(account_id, workflow_id, lock_key)
        self._remove(workflow, self._workflows.actions(account_id, workflow_id))
        return workflow

    def _remove(self, workflow: Workflow, actions: list[Action]) -> None:
        with self._uses.saving((workflow, None), *((action, None) for action in actions)):
            self._workflows.delete(workflow, actions)
        self._workflows.delete_contents(actions)

    def _check_audience(self, workflow: Workflow) -> None:
        with named_at(("audience", "list_id"), as_=Invalid):
            self._lists.get(workflow.account_id, workflow.list_id)
        if workflow.segment_id is not None:
            with named_at(("audience", "segment_id"), as_=Invalid):
                self._segments.get(workflow.account_id, workflow.list_id, workflow.segment_id)

    def _blueprint(self, blueprint_id: int | None) -> WorkflowBlueprint | None:
        if blueprint_id is None:
            return None
        with named_at(("blueprint", "id"), as_=Invalid):
            return self._blueprints.get(blueprint_id)

    def _copies(self, workflow: Workflow, blueprint: WorkflowBlueprint, sender: dict[str, Any] | None) -> list[Action]:
        """Return copies of the blueprint's actions for the workflow; their contents are stored."""
        sender_id, sender_name = (sender["id"], sender.get("name")) if sender else (None, None)
        if sender_id is not None:
            with named_at((*_SENDER, "id"), as_=Invalid):
                known = self._senders.get(workflow.account_id, sender_id)
            check_sender_name(sender_name or known.name, known.email, field=(*_SENDER, "name"))
        first_id = sequences.allocate("workflow_action", len(blueprint.actions))
        new_ids = {action.id: first_id + place for place, action in enumerate(blueprint.actions)}
        copies = []
        for original in blueprint.actions:
            action = Action(
                id=new_ids[original.id],
                account_id=workflow.account_id,
                workflow_id=workflow.id,
                name=original.name,
                condition=original.condition,
                delay_s=original.delay_s,
                parent_id=None if original.parent_id is None else new_ids[original.parent_id],
                tracking=DEFAULT_TRACKING,
                sender_id=sender_id,
                sender_name=sender_name,
                created_at=workflow.updated_at,
                updated_at=workflow.updated_at,
            )
            copies.append(self._contents.revised(workflow, action, self._blueprints.content(original)))
        return copies
