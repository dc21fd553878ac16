"""Store tasks; a part is recorded and counted in one transaction."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.errors import NotFound
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.storage.accounts_table import account_key
from postrider.storage.dynamo import batch_get, entity, is_possible_key, on_condition_failure, transact, was_made
from postrider.tasks.model import DELETED, PENDING, Task, TaskType
from postrider.tasks.table import TaskItem, TaskPartItem

_PREFIX = "task#"


def _unknown() -> NotFound:
    return NotFound("Unknown task.", code="task_not_found", field="task_id")


def _task(item: TaskItem) -> Task:
    task = entity(Task, item)
    return replace(task, type=TaskType(task.type))


_CREATED = {
    TaskType.CONTACTS_EXPORT: DomainEventType.CONTACTS_EXPORT_CREATED,
    TaskType.CAMPAIGN_LOG_EXPORT: DomainEventType.CAMPAIGN_LOG_EXPORT_CREATED,
}
"""The types of domain events by type of task."""


def _event(event_type: DomainEventType, task: Task) -> NewEvent:
    """Return an event of a task, without its expression, which may have an address."""
    data = snapshot(task, "id", "status", "list_id", "description", "created_at", "expires_at")
    data |= {name: task.payload[name] for name in ("segment_id", "campaign_id") if name in task.payload}
    return NewEvent(type=event_type, data=data, list_id=task.list_id)


class TaskRepository:
    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        self._outbox = outbox

    def get(self, account_id: str, task_id: str) -> Task:
        """Return a task. Raises NotFound."""
        if not is_possible_key(account_key(account_id), _PREFIX + task_id):
            raise _unknown()
        try:
            item = TaskItem.get(account_key(account_id), _PREFIX + task_id, consistent_read=True)
        except TaskItem.DoesNotExist as exc:
            raise _unknown() from exc
        return _task(item)

    def many(self, account_id: str, task_ids: Collection[str]) -> dict[str, Task]:
        """Return the existing tasks among these by id, with one call for 100."""
        items = batch_get(TaskItem, [(account_key(account_id), _PREFIX + task_id) for task_id in task_ids])
        return {item.id: _task(item) for item in items}

    def all(self, account_id: str) -> list[Task]:
        """Return all tasks in order of creation."""
        items = TaskItem.query(account_key(account_id), TaskItem.sk.startswith(_PREFIX), consistent_read=True)
        return sorted((_task(item) for item in items), key=lambda task: (task.created_at, task.id))

    def add(self, task: Task) -> None:
        events = [_event(_CREATED[task.type], task)] if task.type in _CREATED else []
        item = TaskItem(account_key(task.account_id), _PREFIX + task.id, **asdict(task))
        self._outbox.pending(task.account_id, *events).save(item)

    def delete(self, task: Task) -> Task:
        """Mark a task as deleted and return it. Raises NotFound."""
        item = TaskItem(account_key(task.account_id), _PREFIX + task.id)
        deleted = replace(task, status=DELETED)
        events = [_event(DomainEventType.CONTACTS_EXPORT_DELETED, deleted)]
        if task.type != TaskType.CONTACTS_EXPORT or task.status == DELETED:
            events = []
        with on_condition_failure(_unknown()):
            pending = self._outbox.pending(task.account_id, *events)
            pending.update(item, [TaskItem.status.set(DELETED)], TaskItem.pk.exists())
        return deleted

    def change(self, account_id: str, task_id: str, **values: Any) -> Task:
        """Set the given attributes. Raises NotFound."""
        item = TaskItem(account_key(account_id), _PREFIX + task_id)
        with on_condition_failure(_unknown()):
            item.update(
                actions=[getattr(TaskItem, name).set(value) for name, value in values.items()],
                condition=TaskItem.pk.exists(),
            )
        return _task(item)

    def end(
        self,
        account_id: str,
        task_id: str,
        *,
        status: str,
        result: dict[str, Any],
        finished_at: datetime | None = None,
    ) -> Task:
        """End a task, unless it has ended before; return the stored task. Raises NotFound.

        `finished_at` is the moment at which its last part was finished, None if parts are left.
        """
        item = TaskItem(account_key(account_id), _PREFIX + task_id)
        ended: list[Action] = [TaskItem.status.set(status), TaskItem.result.set(result)]
        if finished_at is not None:
            ended += [TaskItem.done.set(TaskItem.total), TaskItem.progressed_at.set(finished_at)]
        if not was_made(lambda: item.update(actions=ended, condition=TaskItem.status == PENDING)):
            return self.get(account_id, task_id)
        return _task(item)

    def record_part(
        self,
        account_id: str,
        task_id: str,
        part: str,
        outcome: dict[str, Any],
        *,
        at: datetime,
        expires_at: datetime,
    ) -> bool:
        """Store a finished part and count it; return False if it was stored before."""
        task = TaskItem(account_key(account_id), _PREFIX + task_id)
        done = TaskPartItem(_PREFIX + task_id, f"part#{part}", outcome=outcome, expires_at=expires_at)

        def write(writes: TransactWrite) -> None:
            writes.save(done, condition=TaskPartItem.pk.does_not_exist())
            counted: list[Action] = [TaskItem.done.add(1), TaskItem.progressed_at.set(at)]
            writes.update(task, actions=counted, condition=TaskItem.pk.exists())

        return was_made(lambda: transact(write))

    def parts(self, task_id: str) -> dict[str, dict[str, Any]]:
        """Return the outcomes of finished parts by their names, in order of the names."""
        items = TaskPartItem.query(_PREFIX + task_id, TaskPartItem.sk.startswith("part#"), consistent_read=True)
        return {item.sk.removeprefix("part#"): item.outcome for item in items}
