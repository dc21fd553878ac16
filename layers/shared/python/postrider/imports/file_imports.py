"""Import CSV files of any size as tasks: cut the file, then write its parts. Repeating a part changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from postrider.attributes.model import AttributeType
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.model import DoubleOptIn, Status, WithdrawnBy
from postrider.imports import csv_file
from postrider.imports.columns import INTERESTS, ColumnOptions, planned
from postrider.imports.data_model import DataKind, DataOptions
from postrider.imports.data_rows import DataRow, read_row, refused_row
from postrider.imports.file_rows import RowReader
from postrider.imports.model import InvalidRow
from postrider.imports.part_counts import SAMPLE_ROWS, PartCounts
from postrider.imports.reports import REFUSED, WARNINGS, ImportReports, parts_with_rows
from postrider.imports.service import ValidRow, claim_addresses, list_for_import, merged, totals_of, without_erased
from postrider.imports.uploads import CUT, UploadedFiles
from postrider.kit.chunks import in_chunks
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.tasks.model import READY, Task, TaskType

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.attributes.service import AttributeService
    from postrider.contacts.bulk_writer import ContactBulkWriter
    from postrider.contacts.consents import ConsentRecords
    from postrider.groups.service import GroupService
    from postrider.interests.service import InterestService
    from postrider.lists.service import ListService
    from postrider.ports.object_store import ObjectStore, Upload
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

ROWS_PER_BATCH = 1000
SCAN_BYTES = 8 * 1024 * 1024
FILES = frozenset({TaskType.CONTACTS_IMPORT, TaskType.SUPPRESSIONS_IMPORT})
"""Imports with reports."""


@dataclass(frozen=True, kw_only=True)
class FileOptions(ColumnOptions):
    """The settings of an import. A `dry_run` only counts the changes of an import, and writes nothing.

    `encoding` is one of `csv_file.ENCODINGS`, or None to detect it. With `starts_workflows`, new active contacts enter the
    workflows of the list.
    """

    target: Status = Status.ACTIVE
    double_opt_in: DoubleOptIn = DoubleOptIn.NEVER
    tags: Collection[str] = ()
    interests: Collection[str] = ()
    encoding: str | None = None
    dry_run: bool = False
    starts_workflows: bool = False


class RowsWriter(Protocol):
    """A writer of rows of one kind of data."""

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        """Write rows of a part and count them; `part_key` is the name of these rows. Repeating the call changes nothing."""
        ...


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
        self._tasks, self._uploads, self._reports = tasks, UploadedFiles(tasks, runner, objects), ImportReports(objects)

    def offer_upload(self, account_id: str, list_id: int) -> tuple[str, Upload]:
        """Return an id for `start`, and a signed upload that is valid for 15 minutes. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._uploads.offer(account_id)

    def start(
        self, account_id: str, list_id: int, upload_id: str, options: FileOptions, *, requested_by: Caller | None = None
    ) -> Task:
        """Start to import an uploaded file. Raises NotFound for list or file, Invalid if it cannot be imported."""
        list_for_import(self._lists, account_id, list_id, options.target)
        interests = self._interests.require(account_id, list_id, options.interests)
        file = self._uploads.read(account_id, upload_id)
        file_format = csv_file.format_of(file.head, options.encoding)
        known = self._attributes.schema(account_id, list_id).types
        plan = planned(
            file_format.columns, options, known, csv_file.first_rows(file.head, file_format, options.encoding)
        )
        if not options.dry_run:
            self._create(account_id, list_id, plan.new)
        groups = {} if options.dry_run else self._groups.ensure(account_id, options.tags)
        return self._uploads.start_import(
            file,
            file_format,
            {
                "columns": plan.targets,
                "encoding": options.encoding,
                "import_to": options.target.value,
                "double_opt_in": options.double_opt_in.value,
                "groups": sorted(groups.values()),
                "interests": sorted(interests.values()),
                "dry_run": options.dry_run,
                "starts_workflows": options.starts_workflows,
                "new": plan.new if options.dry_run else {},
            },
            list_id=list_id,
            requested_by=requested_by,
        )

    def errors_url(self, account_id: str, task_id: str) -> str | None:
        """Return a URL of the file of refused rows, or None if it does not exist (yet). Raises NotFound."""
        return self._report_url(account_id, task_id, REFUSED)

    def warnings_url(self, account_id: str, task_id: str) -> str | None:
        """Return a URL of the file of warnings, or None if it does not exist (yet). Raises NotFound."""
        return self._report_url(account_id, task_id, WARNINGS)

    def forget_refused(self, account_id: str) -> int:
        """Delete the reports, which contain addresses. Return the number of imports with reports."""
        imports = [
            task
            for task in self._tasks.all(account_id)
            if task.type in FILES and (task.result.get(REFUSED) or task.result.get(WARNINGS))
        ]
        for task in imports:
            self._reports.forget(task)
        return len(imports)

    def _report_url(self, account_id: str, task_id: str, report: str) -> str | None:
        task = self._tasks.get(account_id, task_id)
        if task.type != TaskType.CONTACTS_IMPORT:
            raise NotFound("Unknown import.", code="import_not_found", field="import_id")
        return self._reports.url(task, report) if task.status == READY else None

    def _create(self, account_id: str, list_id: int, new: Mapping[str, AttributeType]) -> None:
        """Create the attributes, whose names were checked. Raises Invalid."""
        for kind in sorted(set(new.values())):
            names = [name for name, new_kind in new.items() if new_kind == kind]
            try:
                self._attributes.create_all(account_id, list_id, names, kind)
            except (Conflict, Invalid) as exc:
                raise Invalid(exc.message, code=exc.code, field="columns") from exc


