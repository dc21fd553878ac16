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


def _order_of(task: Task) -> Order | None:
    order = task.payload.get("order")
    return Order(**order) if order else None


def _name_or_names(value: Any) -> Any:
    """JSON has no tuples."""
    return tuple(value) if isinstance(value, list) else value
