"""Import of a CSV file of any size: cut once, then written part by part as a task; repeating a part changes nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

import orjson

from postrider.accounts.model import Caller
from postrider.attributes.model import AttributeType
from postrider.attributes.service import AttributeService, Schema
from postrider.contacts.address import parse
from postrider.contacts.bulk_writer import ContactBulkWriter, Draft, Treatment
from postrider.contacts.model import DoubleOptIn, Status
from postrider.groups.rules import TAG_NAME
from postrider.imports import csv_file
from postrider.imports.model import RefusedRow
from postrider.imports.service import TakenRow, claimed, merged
from postrider.kit.csv_cells import restored, rows_as_csv
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.ports.object_store import ObjectMissing, ObjectStore, Upload
from postrider.storage.dynamo import in_chunks
from postrider.tasks.model import READY, Task
from postrider.tasks.service import TaskService

CONTACTS_IMPORT = "contactsimport"
CUT = "cut"
"""The first part of the task: where the others begin and end."""
ROWS_A_BATCH = 1000
SCAN_BYTES = 8 * 1024 * 1024
ERRORS_KEPT_A_PART = 1000
PARTS_WITH_ERRORS_KEPT = 100
"""The file of refused rows has at most 100,000; their number is always told."""
EMAIL, TAG_COLUMN = "email", "tags"
CSV_TYPE = "text/csv"

_BETWEEN_TAGS = re.compile(r"[,;|\s]+")


class Runner(Protocol):
    def enqueue(self, task: Task, parts: Sequence[str]) -> None: ...


class Lists(Protocol):
    def get(self, account_id: str, list_id: int) -> object: ...


class Groups(Protocol):
    def ensure(self, account_id: str, names: Collection[str]) -> Mapping[str, int]: ...


class Interests(Protocol):
    def require(self, account_id: str, list_id: int, names: Collection[str]) -> Mapping[str, int]: ...


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """`columns` says which attribute a column fills, or None to leave it out; others fill the one of their name.

    A column without attribute is refused, or makes one of type text with `create_attributes`.
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
        lists: Lists,
        attributes: AttributeService,
        groups: Groups,
        interests: Interests,
        tasks: TaskService,
        runner: Runner,
        objects: ObjectStore,
    ) -> None:
        self._lists, self._attributes, self._groups, self._interests = lists, attributes, groups, interests
        self._tasks, self._runner, self._objects = tasks, runner, objects

    def offer_upload(self, account_id: str, list_id: int) -> tuple[str, Upload]:
        """An id for `start`, and where the file can be put within 15 minutes. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        upload_id = random_id()
        return upload_id, self._objects.signed_upload(upload_key(account_id, upload_id), CSV_TYPE, csv_file.MAX_BYTES)

    def start(
        self, account_id: str, list_id: int, upload_id: str, options: FileOptions, *, requested_by: Caller | None = None
    ) -> Task:
        """Begin to import an uploaded file. Raises NotFound for list or file, Invalid when it cannot be imported."""
        self._lists.get(account_id, list_id)
        interests = self._interests.require(account_id, list_id, options.interests)
        key = upload_key(account_id, upload_id)
        try:
            size = self._objects.size(key)
            head = self._objects.get_range(key, 0, csv_file.HEAD_BYTES)
        except ObjectMissing as exc:
            raise NotFound("There is no such upload.", code="upload_not_found", loc=("body", "upload_id")) from exc
        if size > csv_file.MAX_BYTES:
            raise Invalid(f"A file has at most {csv_file.MAX_BYTES} bytes.", code="file_too_large")
        form = csv_file.form_of(head)
        columns = self._columns(account_id, list_id, form, options)
        groups = self._groups.ensure(account_id, options.tags)
        task = self._tasks.create(
            account_id,
            type=CONTACTS_IMPORT,
            total=1 + csv_file.parts_of(size),
            list_id=list_id,
            requested_by=requested_by,
            payload={
                "list_id": list_id,
                "key": key,
                "size": size,
                "delimiter": form.delimiter,
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
        """A URL for the file of refused rows, None when there are none (yet). Raises NotFound."""
        task = self._tasks.get(account_id, task_id)
        if task.type != CONTACTS_IMPORT:
            raise NotFound("There is no such import.", code="import_not_found", loc=("path", "import_id"))
        if task.status != READY or not task.result.get("refused"):
            return None
        return self._objects.signed_download(_errors_key(task), "refused.csv")

    def forget_refused(self, account_id: str) -> int:
        """Delete the files of refused rows; how many there were, at most."""
        found = [
            one for one in self._tasks.all(account_id) if one.type == CONTACTS_IMPORT and one.result.get("refused")
        ]
        for task in found:
            self._objects.delete(_errors_key(task))
        return len(found)

    def _columns(self, account_id: str, list_id: int, form: csv_file.Form, options: FileOptions) -> list[str | None]:
        """What each column is: "@email", "@tags", an attribute, or None for nothing."""
        unknown = set(options.columns) - set(form.columns)
        if unknown:
            at = ("body", "columns")
            raise Invalid(f"The header names no column {min(unknown)!r}.", code="csv_column_unknown", loc=at)
        meant = [options.columns.get(name, name) for name in form.columns]
        email = meant.index(EMAIL) if EMAIL in meant else csv_file.email_column(form.columns)
        if email is None:
            reason = "The header names no column for the email address; `columns` can say which it is."
            raise Invalid(reason, code="csv_without_email", loc=("body", "columns"))
        known = self._attributes.schema(account_id, list_id).types
        columns: list[str | None] = []
        new: list[str] = []
        for number, attribute in enumerate(meant):
            if number == email:
                columns.append("@email")
            elif attribute == TAG_COLUMN:
                columns.append("@tags")
            else:
                columns.append(attribute or None)
                new += [attribute] if attribute and attribute not in known else []
        if new and not options.create_attributes:
            raise Invalid(f"The list has no attribute {new[0]!r}.", code="attribute_unknown", loc=("body", "columns"))
        if new:
            self._create(account_id, list_id, new)
        return columns

    def _create(self, account_id: str, list_id: int, names: Sequence[str]) -> None:
        try:
            self._attributes.create_all(account_id, list_id, names, AttributeType.TEXT)
        except (Conflict, Invalid) as exc:
            raise Invalid(exc.message, code=exc.code, loc=("body", "columns")) from exc


class ImportFile:
    """The job: one part cuts the file, each other one writes the contacts of its range of bytes."""

    def __init__(
        self,
        batches: ContactBulkWriter,
        lists: Lists,
        attributes: AttributeService,
        groups: Groups,
        runner: Runner,
        objects: ObjectStore,
    ) -> None:
        self._batches, self._lists, self._attributes, self._groups = batches, lists, attributes, groups
        self._runner, self._objects = runner, objects

    def run(self, task: Task, part: str) -> dict[str, Any]:
        return self._cut(task) if part == CUT else self._write(task, part)

    def _cut(self, task: Task) -> dict[str, Any]:
        """Parts are enqueued again when this is repeated, and do nothing the second time."""
        key, size = task.payload["key"], task.payload["size"]
        form = csv_file.form_of(self._objects.get_range(key, 0, csv_file.HEAD_BYTES))
        cuts = csv_file.Cuts(form, size)
        try:
            for start in range(form.data_at, size, SCAN_BYTES):
                cuts.feed(self._objects.get_range(key, start, min(start + SCAN_BYTES, size)))
            offsets = cuts.offsets()
        except Invalid as exc:
            # What cannot be cut has no parts; they are told why instead.
            offsets, plan = [], {"problem": exc.message}
        else:
            plan = {}
        self._objects.put(_plan_key(task), orjson.dumps({"offsets": offsets, "encoding": cuts.encoding, **plan}))
        self._runner.enqueue(task, [f"{number:06d}" for number in range(csv_file.parts_of(size))])
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
        done = _Tally()
        rows = _rows(raw, plan["encoding"], task.payload, schema, done.refused)
        for number, batch in enumerate(in_chunks(rows, ROWS_A_BATCH)):
            self._write_batch(task, f"{task.id}/{part}/{number}", batch, done)
        if done.refused.kept:
            self._objects.put(_refused_key(task, part), orjson.dumps(done.refused.kept))
        return done.outcome()

    def _write_batch(self, task: Task, once: str, rows: Sequence[TakenRow], done: "_Tally") -> None:
        account_id, list_id, payload = task.account_id, task.payload["list_id"], task.payload
        target = Status(payload["target"])
        found = merged(rows)
        groups = self._groups.ensure(account_id, {tag for row in found.values() for tag in row.tags})
        drafts: dict[str, Draft] = claimed(self._batches, account_id, list_id, found, target, groups)
        treatment = Treatment(
            target=target,
            double_opt_in=DoubleOptIn(payload["double_opt_in"]),
            groups=frozenset(payload["groups"]),
            interests=frozenset(payload["interests"]),
        )
        written = self._batches.write(account_id, list_id, list(drafts.values()), treatment, once=once)
        done.created += written.created
        done.updated += written.updated
        done.deleted += written.deleted
        by_id = {draft.contact_id: found[address] for address, draft in drafts.items()}
        for contact_id, exc in written.unfit.items():
            row = by_id[contact_id]
            done.refused.add(RefusedRow(number=row.number, email=row.address.given, code=exc.code, reason=exc.message))

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
        """What was uploaded as well: nobody will read it any more."""
        for key in (task.payload["key"], _plan_key(task), _errors_key(task)):
            self._objects.delete(key)
        for part in parts:
            self._drop_refused(task, part)

    def _join_refused(self, task: Task, parts: Mapping[str, Mapping[str, Any]]) -> None:
        before = dict(zip(parts, accumulate((outcome["rows"] for outcome in parts.values()), initial=0), strict=False))
        pieces = []
        refusing = [part for part, outcome in parts.items() if outcome["refused"]]
        for part in refusing[:PARTS_WITH_ERRORS_KEPT]:
            kept = orjson.loads(self._objects.get(_refused_key(task, part)))
            rows = ([before[part] + number, email, code, reason] for number, email, code, reason in kept)
            self._objects.put(f"{_refused_key(task, part)}.csv", rows_as_csv(rows), content_type=CSV_TYPE)
            pieces.append(f"{_refused_key(task, part)}.csv")
        header = rows_as_csv([["row", "email", "code", "reason"]])
        self._objects.join(_errors_key(task), header, pieces, content_type=CSV_TYPE)

    def _drop_refused(self, task: Task, part: str) -> None:
        self._objects.delete(_refused_key(task, part))
        self._objects.delete(f"{_refused_key(task, part)}.csv")


class _Refused:
    """Refused rows of a part: all counted, the first ones kept."""

    def __init__(self) -> None:
        self.rows = self.count = 0
        self.kept: list[list[Any]] = []

    def add(self, row: RefusedRow) -> None:
        self.count += 1
        if len(self.kept) < ERRORS_KEPT_A_PART:
            self.kept.append([row.number, row.email, row.code, row.reason])


class _Tally:
    def __init__(self) -> None:
        self.refused = _Refused()
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
    raw: bytes, encoding: str, payload: Mapping[str, Any], schema: Schema, refused: _Refused
) -> Iterator[TakenRow]:
    """The good rows of a part; bad ones go to `refused`. Rows count from 1 within the part, the header is none."""
    columns: list[str | None] = payload["columns"]
    for number, cells in enumerate(csv_file.records(raw, encoding, payload["delimiter"]), start=1):
        refused.rows = number
        try:
            yield _row(number, cells, columns, schema)
        except Invalid as exc:
            email = "" if cells is None else next(iter(cells[columns.index("@email") :]), "")
            refused.add(RefusedRow(number=number, email=email, code=exc.code, reason=exc.message))


def _row(number: int, cells: list[str] | None, columns: Sequence[str | None], schema: Schema) -> TakenRow:
    if cells is None or any("\0" in cell for cell in cells):
        raise Invalid("The row cannot be read; perhaps a quote is never closed.", code="csv_row_invalid")
    if len(cells) > len(columns):
        raise Invalid(f"The row has {len(cells)} cells, the header has {len(columns)}.", code="csv_row_too_long")
    # An empty cell says nothing about the contact, so it clears nothing.
    given = {name: restored(cell) for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    address = parse(given.pop("@email", ""))
    tags = frozenset(filter(None, _BETWEEN_TAGS.split(given.pop("@tags", ""))))
    for tag in tags:
        if not TAG_NAME.fullmatch(tag):
            raise Invalid(f"{tag[:80]!r} is not a tag.", code="tag_invalid")
    return TakenRow(number=number, address=address, attributes=schema.values_of(given), tags=tags)


def upload_key(account_id: str, upload_id: str) -> str:
    """Where an uploaded file lies until it is imported. Raises NotFound for an id that is none."""
    if not re.fullmatch(r"[0-9a-z]{1,64}", upload_id):
        raise NotFound("There is no such upload.", code="upload_not_found", loc=("body", "upload_id"))
    return f"imports/{account_id}/uploads/{upload_id}.csv"


def _plan_key(task: Task) -> str:
    return f"imports/{task.account_id}/{task.id}/plan.json"


def _refused_key(task: Task, part: str) -> str:
    return f"imports/{task.account_id}/{task.id}/refused-{part}"


def _errors_key(task: Task) -> str:
    return f"imports/{task.account_id}/{task.id}/refused.csv"
