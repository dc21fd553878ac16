"""Import up to 1,000 contacts by one call: assign their ids at once, write the contacts through the queue."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from postrider.contacts import rules
from postrider.contacts.address import Address, parse
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.model import ConsentRecord, DoubleOptIn, Status, Value, WithdrawnBy
from postrider.contacts.queues import ADD_CONTACTS
from postrider.imports.model import ImportRow, InvalidRow, StartedImport
from postrider.imports.part_names import ROWS
from postrider.kit.clock import from_unix, unix
from postrider.kit.errors import Invalid, InvalidRows
from postrider.suppressions.rules import ErasedAddress
from postrider.tasks.model import Task, TaskType

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.attributes.service import AttributeService, Schema
    from postrider.contacts.bulk_writer import ContactBulkWriter
    from postrider.imports.repository import PendingImportRepository
    from postrider.lists.model import ContactList
    from postrider.lists.service import ListService
    from postrider.ports.object_store import ObjectStore
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

NO_GROUPS: Mapping[str, int] = {}
MAX_ROWS = 1000
"""Maximum number of rows per call (main-api.md, section 7). One allocation of ids has 1,024."""


@dataclass(frozen=True, kw_only=True)
class ValidRow:
    """A row with a valid address and values. For `number` and `cells` see `InvalidRow`.

    `status` comes from a column of a file, and `interests` has ids.
    """

    number: int
    address: Address
    attributes: dict[int, Value | None]
    tags: frozenset[str] = frozenset()
    interests: frozenset[int] = frozenset()
    status: Status | None = None
    opted_in_at: datetime | None = None
    consents: frozenset[ConsentRecord] = frozenset()
    cells: tuple[str, ...] = ()


def read_rows(rows: Sequence[ImportRow], schema: Schema) -> tuple[list[ValidRow], list[InvalidRow]]:
    """Split the rows into valid and refused ones, both in order; pure."""
    valid, refused = [], []
    for number, row in enumerate(rows):
        try:
            address = parse(row.email)
            values = schema.values_of(row.attributes)
        except Invalid as exc:
            field = str(exc.field[0])
            refused.append(InvalidRow(number=number, email=row.email, code=exc.code, reason=exc.message, field=field))
        else:
            valid.append(ValidRow(number=number, address=address, attributes=values))
    return valid, refused


def _invalid_rows(refused: Sequence[InvalidRow], count: int) -> InvalidRows:
    problems = [
        Invalid(row.reason, code=row.code, field=("contacts", row.number, row.field or "email"))
        for row in sorted(refused, key=lambda row: row.number)
    ]
    return InvalidRows(f"{len(refused)} of {count} contacts are invalid; none is imported.", problems=problems)


def merged(rows: Sequence[ValidRow]) -> dict[str, ValidRow]:
    """Return one row per canonical address: the strictest status wins, other values of later rows replace earlier ones."""
    by_address: dict[str, ValidRow] = {}
    for row in rows:
        before = by_address.get(row.address.canonical)
        by_address[row.address.canonical] = (
            row
            if before is None
            else replace(
                before,
                attributes={**before.attributes, **row.attributes},
                tags=before.tags | row.tags,
                interests=before.interests | row.interests,
                status=rules.strictest(before.status, row.status),
                opted_in_at=row.opted_in_at or before.opted_in_at,
                consents=before.consents | row.consents,
            )
        )
    return by_address


def list_for_import(lists: ListService, account_id: str, list_id: int, target: Status) -> ContactList:
    """Return the list. Raises NotFound, or Invalid if it is archived and the import would add active contacts."""
    if target == Status.ACTIVE:
        return lists.open_for_contacts(account_id, list_id)
    return lists.get(account_id, list_id)


def without_erased(
    bulk_writer: ContactBulkWriter, account_id: str, rows: Sequence[ValidRow]
) -> tuple[list[ValidRow], list[InvalidRow]]:
    """Split the rows into importable rows and rows of erased persons."""
    erased = bulk_writer.erased(account_id, {row.address.canonical for row in rows})
    reason = ErasedAddress()
    return [row for row in rows if row.address.canonical not in erased], [
        InvalidRow(
            number=row.number,
            email=row.address.original,
            code=reason.code,
            reason=reason.message,
            field="email",
            cells=row.cells,
        )
        for row in rows
        if row.address.canonical in erased
    ]


COUNTS = ("rows", "created", "updated", "deleted", "duplicates", "refused")


def totals_of(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums of the parts of an import. Rows without any change are counted as `unchanged`.

    `duplicates` are rows with the address of an earlier row.
    """
    parts = list(outcomes)
    totals = {name: sum(part.get(name, 0) for part in parts) for name in COUNTS}
    return totals | {"unchanged": 2 * totals["rows"] - sum(totals.values())}


