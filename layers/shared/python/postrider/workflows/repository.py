"""Store workflows and their actions; each change is a transaction on condition of the version that was read."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from pynamodb.transactions import TransactWrite

from postrider.content.model import Content
from postrider.content.store import ContentStore
from postrider.kit.errors import Invalid, NotFound
from postrider.outbox.model import DomainEventType, EventSubscriber
from postrider.outbox.subscribers import EventSubscribers
from postrider.ports.object_store import ObjectMissing, ObjectStore
from postrider.storage.accounts_table import account_key, padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, transaction
from postrider.storage.workflows_table import WorkflowTableItem
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow, WorkflowStatus
from postrider.workflows.table import (
    ActionItem,
    ActionRevisionItem,
    ActiveWorkflowItem,
    WorkflowItem,
)

_WORKFLOW_PREFIX, _ACTION_PREFIX = "workflow#", "action#"
SUBSCRIBER_KIND = "workflows"
"""The kind of subscriber of active workflows."""
_EVENTS = {
    Trigger.SUBSCRIBED: DomainEventType.CONTACT_SUBSCRIBED,
    Trigger.UNSUBSCRIBED: DomainEventType.CONTACT_UNSUBSCRIBED,
}


class WorkflowRepository:
    def __init__(self, objects: ObjectStore, subscribers: EventSubscribers) -> None:
        self._contents, self._subscribers = ContentStore(objects, "actions"), subscribers

    def get(self, account_id: str, workflow_id: int) -> Workflow:
        """Return the workflow. Raises NotFound."""
        try:
            item = WorkflowItem.get(account_key(account_id), _workflow_key(workflow_id), consistent_read=True)
        except WorkflowItem.DoesNotExist as exc:
            raise NotFound("Unknown workflow.", code="workflow_not_found", field="workflow_id") from exc
        return _workflow(item)

    def all(self, account_id: str) -> list[Workflow]:
        """Return the workflows of an account in order of id."""
        items = WorkflowItem.query(
            account_key(account_id), WorkflowItem.sk.startswith(_WORKFLOW_PREFIX), consistent_read=True
        )
        return [_workflow(item) for item in items]

    def count(self, account_id: str) -> int:
        """Return the number of workflows of an account."""
        return WorkflowItem.count(
            account_key(account_id), WorkflowItem.sk.startswith(_WORKFLOW_PREFIX), consistent_read=True
        )

    def active(
        self, account_id: str, *, list_id: int | None = None, trigger: Trigger | None = None
    ) -> list[ActiveWorkflowItem]:
        """Return the rows of the active workflows of the account, or of a list, or of a list and a trigger."""
        start = "" if list_id is None else f"{padded(list_id)}#{trigger}#" if trigger else f"{padded(list_id)}#"
        condition = ActiveWorkflowItem.sk.startswith(start) if start else None
        return list(ActiveWorkflowItem.query(_active_owner(account_id), condition, consistent_read=True))

    def many(self, account_id: str, workflow_ids: Iterable[int]) -> list[Workflow]:
        """Return the existing workflows among these, in order of id."""
        keys = [(account_key(account_id), _workflow_key(workflow_id)) for workflow_id in workflow_ids]
        items = batch_get(WorkflowItem, keys)
        return sorted((_workflow(item) for item in items), key=lambda workflow: workflow.id)

    def actions(self, account_id: str, workflow_id: int) -> list[Action]:
        """Return the actions of a workflow in order of id."""
        items = WorkflowTableItem.by_workflow.query(
            account_key(account_id),
            WorkflowTableItem.workflow_key.startswith(f"{padded(workflow_id)}#"),
            consistent_read=True,
        )
        return [_action(item) for item in items]

    def action(self, account_id: str, action_id: int) -> Action:
        """Return the action. Raises NotFound."""
        try:
            item = ActionItem.get(account_key(account_id), _action_key(action_id), consistent_read=True)
        except ActionItem.DoesNotExist as exc:
            raise unknown_action() from exc
        return _action(item)

    def actions_by_id(self, account_id: str, action_ids: Iterable[int]) -> dict[int, Action]:
        """Return the existing actions among these by id, with one call for 100."""
        keys = [(account_key(account_id), _action_key(action_id)) for action_id in action_ids]
        return {action.id: action for item in batch_get(ActionItem, keys) for action in [_action(item)]}

    def add(self, workflow: Workflow, actions: Sequence[Action] = ()) -> None:
        """Store a new workflow with its actions."""
        with transaction() as writes:
            writes.save(_workflow_item(workflow))
            for action in actions:
                _save_action(writes, action, is_revised=action.revision > 0)

    def change(
        self,
        before: Workflow,
        after: Workflow,
        *,
        actions: Sequence[Action] = (),
        revised: Sequence[Action] = (),
        removed: Sequence[Action] = (),
        sender_ids: Iterable[str] = (),
    ) -> Workflow:
        """Store the workflow and these actions of it, and delete the removed ones; return it with its new version.

        `revised` are actions with a new revision of their content, `sender_ids` the senders of all actions if the workflow
        becomes active. Raises Invalid if the workflow has changed since `before` was read.
        """
        after = replace(after, version=before.version + 1)
        with on_condition_failure(_changed()), transaction() as writes:
            writes.save(_workflow_item(after), condition=WorkflowItem.version == before.version)
            for action in actions:
                _save_action(writes, action, is_revised=False)
            for action in revised:
                _save_action(writes, action, is_revised=action.revision > 0)
            for action in removed:
                writes.delete(_action_item(action))
            self._mark_active(writes, before, after, frozenset(sender_ids))
        return after

    def _mark_active(
        self, writes: TransactWrite, before: Workflow, after: Workflow, sender_ids: frozenset[str]
    ) -> None:
        """Write the row of an active workflow, and its subscriber of the events by which contacts enter."""
        account_id = after.account_id
        if after.is_active and not before.is_active:
            writes.save(_active_item(after, sender_ids))
            if after.trigger in _EVENTS:
                types = frozenset({_EVENTS[after.trigger].value})
                subscriber = EventSubscriber(kind=SUBSCRIBER_KIND, id=str(after.id), types=types, list_id=after.list_id)
                self._subscribers.add_to(writes, account_id, subscriber)
        elif before.is_active and not after.is_active:
            writes.delete(_active_item(before, frozenset()))
            self._subscribers.remove_in(writes, account_id, SUBSCRIBER_KIND, str(after.id))

    def delete(self, workflow: Workflow, actions: Sequence[Action]) -> None:
        """Delete an inactive workflow with its actions. Raises Invalid if it has changed since it was read."""
        with on_condition_failure(_changed()), transaction() as writes:
            writes.delete(_workflow_item(workflow), condition=WorkflowItem.version == workflow.version)
            for action in actions:
                writes.delete(_action_item(action))

    # Contents

    def save_content(self, account_id: str, content_id: str, content: Content) -> None:
        """Store a content under a new id. The action that refers to it is stored afterwards."""
        self._contents.save(account_id, content_id, content)

    def content(self, action: Action, revision: int) -> Content:
        """Return the content of a revision; an empty content for revision 0. Raises NotFound."""
        if revision == 0:
            return Content()
        content_id = action.content_id if revision == action.revision else self._content_id(action, revision)
        try:
            return self._contents.get(action.account_id, content_id or "")
        except ObjectMissing as exc:
            raise _unknown_revision() from exc

    def _content_id(self, action: Action, revision: int) -> str:
        key = _revisions(action) + padded(revision)
        try:
            item = ActionRevisionItem.get(account_key(action.account_id), key, consistent_read=True)
        except ActionRevisionItem.DoesNotExist as exc:
            raise _unknown_revision() from exc
        return str(item.content_id)

    def delete_contents(self, actions: Iterable[Action]) -> None:
        """Delete all revisions of the contents of these actions."""
        for action in actions:
            prefix = ActionRevisionItem.sk.startswith(_revisions(action))
            for item in ActionRevisionItem.query(account_key(action.account_id), prefix, consistent_read=True):
                self._contents.delete(action.account_id, item.content_id)
                item.delete()


def unknown_action() -> NotFound:
    return NotFound("Unknown action.", code="action_not_found", field="action_id")


def _unknown_revision() -> NotFound:
    return NotFound("Unknown revision.", code="revision_not_found", field="revision_id")


def _changed() -> Invalid:
    return Invalid("The workflow was modified concurrently; read it and retry.", code="workflow_changed")


def _workflow_key(workflow_id: int) -> str:
    return _WORKFLOW_PREFIX + padded(workflow_id)


def _action_key(action_id: int) -> str:
    return _ACTION_PREFIX + padded(action_id)


def _active_owner(account_id: str) -> str:
    return f"active#{account_id}"


def _revisions(action: Action) -> str:
    return f"revision#{padded(action.id)}#"


def _workflow(item: WorkflowItem) -> Workflow:
    workflow = entity(Workflow, item)
    return replace(workflow, status=WorkflowStatus(workflow.status), trigger=Trigger(workflow.trigger))


def _action(item: ActionItem) -> Action:
    action = entity(Action, item)
    return replace(action, condition=ActionCondition(action.condition))


def _workflow_item(workflow: Workflow) -> WorkflowItem:
    return WorkflowItem(account_key(workflow.account_id), _workflow_key(workflow.id), **asdict(workflow))


def _action_item(action: Action) -> ActionItem:
    workflow_key = f"{padded(action.workflow_id)}#{padded(action.id)}"
    return ActionItem(
        account_key(action.account_id), _action_key(action.id), workflow_key=workflow_key, **asdict(action)
    )


def _save_action(writes: TransactWrite, action: Action, *, is_revised: bool) -> None:
    writes.save(_action_item(action))
    if is_revised:
        key = _revisions(action) + padded(action.revision)
        writes.save(ActionRevisionItem(account_key(action.account_id), key, content_id=action.content_id))


def _active_item(workflow: Workflow, sender_ids: frozenset[str]) -> ActiveWorkflowItem:
    sk = f"{padded(workflow.list_id)}#{workflow.trigger}#{padded(workflow.id)}"
    return ActiveWorkflowItem(
        _active_owner(workflow.account_id),
        sk,
        workflow_id=workflow.id,
        segment_id=workflow.segment_id,
        sender_ids=set(sender_ids) or None,
    )
