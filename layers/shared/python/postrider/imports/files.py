"""Import CSV files of any size as tasks: cut the file, then write its parts. Repeating a part changes nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import orjson

from postrider.accounts.model import Caller
from postrider.attributes.model import AttributeType
from postrider.attributes.service import AttributeService, Schema
from postrider.contacts.address import parse
from postrider.contacts.bulk_writer import ContactBulkWriter, Draft, Treatment
from postrider.contacts.model import DoubleOptIn, Status
from postrider.groups.rules import TAG_NAME
from postrider.groups.service import GroupService
from postrider.imports import csv_file
from postrider.imports.model import RefusedRow
from postrider.imports.service import ValidRow, claim_addresses, list_for_import, merged, without_erased
from postrider.interests.service import InterestService
from postrider.kit.chunks import in_chunks
from postrider.kit.csv_cells import restored, rows_as_csv
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.lists.service import ListService
from postrider.ports.object_store import ObjectMissing, ObjectStore, Upload
from postrider.tasks.model import READY, Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

CUT = "cut"
"""The first part of the task: find the positions of all others."""
ROWS_PER_BATCH = 1000
SCAN_BYTES = 8 * 1024 * 1024
MAX_REFUSED_ROWS_PER_PART = 1000
MAX_PARTS_WITH_REFUSED_ROWS = 100
"""The file of refused rows has at most 100,000 rows; the task always has their full number."""
EMAIL, TAG_COLUMN = "email", "tags"
CSV_TYPE = "text/csv"

_BETWEEN_TAGS = re.compile(r"[,;|\s]+")


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The settings of an import.

    `columns` maps columns to attributes, or to None to skip them; other columns go to the attribute of their name. A
    column without an attribute is refused, or creates a text attribute when `create_attributes` is set.
    """

    target: Status = Status.ACTIVE
    double_opt_in: DoubleOptIn = DoubleOptIn.NEVER
    tags: Collection[str] = ()
    interests: Collection[str] = ()
    columns: Mapping[str, str | None] = field(default_factory=dict)
    create_attributes: bool = False


