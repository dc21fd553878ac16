"""Tasks: entities in, entities out; a part is recorded and counted in one transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.kit.errors import NotFound
from postrider.storage.accounts_table import account_key
from postrider.storage.dynamo import entity, on_condition_failure, transact, was_made
from postrider.tasks.model import PENDING, Task
from postrider.tasks.table import TaskItem, TaskPartItem

_PREFIX = "task#"


def _unknown() -> NotFound:
    return NotFound("There is no such task.", code="task_not_found", field="task_id")


class TaskRepository:
    def get(self, account_id: str, task_id: str) -> Task:
        """Raises NotFound."""
        try:
            item = TaskItem.get(account_key(account_id), _PREFIX + task_id, consistent_read=True)
        except TaskItem.DoesNotExist as exc:
            raise _unknown() from exc
        return entity(Task, item)

    def all(self, account_id: str) -> list[Task]:
        """In order of creation: ids begin with the moment."""
        found = TaskItem.query(account_key(account_id), TaskItem.sk.startswith(_PREFIX), consistent_read=True)
        return [entity(Task, item) for item in found]

    def add(self, task: Task) -> None:
        TaskItem(account_key(task.account_id), _PREFIX + task.id, **asdict(task)).save()

    def change(self, account_id: str, task_id: str, **values: Any) -> Task:
        """Set the given attributes. Raises NotFound."""
        item = TaskItem(account_key(account_id), _PREFIX + task_id)
        with on_condition_failure(_unknown()):
            item.update(
                actions=[getattr(TaskItem, name).set(value) for name, value in values.items()],
                condition=TaskItem.pk.exists(),
            )
        return entity(Task, item)

    def end(self, account_id: str, task_id: str, *, status: str, result: dict[str, Any]) -> Task:
        """The task, which has ended with this if it had not ended before. Raises NotFound."""
        item = TaskItem(account_key(account_id), _PREFIX + task_id)
        ended: list[Action] = [TaskItem.status.set(status), TaskItem.result.set(result)]
        if not was_made(lambda: item.update(actions=ended, condition=TaskItem.status == PENDING)):
            return self.get(account_id, task_id)
        return entity(Task, item)

    def record_part(
        self, account_id: str, task_id: str, part: str, outcome: dict[str, Any], *, expires_at: datetime
    ) -> bool:
        """Store a finished part and count it; False when it was stored before."""
        task = TaskItem(account_key(account_id), _PREFIX + task_id)
        done = TaskPartItem(_PREFIX + task_id, f"part#{part}", outcome=outcome, expires_at=expires_at)

        def write(writes: TransactWrite) -> None:
            writes.save(done, condition=TaskPartItem.pk.does_not_exist())
            writes.update(task, actions=[TaskItem.done.add(1)], condition=TaskItem.pk.exists())

        return was_made(lambda: transact(write))

    def parts(self, task_id: str) -> dict[str, dict[str, Any]]:
        """Outcome by name of part, in order of the names."""
        found = TaskPartItem.query(_PREFIX + task_id, TaskPartItem.sk.startswith("part#"), consistent_read=True)
        return {item.sk.removeprefix("part#"): item.outcome for item in found}
