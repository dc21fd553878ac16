"""Changes of many contacts: at once for ids, block by block through the queue for a selection or a whole list."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from postrider.bulk.model import Change
from postrider.contacts.service import ContactService
from postrider.kit.errors import Invalid
from postrider.names import Order
from postrider.segments.evaluation import FilterEvaluator
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

WRITERS_END_S = 360
"""Longer than any function runs: whoever found a list before it was deleted has ended after this."""
MAX_IDS = 1024
"""Per call (reference, section 7)."""


class BulkService:
    def __init__(
        self, contacts: ContactService, filter_evaluator: FilterEvaluator, tasks: TaskService, runner: TaskRunner
    ) -> None:
        self._contacts, self._selections, self._tasks, self._runner = contacts, filter_evaluator, tasks, runner

    def change(
        self,
        account_id: str,
        list_id: int,
        change: Change,
        *,
        contact_ids: Collection[int],
        expressions: dict[str, Any],
    ) -> None:
        """Change the contacts named by id now, and those that the expression selects by the queue.

        Raises NotFound for the list, Invalid when nobody is named, too many are, or the expression does not parse.
        """
        given = self.check(account_id, list_id, contact_ids=contact_ids, expressions=expressions)
        if contact_ids:
            found = self._contacts.many(account_id, list_id, contact_ids)
            self._contacts.change_many(list(found.values()), change.applied)
        if given:
            self._start(account_id, [list_id], change, given)

    def check(
        self, account_id: str, list_id: int, *, contact_ids: Collection[int], expressions: dict[str, Any]
    ) -> dict[str, Any]:
        """The expression that is given, if any. Raises what `change` raises, before anything is changed."""
        given = {language: expression for language, expression in expressions.items() if expression is not None}
        if not contact_ids and not given:
            raise Invalid("Give contact_ids or one of query, fiql, json.", code="no_contacts", field="contact_ids")
        if len(contact_ids) > MAX_IDS:
            raise Invalid(f"At most {MAX_IDS} contacts at a time.", code="too_many_contacts", field="contact_ids")
        self._selections.parse(account_id, list_id, given)
        return given

    def everywhere(
        self, account_id: str, list_ids: Sequence[int], change: Change, order: dict[str, Any] | None = None
    ) -> None:
        """Change every contact of these lists, by the queue, as long as the order stands."""
        self._start(account_id, list_ids, change, {}, order)

    def empty_list(self, account_id: str, list_id: int) -> None:
        """Let nobody new in and delete all contacts of a list that is going away, by the queue; the list goes last."""
        self._contacts.close_list(account_id, list_id)
        self._empty(
            account_id, list_id, [f"{list_id}/{block}" for block in self._contacts.blocks_of(account_id, list_id)]
        )

    def empty_once_more(self, account_id: str, list_id: int, parts: Sequence[str]) -> None:
        """The same for whoever was still being written when the list went, after all writers have ended."""
        self._empty(account_id, list_id, parts, once_more=True, delay_s=WRITERS_END_S)

    def _empty(
        self, account_id: str, list_id: int, parts: Sequence[str], *, once_more: bool = False, delay_s: int = 0
    ) -> None:
        task = self._tasks.create(
            account_id,
            type=TaskType.LIST_DELETION,
            total=len(parts),
            payload={"list_id": list_id, "once_more": once_more},
            list_id=list_id,
        )
        self._runner.enqueue(task, parts, delay_s=delay_s)

    def _start(
        self,
        account_id: str,
        list_ids: Sequence[int],
        change: Change,
        expressions: dict[str, Any],
        order: dict[str, Any] | None = None,
    ) -> None:
        parts = [
            f"{list_id}/{block}" for list_id in list_ids for block in self._contacts.blocks_of(account_id, list_id)
        ]
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_CHANGE,
            total=len(parts),
            payload={"change": asdict(change), "expressions": expressions, "order": order},
        )
        self._runner.enqueue(task, parts)


class Moves(Protocol):
    """What becomes of names that are renamed or deleted."""

    def still_there(self, account_id: str, list_id: int, change: Change) -> Change:
        """Without names to put on that were deleted or renamed since the change was asked for."""
        ...

    def stands(self, account_id: str, order: Order) -> bool:
        """Whether it is not done yet, nor replaced by another one."""
        ...

    def done(self, account_id: str, order: Order) -> None:
        """Every contact has followed it."""
        ...


class ChangeContacts:
    """The job: one block of one list a part; nothing when the order that it follows stands no longer."""

    def __init__(self, contacts: ContactService, filter_evaluator: FilterEvaluator, moves: Moves) -> None:
        self._contacts, self._selections, self._moves = contacts, filter_evaluator, moves

    def run(self, task: Task, part: str) -> dict[str, Any]:
        order = _order_of(task)
        if order is not None and not self._moves.stands(task.account_id, order):
            return {"changed": 0}
        list_id, block = (int(number) for number in part.split("/"))
        change = Change(**{name: _name_or_names(value) for name, value in task.payload["change"].items()})
        if order is None:
            change = self._moves.still_there(task.account_id, list_id, change)
        contacts = self._contacts.block_contacts(task.account_id, list_id, block)
        selection = self._selections.parse(task.account_id, list_id, task.payload["expressions"])
        if selection is not None:
            contacts = selection.among(contacts)
        return {"changed": self._contacts.change_many(contacts, change.applied)}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        order = _order_of(task)
        if order is not None:
            self._moves.done(task.account_id, order)
        return {"changed": sum(outcome["changed"] for outcome in outcomes.values())}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """There are no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """There are no files."""


class EmptyList:
    """The job: the contacts of one block a part; its forms and the list itself at the end.

    A list has no new blocks by then, but those who took their ids before may still be written. So all blocks are emptied
    until nobody is found, and once more after the list is gone.
    """

    def __init__(self, contacts: ContactService, lists: Any, forms: Any, bulk: Any) -> None:
        self._contacts, self._lists, self._forms, self._bulk = contacts, lists, forms, bulk

    def run(self, task: Task, part: str) -> dict[str, Any]:
        list_id, block = (int(number) for number in part.split("/"))
        contacts = self._contacts.block_contacts(task.account_id, list_id, block)
        self._contacts.delete_many(contacts)
        return {"deleted": len(contacts)}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        account_id, list_id = task.account_id, task.payload["list_id"]
        deleted = sum(outcome["deleted"] for outcome in outcomes.values())
        if deleted and not task.payload["once_more"]:
            self._bulk.empty_list(account_id, list_id)
            return {"deleted": deleted}
        if outcomes and not task.payload["once_more"]:
            self._bulk.empty_once_more(account_id, list_id, list(outcomes))
        self._forms.forget_list(account_id, list_id)
        self._contacts.forget_list(account_id, list_id)
        self._lists.forget(account_id, list_id)
        return {"deleted": deleted}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """There are no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """There are no files."""


def _order_of(task: Task) -> Order | None:
    order = task.payload.get("order")
    return Order(**order) if order else None


def _name_or_names(value: Any) -> Any:
    """JSON has no tuples."""
    return tuple(value) if isinstance(value, list) else value
