"""Empty a list that is being deleted, block by block through the queue; then delete the list itself."""

from collections.abc import Collection, Sequence
from typing import Any

from postrider.contacts.service import ContactService
from postrider.forms.service import FormService
from postrider.lists.service import ListService
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

WRITERS_END_S = 360
"""The time after which every writer that read the list before its deletion has ended: the longest timeout of a function."""


class ListEmptying:
    def __init__(self, contacts: ContactService, tasks: TaskService, runner: TaskRunner) -> None:
        self._contacts, self._tasks, self._runner = contacts, tasks, runner

    def start(self, account_id: str, list_id: int) -> None:
        """Close the list for new contacts, and delete all of its contacts by the queue."""
        self._contacts.close_list(account_id, list_id)
        parts = [f"{list_id}/{block}" for block in self._contacts.blocks_of(account_id, list_id)]
        self._enqueue(account_id, list_id, parts, is_repeat=False)

    def repeat(self, account_id: str, list_id: int, parts: Sequence[str]) -> None:
        """Empty the blocks again after all writers have ended: contacts may have been written after their deletion."""
        self._enqueue(account_id, list_id, parts, is_repeat=True, delay_s=WRITERS_END_S)

    def _enqueue(
        self, account_id: str, list_id: int, parts: Sequence[str], *, is_repeat: bool, delay_s: int = 0
    ) -> None:
        task = self._tasks.create(
            account_id,
            type=TaskType.LIST_DELETION,
            total=len(parts),
            payload={"list_id": list_id, "is_repeat": is_repeat},
            list_id=list_id,
        )
        self._runner.enqueue(task, parts, delay_s=delay_s)


class EmptyListJob:
    """The job: a part deletes the contacts of one block; `finish` deletes the list's forms and the list itself.

    Addresses are kept as for other deleted contacts, so that unsubscription links of old mails still work.

    A closed list gets no new blocks, but a contact whose id was allocated before may still be written. So all blocks are
    emptied until they have no contacts, and once more after the list was deleted.
    """

    def __init__(
        self, contacts: ContactService, lists: ListService, forms: FormService, emptying: ListEmptying
    ) -> None:
        self._contacts, self._lists, self._forms, self._emptying = contacts, lists, forms, emptying

    def run(self, task: Task, part: str) -> dict[str, Any]:
        list_id, block = (int(number) for number in part.split("/"))
        contacts = self._contacts.block_contacts(task.account_id, list_id, block)
        self._contacts.deletion.delete_many(contacts)
        return {"deleted": len(contacts)}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        account_id, list_id, is_repeat = task.account_id, task.payload["list_id"], task.payload["is_repeat"]
        deleted = sum(outcome["deleted"] for outcome in outcomes.values())
        if deleted and not is_repeat:
            self._emptying.start(account_id, list_id)
            return {"deleted": deleted}
        if outcomes and not is_repeat:
            self._emptying.repeat(account_id, list_id, list(outcomes))
        self._forms.delete_rows_of_list(account_id, list_id)
        self._contacts.delete_rows_of_list(account_id, list_id)
        self._lists.remove(account_id, list_id)
        return {"deleted": deleted}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""