class ImportService:
    def __init__(
        self,
        bulk_writer: ContactBulkWriter,
        lists: ListService,
        attributes: AttributeService,
        objects: ObjectStore,
        tasks: TaskService,
        runner: TaskRunner,
        pending: PendingImportRepository,
    ) -> None:
        self._bulk_writer, self._lists, self._attributes = bulk_writer, lists, attributes
        self._objects, self._tasks, self._runner, self._pending = objects, tasks, runner, pending

    def start(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[ImportRow],
        *,
        target: Status = Status.ACTIVE,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
        starts_workflows: bool = False,
        requested_by: Caller | None = None,
    ) -> StartedImport:
        """Import the rows: allocate the ids of the contacts now; the queue writes the contacts within seconds.

        With `starts_workflows`, new active contacts enter the workflows of the list. If `target` is deleted, unknown addresses
        get no id. Raises NotFound for the list, Invalid for too many rows, and InvalidRows with each invalid row; then no
        row is imported.
        """
        list_for_import(self._lists, account_id, list_id, target)
        if len(rows) > MAX_ROWS:
            raise Invalid(
                f"Too many contacts: at most {MAX_ROWS} are allowed in one call.",
                code="too_many_contacts",
                details={"max_contacts": MAX_ROWS},
                field="contacts",
            )
        valid, refused = read_rows(rows, self._attributes.schema(account_id, list_id))
        valid, erased = without_erased(self._bulk_writer, account_id, valid)
        if refused or erased:
            raise _invalid_rows([*refused, *erased], len(rows))
        import_id, contact_rows = self.enqueue(
            account_id,
            list_id,
            valid,
            target=target,
            double_opt_in=double_opt_in,
            starts_workflows=starts_workflows,
            requested_by=requested_by,
        )
        ids = [contact_rows[row.address.canonical].contact_id for row in valid if row.address.canonical in contact_rows]
        return StartedImport(import_id=import_id, contact_ids=ids)

    def enqueue(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[ValidRow],
        *,
        target: Status = Status.ACTIVE,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
        groups: frozenset[int] = frozenset(),
        starts_workflows: bool = False,
        requested_by: Caller | None = None,
    ) -> tuple[str, dict[str, ContactRow]]:
        """Claim the addresses and enqueue the rows; return the id of the import and the rows by address."""
        by_address = merged(rows)
        removals = self._bulk_writer.removals(account_id, list_id)
        contact_rows = claim_addresses(self._bulk_writer, account_id, list_id, by_address, target)
        import_id = str(uuid.uuid4())
        body = {
            "target": target.value,
            "double_opt_in": double_opt_in.value,
            "groups": sorted(groups),
            "starts_workflows": starts_workflows,
            "removals": removals,
            "rows": [_stored(contact_row) for contact_row in contact_rows.values()],
        }
        # Store the rows and the ids before enqueuing, so that the worker and other calls find them.
        self._objects.put(_key(account_id, import_id), orjson.dumps(body), content_type="application/json")
        task = self._tasks.create(
            account_id,
            task_id=import_id,
            type=TaskType.CONTACTS_IMPORT_ROWS,
            total=1,
            list_id=list_id,
            requested_by=requested_by,
            payload={
                "list_id": list_id,
                "import_to": target.value,
                "rows": len(rows),
                "duplicates": len(rows) - len(by_address),
            },
        )
        if target != Status.DELETED:
            contact_ids = [contact_row.contact_id for contact_row in contact_rows.values()]
            self._pending.add(account_id, list_id, import_id, contact_ids, expires_at=task.expires_at)
        self._runner.enqueue(task, [ROWS], queue=ADD_CONTACTS)
        return import_id, contact_rows