class FileImportService:
    def __init__(
        self,
        lists: ListService,
        attributes: AttributeService,
        groups: GroupService,
        interests: InterestService,
        tasks: TaskService,
        runner: TaskRunner,
        objects: ObjectStore,
    ) -> None:
        self._lists, self._attributes, self._groups, self._interests = lists, attributes, groups, interests
        self._tasks, self._runner, self._objects = tasks, runner, objects

    def offer_upload(self, account_id: str, list_id: int) -> tuple[str, Upload]:
        """Return an id for `start`, and a signed upload that is valid for 15 minutes. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        upload_id = random_id()
        return upload_id, self._objects.signed_upload(upload_key(account_id, upload_id), CSV_TYPE, csv_file.MAX_BYTES)

    def start(
        self, account_id: str, list_id: int, upload_id: str, options: FileOptions, *, requested_by: Caller | None = None
    ) -> Task:
        """Start to import an uploaded file. Raises NotFound for list or file, Invalid when it cannot be imported."""
        list_for_import(self._lists, account_id, list_id, options.target)
        interests = self._interests.require(account_id, list_id, options.interests)
        key = upload_key(account_id, upload_id)
        try:
            size = self._objects.size(key)
            head = self._objects.get_range(key, 0, csv_file.HEAD_BYTES)
        except ObjectMissing as exc:
            raise NotFound("Unknown upload.", code="upload_not_found", field="upload_id") from exc
        if size > csv_file.MAX_BYTES:
            reason = f"The file is too large: at most {csv_file.MAX_BYTES} bytes are allowed."
            raise Invalid(reason, code="file_too_large")
        file_format = csv_file.format_of(head)
        columns = self._columns(account_id, list_id, file_format, options)
        groups = self._groups.ensure(account_id, options.tags)
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_IMPORT,
            total=1 + csv_file.count_parts(size),
            list_id=list_id,
            requested_by=requested_by,
            payload={
                "list_id": list_id,
                "key": key,
                "size": size,
                "delimiter": file_format.delimiter,
                "columns": columns,
                "target": options.target.value,
                "double_opt_in": options.double_opt_in.value,
                "groups": sorted(groups.values()),
                "interests": sorted(interests.values()),
            },
        )
        self._runner.enqueue(task, [CUT])
        return task

    def errors_url(self, account_id: str, task_id: str) -> str | None:
        """Return a URL of the file of refused rows, None when there are none (yet). Raises NotFound."""
        task = self._tasks.get(account_id, task_id)
        if task.type != TaskType.CONTACTS_IMPORT:
            raise NotFound("Unknown import.", code="import_not_found", field="import_id")
        if task.status != READY or not task.result.get("refused"):
            return None
        return self._objects.signed_download(_errors_key(task), "refused.csv")

    def forget_refused(self, account_id: str) -> int:
        """Delete the files of refused rows. Return the number of imports that had one."""
        imports = [
            task
            for task in self._tasks.all(account_id)
            if task.type == TaskType.CONTACTS_IMPORT and task.result.get("refused")
        ]
        for task in imports:
            self._objects.delete(_errors_key(task))
        return len(imports)

    def _columns(
        self, account_id: str, list_id: int, file_format: csv_file.Format, options: FileOptions
    ) -> list[str | None]:
        """Return the target of each column: "@email", "@tags", the name of an attribute, or None to skip it."""
        unknown = set(options.columns) - set(file_format.columns)
        if unknown:
            reason = f"Unknown column {min(unknown)!r}: the header of the file does not have it."
            raise Invalid(reason, code="csv_column_unknown", field="columns")
        attributes = [options.columns.get(name, name) for name in file_format.columns]
        email_index = attributes.index(EMAIL) if EMAIL in attributes else csv_file.email_column(file_format.columns)
        if email_index is None:
            reason = "The file has no column `email`: name the column of addresses in `columns`."
            raise Invalid(reason, code="csv_without_email", field="columns")
        known = self._attributes.schema(account_id, list_id).types
        columns: list[str | None] = []
        new: list[str] = []
        for index, attribute in enumerate(attributes):
            if index == email_index:
                columns.append("@email")
            elif attribute == TAG_COLUMN:
                columns.append("@tags")
            else:
                columns.append(attribute or None)
                new += [attribute] if attribute and attribute not in known else []
        if new and not options.create_attributes:
            reason = f"Unknown attribute {new[0]!r}: map the column in `columns`, or set `create_attributes`."
            raise Invalid(reason, code="attribute_unknown", field="columns")
        if new:
            self._create(account_id, list_id, new)
        return columns

    def _create(self, account_id: str, list_id: int, names: Sequence[str]) -> None:
        try:
            self._attributes.create_all(account_id, list_id, names, AttributeType.TEXT)
        except (Conflict, Invalid) as exc:
            raise Invalid(exc.message, code=exc.code, field="columns") from exc


class ImportFile:
    """The job of an import. One part cuts the file, each other part writes the contacts of its range of bytes."""

    def __init__(
        self,
        batches: ContactBulkWriter,
        lists: ListService,
        attributes: AttributeService,
        groups: GroupService,
        runner: TaskRunner,
        objects: ObjectStore,
    ) -> None:
        self._batches, self._lists, self._attributes, self._groups = batches, lists, attributes, groups
        self._runner, self._objects = runner, objects

    def run(self, task: Task, part: str) -> dict[str, Any]:
        return self._cut(task) if part == CUT else self._write(task, part)

    def _cut(self, task: Task) -> dict[str, Any]:
        """Store the plan of the parts and enqueue them. A repetition enqueues them again, which changes nothing."""
        key, size = task.payload["key"], task.payload["size"]
        file_format = csv_file.format_of(self._objects.get_range(key, 0, csv_file.HEAD_BYTES))
        cutter = csv_file.FileCutter(file_format, size)
        try:
            for start in range(file_format.data_at, size, SCAN_BYTES):
                cutter.feed(self._objects.get_range(key, start, min(start + SCAN_BYTES, size)))
            offsets = cutter.offsets()
        except Invalid as exc:
            # A file that cannot be cut has no ranges: each part reports the problem instead.
            offsets, plan = [], {"problem": exc.message}
        else:
            plan = {}
        self._objects.put(_plan_key(task), orjson.dumps({"offsets": offsets, "encoding": cutter.encoding, **plan}))
        self._runner.enqueue(task, [f"{index:06d}" for index in range(csv_file.count_parts(size))])
        return {}

    def _write(self, task: Task, part: str) -> dict[str, Any]:
        plan = orjson.loads(self._objects.get(_plan_key(task)))
        if "problem" in plan:
            return {"rows": 0, "refused": 0, "problem": plan["problem"]}
        try:
            self._lists.get(task.account_id, task.payload["list_id"])
        except NotFound as exc:
            return {"rows": 0, "refused": 0, "problem": exc.message}
        start, end = plan["offsets"][int(part)], plan["offsets"][int(part) + 1]
        raw = self._objects.get_range(task.payload["key"], start, end)
        schema = self._attributes.schema(task.account_id, task.payload["list_id"])
        counts = _PartCounts()
        rows = _rows(raw, plan["encoding"], task.payload, schema, counts.refused)
        for index, batch in enumerate(in_chunks(rows, ROWS_PER_BATCH)):
            self._write_batch(task, f"{task.id}/{part}/{index}", batch, counts)
        if counts.refused.kept:
            self._objects.put(_refused_key(task, part), orjson.dumps(counts.refused.kept))
        return counts.outcome()

    def _write_batch(self, task: Task, once: str, rows: Sequence[ValidRow], counts: "_PartCounts") -> None:
        account_id, list_id, payload = task.account_id, task.payload["list_id"], task.payload
        target = Status(payload["target"])
        rows, erased = without_erased(self._batches, account_id, rows)
        for row in erased:
            counts.refused.add(row)
        by_address = merged(rows)
        groups = self._groups.ensure(account_id, {tag for row in by_address.values() for tag in row.tags})
        drafts: dict[str, Draft] = claim_addresses(self._batches, account_id, list_id, by_address, target, groups)
        treatment = Treatment(
            target=target,
            double_opt_in=DoubleOptIn(payload["double_opt_in"]),
            groups=frozenset(payload["groups"]),
            interests=frozenset(payload["interests"]),
        )
        written = self._batches.write(account_id, list_id, list(drafts.values()), treatment, once=once)
        counts.created += written.created
        counts.updated += written.updated
        counts.deleted += written.deleted
        by_id = {draft.contact_id: by_address[address] for address, draft in drafts.items()}
        for contact_id, exc in written.unfit.items():
            unfit_row = by_id[contact_id]
            refused = RefusedRow(
                number=unfit_row.number, email=unfit_row.address.original, code=exc.code, reason=exc.message
            )
            counts.refused.add(refused)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        parts = {part: outcome for part, outcome in sorted(outcomes.items()) if part != CUT}
        totals = {
            name: sum(outcome.get(name, 0) for outcome in parts.values())
            for name in ("rows", "created", "updated", "deleted", "refused")
        }
        problem = next((outcome["problem"] for outcome in parts.values() if "problem" in outcome), None)
        if totals["refused"]:
            self._join_refused(task, parts)
        return totals if problem is None else {**totals, "problem": problem}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._objects.delete(task.payload["key"])
        self._objects.delete(_plan_key(task))
        for part, outcome in outcomes.items():
            if outcome.get("refused"):
                self._drop_refused(task, part)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Delete all files of a failed import, the upload too, since nothing reads them any more."""
        for key in (task.payload["key"], _plan_key(task), _errors_key(task)):
            self._objects.delete(key)
        for part in parts:
            self._drop_refused(task, part)

    def _join_refused(self, task: Task, parts: Mapping[str, Mapping[str, Any]]) -> None:
        rows_before = accumulate((outcome["rows"] for outcome in parts.values()), initial=0)
        first_row = dict(zip(parts, rows_before, strict=False))
        pieces = []
        with_refused = [part for part, outcome in parts.items() if outcome["refused"]]
        for part in with_refused[:MAX_PARTS_WITH_REFUSED_ROWS]:
            kept = orjson.loads(self._objects.get(_refused_key(task, part)))
            rows = ([first_row[part] + number, email, code, reason] for number, email, code, reason in kept)
            self._objects.put(f"{_refused_key(task, part)}.csv", rows_as_csv(rows), content_type=CSV_TYPE)
            pieces.append(f"{_refused_key(task, part)}.csv")
        header = rows_as_csv([["row", "email", "code", "reason"]])
        self._objects.join(_errors_key(task), header, pieces, content_type=CSV_TYPE)

    def _drop_refused(self, task: Task, part: str) -> None:
        self._objects.delete(_refused_key(task, part))
        self._objects.delete(f"{_refused_key(task, part)}.csv")


