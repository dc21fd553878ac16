"""Rules of actions: the mails of a workflow, which form a tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postrider.content.headers import check_sender_name
from postrider.kit.errors import Invalid, named_at
from postrider.storage import sequences
from postrider.workflows import rules
from postrider.workflows.model import Action, ActionCondition, Workflow
from postrider.workflows.repository import WorkflowRepository, unknown_action

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.content.model import Content
    from postrider.kit.clock import Clock
    from postrider.senders.service import SenderService
    from postrider.workflows.contents import ActionContents
    from postrider.workflows.locks import WorkflowLocks
    from postrider.workflows.uses import WorkflowUses

DEFAULT_TRACKING = {"opens": True, "clicks_html": True, "clicks_text": True}


def new_id() -> int:
    """Allocate the id of a new action."""
    return sequences.allocate("workflow_action")


class ActionEditing:
    def __init__(
        self,
        workflows: WorkflowRepository,
        locks: WorkflowLocks,
        contents: ActionContents,
        senders: SenderService,
        uses: WorkflowUses,
        now: Clock,
    ) -> None:
        self._workflows, self._locks, self._contents = workflows, locks, contents
        self._senders, self._uses, self._now = senders, uses, now

    def create(
        self,
        account_id: str,
        workflow_id: int,
        *,
        name: str,
        condition: ActionCondition,
        delay_s: int,
        parent_id: int | None = None,
        settings: dict[str, Any] | None = None,
        content: dict[str, Any] | None = None,
        template_id: int | None = None,
        lock_key: str | None = None,
    ) -> Action:
        """Create an action: the first action of the workflow has no parent, all others have one.

        Raises NotFound for the workflow; Invalid if it is active or locked, for an invalid parent, and for a sender, a
        template or a content that cannot be used.
        """
        workflow = self._locks.editable(account_id, workflow_id, lock_key)
        now = self._now()
        action = Action(
            id=new_id(),
            account_id=account_id,
            workflow_id=workflow_id,
            name=name,
            condition=condition,
            delay_s=delay_s,
            parent_id=parent_id,
            tracking=DEFAULT_TRACKING,
            created_at=now,
            updated_at=now,
        )
        action = self._with(action, settings or {})
        rules.check_tree([*self._workflows.actions(account_id, workflow_id), action])
        action = self._contents.created(workflow, action, content or {}, template_id=template_id)
        self._store(workflow, None, action, is_revised=True)
        return action

    def change(
        self,
        account_id: str,
        workflow_id: int,
        action_id: int,
        *,
        settings: dict[str, Any],
        content: dict[str, Any] | None = None,
        lock_key: str | None = None,
    ) -> Action:
        """Set the given settings and fields of the content. Raises the errors of `create`, and NotFound for the action."""
        workflow = self._locks.editable(account_id, workflow_id, lock_key)
        actions = self._workflows.actions(account_id, workflow_id)
        before = _named(actions, action_id)
        after = self._with(replace(before, updated_at=self._now()), settings)
        rules.check_tree([after if action.id == action_id else action for action in actions])
        if content:
            after = self._contents.changed(workflow, after, content)
        self._store(workflow, before, after, is_revised=bool(content))
        return after

    def delete(
        self, account_id: str, workflow_id: int, action_id: int, *, lock_key: str | None = None
    ) -> tuple[Action, Content]:
        """Delete an action without following actions, with its contents; return the deleted action and its content.

        Raises NotFound; Invalid if the workflow is active or locked, or other actions follow this one.
        """
        workflow = self._locks.editable(account_id, workflow_id, lock_key)
        actions = self._workflows.actions(account_id, workflow_id)
        action = _named(actions, action_id)
        if children := rules.children_of(actions, action_id):
            names = ", ".join(f"{child.id} ({child.name!r})" for child in children)
            reason = f"Other actions follow this one: {names}. Delete them first, or change their parent."
            raise Invalid(reason, code="action_has_children", field="action_id")
        content = self._contents.current(workflow, action)
        with self._uses.saving((action, None)):
            self._workflows.change(workflow, replace(workflow, updated_at=self._now()), removed=[action])
        self._workflows.delete_contents([action])
        return action, content

    def _store(self, workflow: Workflow, before: Action | None, after: Action, *, is_revised: bool) -> None:
        kept, revised = ([], [after]) if is_revised else ([after], [])
        with self._uses.saving((before, after)):
            self._workflows.change(workflow, replace(workflow, updated_at=self._now()), actions=kept, revised=revised)

    def _with(self, action: Action, settings: dict[str, Any]) -> Action:
        """Return the action with these settings. Raises Invalid for settings that cannot be used."""
        if "tracking" in settings:
            tracking = {name: value for name, value in (settings["tracking"] or {}).items() if value is not None}
            settings = {**settings, "tracking": {**action.tracking, **tracking}}
        after = replace(action, **settings)
        rules.check_delay(after.delay_s)
        if after.sender_id is not None and ("sender_id" in settings or "sender_name" in settings):
            with named_at(("sender", "id"), as_=Invalid):
                sender = self._senders.get(after.account_id, after.sender_id)
            check_sender_name(after.sender_name or sender.name, sender.email, field=("sender", "name"))
        return after


def _named(actions: list[Action], action_id: int) -> Action:
    action = next((action for action in actions if action.id == action_id), None)
    if action is None:
        raise unknown_action()
    return action