class ImportFileJob:
    """The job of an import. One part cuts the file, each other part writes the contacts of its range of bytes."""

    def __init__(
        self,
        bulk_writer: ContactBulkWriter,
        consents: ConsentRecords,
        lists: ListService,
        attributes: AttributeService,
        groups: GroupService,
        interests: InterestService,
        runner: TaskRunner,
        objects: ObjectStore,
        rows_writers: Mapping[DataKind, Callable[[], RowsWriter]],
    ) -> None:
        """Initialize the job. `rows_writers` builds the writers of rows of data, by kind."""
        self._bulk_writer, self._consents, self._lists, self._attributes = bulk_writer, consents, lists, attributes
        self._groups, self._interests, self._rows_writers = groups, interests, rows_writers
        self._runner, self._objects, self._reports = runner, objects, ImportReports(objects)

    def run(self, task: Task, part: str) -> dict[str, Any]:
        return self._cut(task) if part == CUT else self._write(task, part)

    def _cut(self, task: Task) -> dict[str, Any]:
        """Store the plan of the parts and enqueue them. Repeating it enqueues them again, which changes nothing."""
        key, size = task.payload["key"], task.payload["size"]
        head = self._objects.get_range(key, 0, csv_file.HEAD_BYTES)
        file_format = csv_file.format_of(head, task.payload["encoding"])
        cutter = csv_file.FileCutter(file_format, size)
        plan: dict[str, Any] = {"offsets": [], "encoding": task.payload["encoding"]}
        try:
            for start in range(file_format.data_at, size, SCAN_BYTES):
                cutter.feed(self._objects.get_range(key, start, min(start + SCAN_BYTES, size)))
            plan["offsets"] = cutter.offsets()
            plan["encoding"] = plan["encoding"] or cutter.encoding(head)
            if plan["encoding"] is None:
                plan["problem"] = (
                    "The encoding of the file is unknown: name it in `encoding`, or save the file as UTF-8."
                )
        except Invalid as exc:
            # A file that cannot be cut has no ranges: each part then reports the problem.
            plan["problem"] = exc.message
        self._objects.put(_plan_key(task), orjson.dumps(plan))
        self._runner.enqueue(task, [f"{index:06d}" for index in range(csv_file.count_parts(size))])
        return {"encoding": plan["encoding"]}

    def _write(self, task: Task, part: str) -> dict[str, Any]:
        plan = orjson.loads(self._objects.get(_plan_key(task)))
        if "problem" in plan:
            return {"rows": 0, "problem": plan["problem"]}
        try:
            if "list_id" in task.payload:
                self._lists.get(task.account_id, task.payload["list_id"])
        except NotFound as exc:
            return {"rows": 0, "problem": exc.message}
        start, end = plan["offsets"][int(part)], plan["offsets"][int(part) + 1]
        raw = self._objects.get_range(task.payload["key"], start, end)
        counts = PartCounts()
        records = csv_file.records(raw, plan["encoding"], task.payload["delimiter"])
        if "data" in task.payload:
            self._write_data(task, part, records, counts)
        else:
            rows = self._rows(task, records, counts)
            for index, batch in enumerate(in_chunks(rows, ROWS_PER_BATCH)):
                self._write_batch(task, f"{task.id}/{part}/{index}", batch, counts)
        self._reports.write_part(task, part, counts.report)
        return counts.outcome()

    def _write_data(self, task: Task, part: str, records: Iterable[list[str] | None], counts: PartCounts) -> None:
        """Write the rows of a part that are no contacts of a list."""
        options = DataOptions.from_json(task.payload["data"])
        writer = self._rows_writers[options.kind]()
        columns = task.payload.get("columns", task.payload["header"])
        for index, batch in enumerate(in_chunks(enumerate(records, start=1), ROWS_PER_BATCH)):
            rows: list[DataRow] = []
            for number, cells in batch:
                counts.rows = number
                try:
                    rows.append(read_row(number, cells, columns))
                except Invalid as exc:
                    counts.report.add(REFUSED, refused_row(number, cells, exc))
            if rows:
                writer.write(task, options, f"{task.id}/{part}/{index}", rows, counts)

    def _rows(self, task: Task, records: Iterable[list[str] | None], counts: PartCounts) -> Iterator[ValidRow]:
        """Yield the valid rows of a part and report the others. Rows are numbered from 1 within the part."""
        account_id, list_id, payload = task.account_id, task.payload["list_id"], task.payload
        schema = self._attributes.schema(account_id, list_id)
        schema.expect({name: AttributeType(kind) for name, kind in payload["new"].items()})
        has_interests = INTERESTS in payload["columns"]
        names = self._interests.names_of(account_id, list_id) if has_interests else {}
        reader = RowReader(payload["columns"], schema, {name: id_ for id_, name in names.items()}, task.created_at)
        for number, cells in enumerate(records, start=1):
            counts.rows = number
            try:
                row = reader.read(number, cells)
            except Invalid as exc:
                counts.report.add(REFUSED, reader.refused(number, cells, exc))
            else:
                if payload["dry_run"]:
                    counts.show(payload["columns"], row.cells)
                yield row
            for warning in reader.warnings:
                counts.report.add(WARNINGS, warning)
            reader.warnings.clear()

    def _write_batch(self, task: Task, part_key: str, rows: Sequence[ValidRow], counts: PartCounts) -> None:
        account_id, list_id, payload = task.account_id, task.payload["list_id"], task.payload
        target = Status(payload["import_to"])
        rows, erased = without_erased(self._bulk_writer, account_id, rows)
        for row in erased:
            counts.report.add(REFUSED, row)
        by_address = merged(rows)
        counts.duplicates += len(rows) - len(by_address)
        if payload["dry_run"]:
            counts.expect(target, len(by_address), len(self._bulk_writer.known(account_id, list_id, by_address.keys())))
            return
        groups = self._groups.ensure(account_id, {tag for row in by_address.values() for tag in row.tags})
        removals = self._bulk_writer.removals(account_id, list_id)
        contact_rows: dict[str, ContactRow] = claim_addresses(
            self._bulk_writer, account_id, list_id, by_address, target, groups, part_key
        )
        options = WriteOptions(
            target=target,
            double_opt_in=DoubleOptIn(payload["double_opt_in"]),
            groups=frozenset(payload["groups"]),
            interests=frozenset(payload["interests"]),
            starts_workflows=payload["starts_workflows"],
            unsubscribed_by=WithdrawnBy.PERSON,  # in the tool that wrote the file
        )
        written = self._bulk_writer.write(
            account_id, list_id, list(contact_rows.values()), options, part_key=part_key, removals=removals
        )
        counts.add(written)
        by_id = {contact_row.contact_id: by_address[address] for address, contact_row in contact_rows.items()}
        for contact_id, exc in written.unfit.items():
            unfit = by_id[contact_id]
            refused = InvalidRow(
                number=unfit.number,
                email=unfit.address.original,
                code=exc.code,
                reason=exc.message,
                cells=unfit.cells,
            )
            counts.report.add(REFUSED, refused)
        records = [
            (contact_id, record)
            for contact_id, row in by_id.items()
            for record in row.consents
            if contact_id not in written.unfit and target != Status.DELETED
        ]
        if records:
            self._consents.add_prepared(account_id, list_id, records)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        parts = {part: outcome for part, outcome in sorted(outcomes.items()) if part != CUT}
        encoding = outcomes[CUT]["encoding"]
        result: dict[str, Any] = {
            **totals_of(parts.values()),
            WARNINGS: sum(outcome.get(WARNINGS, 0) for outcome in parts.values()),
            "encoding": encoding,
            "encoding_guessed": task.payload["encoding"] is None and encoding != csv_file.UTF_8,
        }
        problem = next((outcome["problem"] for outcome in parts.values() if "problem" in outcome), None)
        self._reports.join(task, parts)
        if skipped := sum(outcome.get("skipped", 0) for outcome in parts.values()):
            result["skipped"] = skipped
        if task.payload["dry_run"]:
            shown = [row for outcome in parts.values() for row in outcome.get("shown", ())]
            result["shown"] = shown[:SAMPLE_ROWS]
        return result if problem is None else {**result, "problem": problem}

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Delete the files of the parts and, except after a dry run, the upload."""
        if not task.payload["dry_run"]:
            self._objects.delete(task.payload["key"])
        self._objects.delete(_plan_key(task))
        self._reports.drop_parts(task, parts_with_rows(outcomes))

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Delete all files of a failed import, including the upload."""
        self._objects.delete(task.payload["key"])
        self._objects.delete(_plan_key(task))
        self._reports.forget(task)
        self._reports.drop_parts(task, parts)


def is_dry_run(task: Task) -> bool:
    """Return whether an import only counts its changes; a task that fetches a file has this in its options."""
    return bool(task.payload.get("options", task.payload).get("dry_run", False))


def _plan_key(task: Task) -> str:
    return f"imports/{task.account_id}/{task.id}/plan.json"
