"""Change tags and interests of contacts: a few in the call; many, or the matches of a filter, by a task."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from postrider.accounts.model import Caller
from postrider.contacts.model import Contact
from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.filters import from_stored, to_stored
from postrider.imports.pending import PendingImports
from postrider.kit.chunks import in_chunks
from postrider.kit.errors import Invalid
from postrider.segments.evaluation import CompiledFilter, FilterEvaluator
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

MAX_IDS = 1024
"""Maximum number of contact ids per call (main-api.md, section 7)."""


MAX_MEMBERSHIPS = 64 * MAX_IDS
"""Maximum number of old and new tags and interests that a call writes, in some seconds; more are written by a task."""
CHANGES_A_PART = 256 * MAX_IDS
"""Contacts times tags and interests in a part of a task; index and counts of the tags are written once per part."""
NAMED_IDS = 10
"""Maximum number of unknown ids that an error names."""


@dataclass(frozen=True, kw_only=True)
class ChosenContacts:
    """The contacts that a call has chosen by ids and by a filter; `pending` is true if some are not written yet."""

    list_id: int
    contact_ids: Sequence[int]
    contacts: Mapping[int, Contact]
    condition: CompiledFilter | None

    @property
    def pending(self) -> bool:
        return len(self.contacts) < len(self.contact_ids)

    @property
    def memberships(self) -> int:
        """Return the number of tags and interests of the contacts that were chosen by ids."""
        return sum(len(contact.groups) + len(contact.interests) for contact in self.contacts.values())


class MembershipChanges:
    def __init__(
        self,
        contacts: ContactService,
        pending: PendingImports,
        filter_evaluator: FilterEvaluator,
        tasks: TaskService,
        runner: TaskRunner,
    ) -> None:
        self._contacts, self._pending, self._filters = contacts, pending, filter_evaluator
        self._tasks, self._runner = tasks, runner

    def choose(
        self, account_id: str, list_id: int, *, contact_ids: Collection[int], expressions: dict[str, Any]
    ) -> ChosenContacts:
        """Return the contacts with these ids, and the filter of the expression, if it is given.

        Raises Invalid if neither ids nor an expression are given, for too many or unknown ids, and for an invalid
        expression.
        """
        present = {language: expression for language, expression in expressions.items() if expression is not None}
        if not contact_ids and not present:
            raise Invalid("Give contact_ids or one of query, fiql, json.", code="no_contacts", field="contact_ids")
        if len(contact_ids) > MAX_IDS:
            raise Invalid(f"At most {MAX_IDS} contacts at a time.", code="too_many_contacts", field="contact_ids")
        condition = self._filters.parse(account_id, list_id, present)
        stored = self._contacts.many(account_id, list_id, contact_ids)
        contacts = {contact.id: contact for contact in stored.values() if contact.has_address}
        missing = set(contact_ids) - contacts.keys()
        if missing and (unknown := missing - self._pending.among(account_id, list_id, missing)):
            raise _unknown(sorted(unknown))
        return ChosenContacts(
            list_id=list_id, contact_ids=list(dict.fromkeys(contact_ids)), contacts=contacts, condition=condition
        )

    def change(self, caller: Caller, chosen: ChosenContacts, change: MembershipChange) -> None:
        """Change a few contacts now; change many or pending contacts, and the matches of a filter, by a task."""
        is_late = chosen.pending or chosen.memberships + len(chosen.contacts) * change.size > MAX_MEMBERSHIPS
        if not is_late:
            self._contacts.change_memberships_of_many(list(chosen.contacts.values()), change)
        contacts_a_part = max(1, CHANGES_A_PART // max(1, change.size))
        id_chunks = list(in_chunks(chosen.contact_ids, contacts_a_part)) if is_late else []
        blocks = self._contacts.blocks_of(caller.account_id, chosen.list_id) if chosen.condition else []
        if not id_chunks and chosen.condition is None:
            return
        parts = [f"ids/{index}" for index in range(len(id_chunks))] + [f"block/{block}" for block in blocks]
        task = self._tasks.create(
            caller.account_id,
            type=TaskType.CONTACTS_CHANGE,
            total=len(parts),
            list_id=chosen.list_id,
            requested_by=caller,
            payload={
                "list_id": chosen.list_id,
                "change": {name: sorted(ids) for name, ids in asdict(change).items()},
                "id_chunks": id_chunks,
                "tree": to_stored(chosen.condition.tree) if chosen.condition else None,
            },
        )
        self._runner.enqueue(task, parts)


def _unknown(contact_ids: Sequence[int]) -> Invalid:
    named = ", ".join(map(str, contact_ids[:NAMED_IDS]))
    more = f" and {len(contact_ids) - NAMED_IDS} more" if len(contact_ids) > NAMED_IDS else ""
    return Invalid(
        f"Unknown contacts: {named}{more}. The list does not have them, so no contact was changed.",
        code="contact_not_found",
        details={"contact_ids": list(contact_ids[:NAMED_IDS])},
        field="contact_ids",
    )


class ChangeContactsJob:
    """The job: a part changes some ids or the chosen contacts of one block, after imports have written them."""

    def __init__(self, contacts: ContactService, pending: PendingImports, filter_evaluator: FilterEvaluator) -> None:
        self._contacts, self._pending, self._filters = contacts, pending, filter_evaluator

    def run(self, task: Task, part: str) -> dict[str, Any]:
        kind, _, number = part.partition("/")
        change = MembershipChange(**{name: frozenset(ids) for name, ids in task.payload["change"].items()})
        contacts = self._by_ids(task, int(number)) if kind == "ids" else self._of_block(task, int(number))
        return {"changed": self._contacts.change_memberships_of_many(contacts, change)}

    def _by_ids(self, task: Task, chunk: int) -> list[Contact]:
        account_id, list_id, contact_ids = task.account_id, task.payload["list_id"], task.payload["id_chunks"][chunk]
        self._pending.complete(account_id, list_id, contact_ids)
        return list(self._contacts.many(account_id, list_id, contact_ids).values())

    def _of_block(self, task: Task, block: int) -> list[Contact]:
        account_id, list_id = task.account_id, task.payload["list_id"]
        self._pending.complete_block(account_id, list_id, block)
        condition = self._filters.compiled(account_id, list_id, from_stored(task.payload["tree"]))
        contacts = self._contacts.block_contacts(account_id, list_id, block)
        return condition.among([contact for contact in contacts if contact.has_address])

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {"changed": sum(outcome["changed"] for outcome in outcomes.values())}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""