class _RefusedRows:
    """The refused rows of a part: all are counted, the first ones are kept."""

    def __init__(self) -> None:
        self.rows = self.count = 0
        self.kept: list[list[Any]] = []

    def add(self, row: RefusedRow) -> None:
        self.count += 1
        if len(self.kept) < MAX_REFUSED_ROWS_PER_PART:
            self.kept.append([row.number, row.email, row.code, row.reason])


class _PartCounts:
    """The numbers of rows that a part has created, updated, deleted and refused."""

    def __init__(self) -> None:
        self.refused = _RefusedRows()
        self.created = self.updated = self.deleted = 0

    def outcome(self) -> dict[str, int]:
        return {
            "rows": self.refused.rows,
            "created": self.created,
            "updated": self.updated,
            "deleted": self.deleted,
            "refused": self.refused.count,
        }


def _rows(
    raw: bytes, encoding: str, payload: Mapping[str, Any], schema: Schema, refused: _RefusedRows
) -> Iterator[ValidRow]:
    """Yield the valid rows of a part and add the others to `refused`. Rows are numbered from 1 within the part."""
    columns: list[str | None] = payload["columns"]
    for number, cells in enumerate(csv_file.records(raw, encoding, payload["delimiter"]), start=1):
        refused.rows = number
        try:
            yield _row(number, cells, columns, schema)
        except Invalid as exc:
            email = "" if cells is None else next(iter(cells[columns.index("@email") :]), "")
            refused.add(RefusedRow(number=number, email=email, code=exc.code, reason=exc.message))