class ImportRowsJob:
    """The job of an import by one call; its single part writes all rows."""

    def __init__(
        self, bulk_writer: ContactBulkWriter, lists: ListService, objects: ObjectStore, pending: PendingImportRepository
    ) -> None:
        self._bulk_writer, self._lists, self._objects, self._pending = bulk_writer, lists, objects, pending

    def run(self, task: Task, part: str) -> dict[str, Any]:
        account_id, list_id = task.account_id, task.payload["list_id"]
        body = orjson.loads(self._objects.get(_key(account_id, task.id)))
        self._lists.get(account_id, list_id)
        contact_rows = [_contact_row(row) for row in body["rows"]]
        options = WriteOptions(
            target=Status(body["target"]),
            double_opt_in=DoubleOptIn(body["double_opt_in"]),
            groups=frozenset(body["groups"]),
            starts_workflows=body["starts_workflows"],
        )
        written = self._bulk_writer.write(
            account_id, list_id, contact_rows, options, part_key=task.id, removals=body["removals"]
        )
        return {
            "rows": task.payload["rows"],
            "created": written.created,
            "updated": written.updated,
            "deleted": written.deleted,
            "duplicates": task.payload["duplicates"],
            "refused": len(written.unfit),
        }

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        self._pending.remove(task.account_id, task.payload["list_id"], task.id)
        return totals_of(outcomes.values())

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._objects.delete(_key(task.account_id, task.id))

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Delete the rows of an import that has failed or was deleted; its remaining contacts are never written."""
        self._pending.remove(task.account_id, task.payload["list_id"], task.id)
        self._objects.delete(_key(task.account_id, task.id))


def claim_addresses(
    bulk_writer: ContactBulkWriter,
    account_id: str,
    list_id: int,
    rows: Mapping[str, ValidRow],
    target: Status,
    groups: Mapping[str, int] = NO_GROUPS,
    part_key: str | None = None,
) -> dict[str, ContactRow]:
    """Claim the addresses and return a contact_row for each. Unknown contacts to delete are omitted.

    `groups` has the ids of the tags in the rows; for `part_key` see `ContactBulkWriter.reserve`.
    """
    if target == Status.DELETED:
        claims = {
            address: (claim, False) for address, claim in bulk_writer.known(account_id, list_id, rows.keys()).items()
        }
    else:
        claims = bulk_writer.reserve(account_id, list_id, list(rows), part_key=part_key)
    return {
        address: ContactRow(
            email=row.address.original,
            address=address,
            contact_id=claims[address][0].contact_id,
            subscribed_at=claims[address][0].subscribed_at,
            is_new=claims[address][1],
            attributes=row.attributes,
            groups=frozenset(groups[tag] for tag in row.tags),
            interests=row.interests,
            status=row.status,
            opted_in_at=row.opted_in_at,
            has_consents=bool(row.consents),
            departure=claims[address][0].departure,
            is_claimed=claims[address][0].is_stored,
        )
        for address, row in rows.items()
        if address in claims
    }


def _key(account_id: str, import_id: str) -> str:
    return f"imports/{account_id}/{import_id}/rows.json"


def _stored(contact_row: ContactRow) -> dict[str, Any]:
    return {
        "email": contact_row.email,
        "address": contact_row.address,
        "id": contact_row.contact_id,
        "at": unix(contact_row.subscribed_at),
        "new": contact_row.is_new,
        "departure": contact_row.departure,
        "attributes": {str(attribute_id): value for attribute_id, value in contact_row.attributes.items()},
    }


def _contact_row(row: dict[str, Any]) -> ContactRow:
    return ContactRow(
        email=row["email"],
        address=row["address"],
        contact_id=row["id"],
        subscribed_at=from_unix(row["at"]),
        is_new=row["new"],
        departure=row["departure"] and WithdrawnBy(row["departure"]),
        is_claimed=True,
        attributes={int(attribute_id): value for attribute_id, value in row["attributes"].items()},
    )
