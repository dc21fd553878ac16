"""Export the people of a list in columns that the call chooses: a part is one block of contacts."""

from collections.abc import Collection, Sequence
from typing import Any

from postrider.accounts.model import Caller
from postrider.attributes.service import AttributeService
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.exports.files import ExportFiles
from postrider.exports.model import Column, NumberedExport, PersonField
from postrider.exports.numbered import NumberedExports
from postrider.filters import Tree, from_stored, to_stored
from postrider.imports.pending import PendingImports
from postrider.kit.errors import Invalid
from postrider.segments.evaluation import FilterEvaluator
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

MAX_ATTRIBUTES = 500
"""Maximum number of attributes in an export: the maximum of a list."""


class PeopleExports:
    def __init__(
        self,
        contacts: ContactService,
        attributes: AttributeService,
        filter_evaluator: FilterEvaluator,
        tasks: TaskService,
        runner: TaskRunner,
        exports: NumberedExports,
    ) -> None:
        self._contacts, self._attributes, self._filters = contacts, attributes, filter_evaluator
        self._tasks, self._runner, self._exports = tasks, runner, exports

    def start(
        self,
        caller: Caller,
        list_id: int,
        tree: Tree,
        *,
        fields: Sequence[Column],
        attributes: Sequence[str] | None,
        description: str,
    ) -> NumberedExport:
        """Start an export of the contacts that match, in any status.

        The columns are `fields`, and the named attributes, by default all current attributes of the list. Raises Invalid past
        MAX_ATTRIBUTES, and for a tree with an unknown object.
        """
        if attributes is not None and len(attributes) > MAX_ATTRIBUTES:
            raise Invalid(f"An export has at most {MAX_ATTRIBUTES} attributes.", field="attributes")
        self._filters.compiled(caller.account_id, list_id, tree)
        ids = self._attributes.schema(caller.account_id, list_id).ids
        own = {column.name for column in fields}
        names = sorted(ids) if attributes is None else list(dict.fromkeys(attributes))
        columns = [*fields, *(Column(name=name, attribute_id=ids.get(name)) for name in names if name not in own)]
        parts = [f"{block:016d}" for block in self._contacts.blocks_of(caller.account_id, list_id)]
        task = self._tasks.create(
            caller.account_id,
            type=TaskType.PEOPLE_EXPORT,
            total=len(parts),
            requested_by=caller,
            description=description,
            payload={
                "list_id": list_id,
                "tree": to_stored(tree),
                "columns": [column.to_json() for column in columns],
            },
        )
        export = self._exports.register(task)
        self._runner.enqueue(task, parts)
        return export


class ExportPeopleJob:
    """The job of the task. Imports of a block are completed before it is read."""

    def __init__(
        self,
        contacts: ContactService,
        filter_evaluator: FilterEvaluator,
        files: ExportFiles,
        pending: PendingImports,
    ) -> None:
        self._contacts, self._filters, self._files, self._pending = contacts, filter_evaluator, files, pending

    def run(self, task: Task, part: str) -> dict[str, Any]:
        account_id, list_id, block = task.account_id, int(task.payload["list_id"]), int(part)
        self._pending.complete_block(account_id, list_id, block)
        condition = self._filters.compiled(account_id, list_id, from_stored(task.payload["tree"]))
        columns = _columns(task)
        people = condition.among(self._contacts.block_contacts(account_id, list_id, block))
        return self._files.write_piece(task, part, [[_cell(person, column) for column in columns] for person in people])

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return self._files.join(task, [column.name for column in _columns(task)], outcomes)

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._files.drop_pieces(task, outcomes)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        self._files.discard(task, parts)


def _columns(task: Task) -> list[Column]:
    return [Column.from_json(stored) for stored in task.payload["columns"]]


def _cell(person: Contact, column: Column) -> str | int | None:
    match column.field:
        case PersonField.EXTERNAL_ID:
            return person.external_id
        case PersonField.EMAIL:
            return person.email
        case PersonField.CONTACT_ID:
            return f"{column.prefix}{person.id:x}" if column.prefix else person.id
    return None if column.attribute_id is None else person.attributes.get(column.attribute_id)