def _row(number: int, cells: list[str] | None, columns: Sequence[str | None], schema: Schema) -> ValidRow:
    if cells is None or any("\0" in cell for cell in cells):
        reason = "Invalid row: it has an unclosed quote or a NUL character."
        raise Invalid(reason, code="csv_row_invalid")
    if len(cells) > len(columns):
        reason = f"Invalid row: it has {len(cells)} cells, but the header has {len(columns)} columns."
        raise Invalid(reason, code="csv_row_too_long")
    # An empty cell leaves the attribute as it is.
    values = {name: restored(cell) for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    address = parse(values.pop("@email", ""))
    tags = frozenset(filter(None, _BETWEEN_TAGS.split(values.pop("@tags", ""))))
    for tag in tags:
        if not TAG_NAME.fullmatch(tag):
            reason = f"Invalid tag {tag[:80]!r}: expected 1 to 64 letters, digits and .-+_ characters."
            raise Invalid(reason, code="tag_invalid")
    return ValidRow(number=number, address=address, attributes=schema.values_of(values), tags=tags)


def upload_key(account_id: str, upload_id: str) -> str:
    """Return the object key of an uploaded file. Raises NotFound for an id of the wrong form."""
    if not re.fullmatch(r"[0-9a-z]{1,64}", upload_id):
        raise NotFound("Unknown upload.", code="upload_not_found", field="upload_id")
    return f"imports/{account_id}/uploads/{upload_id}.csv"


def _plan_key(task: Task) -> str:
    return f"imports/{task.account_id}/{task.id}/plan.json"


def _refused_key(task: Task, part: str) -> str:
    return f"imports/{task.account_id}/{task.id}/refused-{part}"


def _errors_key(task: Task) -> str:
    return f"imports/{task.account_id}/{task.id}/refused.csv"
