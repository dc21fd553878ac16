"""Changes of many contacts: at once for ids, block by block through the queue for a filter or a whole list."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.filters import from_stored, to_stored
from postrider.kit.errors import Invalid
from postrider.segments.evaluation import CompiledFilter, FilterEvaluator
from postrider.tasks.model import Task
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

CHANGE_CONTACTS, EMPTY_LIST = "contactschange", "listdeletion"
WRITERS_END_S = 360
"""Longer than any function runs: whoever found a list before it was deleted has ended after this."""
MAX_IDS = 1024
"""Per call (reference, section 7)."""


class BulkService:
    def __init__(
        self, contacts: ContactService, filter_evaluator: FilterEvaluator, tasks: TaskService, runner: TaskRunner
    ) -> None:
        self._contacts, self._filters, self._tasks, self._runner = contacts, filter_evaluator, tasks, runner

    def change(
        self,
        account_id: str,
        list_id: int,
        change: MembershipChange,
        *,
        contact_ids: Collection[int],
        expressions: dict[str, Any],
    ) -> None:
        """Change the contacts with these ids now, and those that match the expression by the queue.

        Raises Invalid as `check` does.
        """
        chosen = self.check(account_id, list_id, contact_ids=contact_ids, expressions=expressions)
        if contact_ids:
            found = self._contacts.many(account_id, list_id, contact_ids)
            self._contacts.change_memberships_of_many(list(found.values()), change)
        if chosen is not None:
            self._start(account_id, list_id, change, chosen)

    def check(
        self, account_id: str, list_id: int, *, contact_ids: Collection[int], expressions: dict[str, Any]
    ) -> CompiledFilter | None:
        """Return the filter that is given, if any.

        Raises Invalid when neither ids nor an expression are given, too many ids, or an expression that cannot be read.
        """
        given = {language: expression for language, expression in expressions.items() if expression is not None}
        if not contact_ids and not given:
            raise Invalid("Give contact_ids or one of query, fiql, json.", code="no_contacts", loc=("body",))
        if len(contact_ids) > MAX_IDS:
            raise Invalid(
                f"At most {MAX_IDS} contacts at a time.", code="too_many_contacts", loc=("body", "contact_ids")
            )
        return self._filters.parse(account_id, list_id, given, within="body")

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
            type=EMPTY_LIST,
            total=len(parts),
            payload={"list_id": list_id, "once_more": once_more},
            list_id=list_id,
        )
        self._runner.enqueue(task, parts, delay_s=delay_s)

    def _start(self, account_id: str, list_id: int, change: MembershipChange, chosen: CompiledFilter) -> None:
        parts = [f"{list_id}/{block}" for block in self._contacts.blocks_of(account_id, list_id)]
        task = self._tasks.create(
            account_id,
            type=CHANGE_CONTACTS,
            total=len(parts),
            payload={
                "change": {name: sorted(ids) for name, ids in asdict(change).items()},
                "tree": to_stored(chosen.tree),
            },
        )
        self._runner.enqueue(task, parts)


class ChangeContacts:
    """The job: one block of one list a part."""

    def __init__(self, contacts: ContactService, filter_evaluator: FilterEvaluator) -> None:
        self._contacts, self._filters = contacts, filter_evaluator

    def run(self, task: Task, part: str) -> dict[str, Any]:
        list_id, block = (int(number) for number in part.split("/"))
        change = MembershipChange(**{name: frozenset(ids) for name, ids in task.payload["change"].items()})
        chosen = self._filters.compiled(task.account_id, list_id, from_stored(task.payload["tree"]))
        contacts = chosen.among(self._contacts.block_contacts(task.account_id, list_id, block))
        return {"changed": self._contacts.change_memberships_of_many(contacts, change)}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
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
