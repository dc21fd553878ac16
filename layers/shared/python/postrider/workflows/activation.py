"""Start and stop workflows: contacts can enter an active workflow, and only an active workflow mails them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from postrider.content.headers import check_sender_name
from postrider.kit.errors import FieldPath, Invalid
from postrider.workflows import rules
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow, WorkflowStatus

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.content.compiled import ContentWarning
    from postrider.delivery.service import DeliveryService
    from postrider.kit.clock import Clock
    from postrider.lists.service import ListService
    from postrider.segments.service import SegmentService
    from postrider.senders.model import Sender
    from postrider.senders.service import SenderService
    from postrider.workflows.locks import WorkflowLocks
    from postrider.workflows.rendering import ActionRenderer
    from postrider.workflows.repository import WorkflowRepository
    from postrider.workflows.uses import WorkflowUses


class WorkflowActivation:
    def __init__(
        self,
        workflows: WorkflowRepository,
        locks: WorkflowLocks,
        lists: ListService,
        segments: SegmentService,
        senders: SenderService,
        renderer: ActionRenderer,
        uses: WorkflowUses,
        delivery: DeliveryService,
        now: Clock,
    ) -> None:
        self._workflows, self._locks, self._lists, self._segments = workflows, locks, lists, segments
        self._senders, self._renderer, self._uses = senders, renderer, uses
        self._delivery, self._now = delivery, now

    def activate(
        self, account_id: str, workflow_id: int, *, sender_email: str | None = None, lock_key: str | None = None
    ) -> list[ContentWarning]:
        """Activate the workflow, so that contacts can enter it, and return the warnings about its actions.

        Actions without a sender get the confirmed sender with the address `sender_email`. Raises NotFound; Invalid for the
        first fault of the audience or of an action, which it names, if the workflow is active or locked, and
        without production access if the mailer would refuse mail to contacts of the audience.
        """
        before = self._locks.editable(account_id, workflow_id, lock_key)
        self._check_audience(before)
        actions = rules.below(self._workflows.actions(account_id, workflow_id), None)
        if not actions:
            raise Invalid("The workflow has no action; create one.", code="workflow_incomplete", field="workflow_id")
        default = None if sender_email is None else self._sender_with(account_id, sender_email)
        changed = [replace(action, sender_id=default.id) for action in actions if default and action.sender_id is None]
        by_id = {action.id: action for action in [*actions, *changed]}
        complete = [by_id[action.id] for action in actions]
        warnings = [warning for action in complete for warning in self._checked(before, action)]
        self._delivery.check_recipients(account_id, before.list_id, before.segment_id)
        now = self._now()
        after = replace(
            before, status=WorkflowStatus.ACTIVE, activation=before.activation + 1, activated_at=now, updated_at=now
        )
        sender_ids = {action.sender_id for action in complete if action.sender_id is not None}
        with self._uses.saving(*((None, action) for action in changed)):
            self._workflows.change(before, after, actions=changed, sender_ids=sender_ids)
        return warnings + _tree_warnings(before, complete)

    def deactivate(self, account_id: str, workflow_id: int, *, lock_key: str | None = None) -> Workflow:
        """Deactivate the workflow: no contact can enter it, and waiting contacts get no mail.

        Raises NotFound, or Invalid if the workflow is inactive already, or locked.
        """
        before = self._locks.writable(account_id, workflow_id, lock_key)
        if not before.is_active:
            raise Invalid("The workflow is inactive already.", code="workflow_inactive", field="workflow_id")
        return self._workflows.change(before, replace(before, status=WorkflowStatus.INACTIVE, updated_at=self._now()))

    def _check_audience(self, workflow: Workflow) -> None:
        self._lists.usable(workflow.account_id, workflow.list_id, field=("audience", "list_id"))
        if workflow.segment_id is not None:
            at = ("audience", "segment_id")
            self._segments.usable(workflow.account_id, workflow.list_id, workflow.segment_id, field=at)

    def _sender_with(self, account_id: str, email: str) -> Sender:
        senders = [sender for sender in self._senders.all(account_id) if sender.email.lower() == email.lower()]
        confirmed = next((sender for sender in senders if sender.confirmed), None)
        if confirmed is None:
            reason = (
                "The sender with this address is not confirmed yet; confirm it first."
                if senders
                else "No sender has this address; create and confirm one."
            )
            raise Invalid(reason, code="sender_not_confirmed", field="sender_email")
        return confirmed

    def _checked(self, workflow: Workflow, action: Action) -> list[ContentWarning]:
        """Check that the mail of the action can be sent; return its warnings. Raises Invalid, naming the action."""
        try:
            if action.sender_id is None:
                reason = "it has no sender; set one, or pass its address as sender_email."
                raise _incomplete(reason, ("sender", "id"))
            sender = self._senders.confirmed(workflow.account_id, action.sender_id, field=("sender", "id"))
            check_sender_name(action.sender_name or sender.name, sender.email, field=("sender", "name"))
            if not action.subject:
                raise _incomplete("it has no subject; set one.", ("content", "subject"))
            if not (action.has_html or action.has_text):
                raise _incomplete("it has neither HTML nor text; add one of them.", "content")
            warnings = self._renderer.check(workflow, action)
        except Invalid as exc:
            raise Invalid(
                f"Action {action.id} ({action.name!r}): {exc.message}",
                code=exc.code,
                details={**exc.details, "action_id": str(action.id)},
                field=("actions", str(action.id), *exc.field),
            ) from exc
        return [_named(action, warning.type, warning.message) for warning in warnings]


def _incomplete(reason: str, field: FieldPath) -> Invalid:
    return Invalid(reason, code="action_incomplete", field=field)


def _named(action: Action, type_: str, message: str) -> ContentWarning:
    from postrider.content.compiled import ContentWarning

    return ContentWarning(type_, f"Action {action.id} ({action.name!r}): {message}")


def _tree_warnings(workflow: Workflow, actions: Sequence[Action]) -> list[ContentWarning]:
    """Return warnings about parts of the tree that have no effect."""
    by_id = {action.id: action for action in actions}
    warnings = []
    for action in actions:
        if action.parent_id is None:
            continue
        parent = by_id[action.parent_id]
        if workflow.trigger is Trigger.UNSUBSCRIBED:
            reason = "it is never sent: after an unsubscription only the first action is."
            warnings.append(_named(action, "action_unreachable", reason))
        elif action.condition is not ActionCondition.NONE and not rules.can_be_observed(action.condition, parent):
            what = "opens" if "opened" in action.condition else "clicks"
            reason = f"its condition cannot be decided, because {what} of action {parent.id} are not tracked."
            warnings.append(_named(action, "condition_not_tracked", reason))
    return warnings
