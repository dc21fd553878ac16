"""Changes of many contacts: at once for ids, block by block through the queue for a filter or a whole list."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.filters import from_stored, to_stored
from postrider.kit.errors import Invalid
from postrider.segments.evaluation import CompiledFilter, FilterEvaluator
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

MAX_IDS = 1024
"""Per call (main-api.md, section 7)."""


class MembershipChanges:
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
            contacts = self._contacts.many(account_id, list_id, contact_ids)
            self._contacts.change_memberships_of_many(list(contacts.values()), change)
        if chosen is not None:
            self._start(account_id, list_id, change, chosen)

    def check(
        self, account_id: str, list_id: int, *, contact_ids: Collection[int], expressions: dict[str, Any]
    ) -> CompiledFilter | None:
        """Return the filter of the given expression, if there is one.

        Raises Invalid when neither ids nor an expression are given, for too many ids, or an expression that cannot be read.
        """
        present = {language: expression for language, expression in expressions.items() if expression is not None}
        if not contact_ids and not present:
            raise Invalid("Give contact_ids or one of query, fiql, json.", code="no_contacts", field="contact_ids")
        if len(contact_ids) > MAX_IDS:
            raise Invalid(f"At most {MAX_IDS} contacts at a time.", code="too_many_contacts", field="contact_ids")
        return self._filters.parse(account_id, list_id, present)

    def _start(self, account_id: str, list_id: int, change: MembershipChange, chosen: CompiledFilter) -> None:
        parts = [f"{list_id}/{block}" for block in self._contacts.blocks_of(account_id, list_id)]
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_CHANGE,
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
