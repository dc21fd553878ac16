"""Export contacts by a task that writes one piece of the file for each block of contacts, and joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postrider.contacts.search import query_of
from postrider.filters import from_stored, to_stored
from postrider.filters.schema import BOUNCE_CODES
from postrider.kit.csv_cells import names_as_cell
from postrider.kit.errors import NotFound, named_at
from postrider.tasks.model import Task, TaskType

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.contacts.model import Contact
    from postrider.contacts.naming import ContactNames, ListNames
    from postrider.contacts.service import ContactService
    from postrider.exports.files import ExportFiles
    from postrider.imports.pending import PendingImports
    from postrider.segments.evaluation import FilterEvaluator
    from postrider.segments.service import SegmentService
    from postrider.suppressions.model import Suppression
    from postrider.suppressions.service import SuppressionService
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

COLUMNS = (
    "id",
    "status",
    "email",
    "subscribed_on",
    "last_bounce_type",
    "bounces_count",
    "tags",
    "interests",
    "suppressed",
    "opted_in_on",
)
"""Columns before the columns of custom attributes, which are in order of name. `suppressed` has the source."""


class ExportService:
    def __init__(
        self,
        contacts: ContactService,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        tasks: TaskService,
        runner: TaskRunner,
        files: ExportFiles,
    ) -> None:
        self._contacts, self._segments, self._filters = contacts, segments, filter_evaluator
        self._tasks, self._runner, self._files = tasks, runner, files

    def create(
        self,
        caller: Caller,
        list_id: int,
        *,
        description: str | None,
        expressions: Mapping[str, Any],
        segment_id: int | None,
        filters: Mapping[str, list[str]],
        filter_text: str | None,
    ) -> Task:
        """Start an export of the contacts that match `filters`; `filter_text` is stored to be shown.

        Raises NotFound for the list or segment, Invalid for an invalid expression.
        """
        account_id = caller.account_id
        if segment_id is not None:
            self._check_segment(account_id, list_id, segment_id)
        present = {language: expression for language, expression in expressions.items() if expression is not None}
        own = self._filters.parse(account_id, list_id, present)
        parts = [f"{block:016d}" for block in self._contacts.blocks_of(account_id, list_id)]
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_EXPORT,
            total=len(parts),
            requested_by=caller,
            list_id=list_id,
            description=description,
            payload={
                "list_id": list_id,
                "segment_id": segment_id,
                "filter": filter_text,
                "terms": self._filters.terms_with_ids(account_id, list_id, filters),
                "tree": None if own is None else to_stored(own.tree),
                **expressions,
            },
        )
        self._runner.enqueue(task, parts)
        return self._tasks.get(account_id, task.id)

    def _check_segment(self, account_id: str, list_id: int, segment_id: int) -> None:
        with named_at("segment_id"):
            segment = self._segments.get(account_id, list_id, segment_id)
        self._segments.compiled_filter(segment)

    def all(self, account_id: str, list_id: int) -> list[Task]:
        """Return the exports of a list in order of creation."""
        tasks = self._tasks.all(account_id)
        return [task for task in tasks if task.type == TaskType.CONTACTS_EXPORT and task.list_id == list_id]

    def get(self, account_id: str, list_id: int, export_id: str) -> Task:
        """Return an export. Raises NotFound."""
        unknown = NotFound("Unknown export.", code="export_not_found", field="export_id")
        try:
            task = self._tasks.get(account_id, export_id)
        except NotFound as exc:
            raise unknown from exc
        if task.type != TaskType.CONTACTS_EXPORT or task.list_id != list_id:
            raise unknown
        return task

    def delete(self, account_id: str, list_id: int, export_id: str) -> Task:
        """Delete the file of an export and mark the export as deleted. Raises NotFound."""
        self.get(account_id, list_id, export_id)
        return self._runner.delete(account_id, export_id)

    def download_url(self, account_id: str, list_id: int, export_id: str) -> tuple[str, datetime]:
        """Return a URL of the file, and its expiry. Raises NotFound, or Invalid if the file does not exist."""
        return self._files.download_url(self.get(account_id, list_id, export_id), f"contacts-{list_id}.csv")


class ExportContactsJob:
    """The job of the task: a part is one block of contacts. Pending imports of the block are completed first."""

    def __init__(
        self,
        contacts: ContactService,
        names: ContactNames,
        segments: SegmentService,
        filter_evaluator: FilterEvaluator,
        files: ExportFiles,
        pending: PendingImports,
        suppressions: SuppressionService,
    ) -> None:
        self._contacts, self._names, self._pending = contacts, names, pending
        self._suppressions = suppressions
        self._segments, self._filters, self._files = segments, filter_evaluator, files

    def run(self, task: Task, part: str) -> dict[str, Any]:
        list_id = self._list_id(task)
        self._pending.complete_block(task.account_id, list_id, int(part))
        stored = self._contacts.block_contacts(task.account_id, list_id, int(part))
        wildcards = self._suppressions.wildcards_of(task.account_id, [contact.address for contact in stored])
        contacts = self._chosen(task, stored, wildcards)
        names = self._names.of(task.account_id, list_id, contacts)
        rows = [_row(contact, names, wildcards.get(contact.address)) for contact in contacts]
        return self._files.write_piece(task, part, rows)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        attributes = self._names.attribute_names(task.account_id, self._list_id(task))
        return self._files.join(task, [*COLUMNS, *attributes], outcomes)

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._files.drop_pieces(task, outcomes)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        self._files.discard(task, parts)

    def _chosen(self, task: Task, contacts: list[Contact], wildcards: Mapping[str, Suppression]) -> list[Contact]:
        account_id, asked = task.account_id, task.payload
        query = query_of(asked["terms"], wildcards={str(entry.pattern) for entry in wildcards.values()})
        contacts = [contact for contact in contacts if query.accepts(contact)]
        if asked["tree"] is not None:
            contacts = self._filters.compiled(account_id, self._list_id(task), from_stored(asked["tree"])).among(
                contacts
            )
        if asked["segment_id"] is not None:
            segment = self._segments.get(account_id, self._list_id(task), asked["segment_id"])
            of_segment = self._segments.compiled_filter(segment)
            contacts = contacts if of_segment is None else of_segment.among(contacts)
        return contacts

    @staticmethod
    def _list_id(task: Task) -> int:
        return int(task.payload["list_id"])


def _row(contact: Contact, names: ListNames, wildcard: Suppression | None) -> list[object]:
    attributes = names.attributes_of(contact)
    suppression = contact.mark or wildcard
    return [
        contact.id,
        contact.status.value,
        contact.email,
        _moment(contact.subscribed_at),
        BOUNCE_CODES[contact.last_bounce_type],
        contact.bounces_count,
        names_as_cell(names.tags_of(contact)),
        names_as_cell(names.interests_of(contact)),
        None if suppression is None else suppression.source.value,
        None if contact.opted_in_at is None else _moment(contact.opted_in_at),
        *(attributes.get(name) for name in sorted(names.schema.ids)),
    ]


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
