"""Import CSV files from the web: a task fetches the file, then starts the import as for an upload."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from postrider.attributes.model import AttributeType
from postrider.contacts.model import DoubleOptIn, Status
from postrider.imports import csv_file
from postrider.imports.columns import OtherColumns
from postrider.imports.file_imports import FileImportService, FileOptions
from postrider.imports.service import list_for_import
from postrider.imports.uploads import CSV_TYPE, upload_key
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.tasks.model import Task, TaskType

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.accounts.model import Caller
    from postrider.lists.service import ListService
    from postrider.ports.fetcher import Fetcher
    from postrider.ports.object_store import ObjectStore
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

FETCH = "fetch"
GZIP = b"\x1f\x8b"
UNPACKED_BYTES = 1024 * 1024
"""Maximum size of the data that is decompressed at once."""
IMPORTS = frozenset({TaskType.CONTACTS_IMPORT, TaskType.CONTACTS_IMPORT_FETCH, TaskType.CONTACTS_IMPORT_ROWS})


class WebImportService:
    def __init__(self, lists: ListService, tasks: TaskService, runner: TaskRunner) -> None:
        self._lists, self._tasks, self._runner = lists, tasks, runner

    def start(self, account_id: str, list_id: int, url: str, options: FileOptions, *, requested_by: Caller) -> Task:
        """Start to fetch a file. The task reports problems of the file. Raises NotFound for the list."""
        list_for_import(self._lists, account_id, list_id, options.target)
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_IMPORT_FETCH,
            total=1,
            list_id=list_id,
            requested_by=requested_by,
            payload={"list_id": list_id, "url": url, "options": _as_json(options)},
        )
        self._runner.enqueue(task, [FETCH])
        return task

    def get(self, account_id: str, list_id: int, import_id: str) -> Task:
        """Return an import of this list; after a file was fetched, return the import of this file. Raises NotFound."""
        unknown = NotFound("Unknown import.", code="import_not_found", field="import_id")
        try:
            task = self._tasks.get(account_id, import_id)
            if task.type == TaskType.CONTACTS_IMPORT_FETCH and "import_id" in task.result:
                task = self._tasks.get(account_id, task.result["import_id"])
        except NotFound as exc:
            raise unknown from exc
        if task.type not in IMPORTS or task.list_id != list_id:
            raise unknown
        return task

    def all(self, account_id: str, list_id: int) -> list[Task]:
        """Return the imports of a list in order of creation; imports from the web are listed after their file was fetched."""
        return [
            task
            for task in self._tasks.all(account_id)
            if task.type in IMPORTS and task.list_id == list_id and "import_id" not in task.result
        ]


class FetchFileJob:
    """The job that fetches a file, in one part. Repeating it fetches and imports again, with the same result."""

    def __init__(
        self, fetcher: Fetcher, files: FileImportService, objects: ObjectStore, start_data: Callable[[Task, str], Task]
    ) -> None:
        """Initialize the job. `start_data` starts the import of a fetched file of people, events, objects or relations."""
        self._fetcher, self._files, self._objects, self._start_data = fetcher, files, objects, start_data

    def run(self, task: Task, part: str) -> dict[str, Any]:
        upload_id = random_id()  # one per attempt: an import started by an earlier attempt deletes its own file
        try:
            with self._fetcher.fetch(task.payload["url"], max_bytes=csv_file.MAX_BYTES) as chunks:
                pieces = unzipped(chunks, max_bytes=csv_file.MAX_BYTES)
                self._objects.write(upload_key(task.account_id, upload_id), pieces, content_type=CSV_TYPE)
            started = self._start(task, upload_id)
        except (Invalid, NotFound) as exc:
            return {"problem": exc.message}
        return {"import_id": started.id}

    def _start(self, task: Task, upload_id: str) -> Task:
        if "data" in task.payload:
            return self._start_data(task, upload_id)
        options = _from_json(task.payload["options"])
        return self._files.start(task.account_id, task.payload["list_id"], upload_id, options)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return outcomes[FETCH]

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the import deletes the file."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the import deletes the file."""


def unzipped(chunks: Iterable[bytes], *, max_bytes: int) -> Iterator[bytes]:
    """Yield the pieces of a file, decompressed if it is gzip. Raises Invalid past the limit, and for broken compression."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    if not first.startswith(GZIP):
        yield first
        yield from pieces
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    size = 0
    try:
        for chunk in chain([first], pieces):
            rest = chunk
            while rest:
                unpacked = unpacker.decompress(rest, UNPACKED_BYTES)
                size += len(unpacked)
                if size > max_bytes:
                    reason = f"The file is too large: at most {max_bytes} bytes are allowed."
                    raise Invalid(reason, code="file_too_large")
                yield unpacked
                rest = unpacker.unconsumed_tail
    except zlib.error as exc:
        raise Invalid("Invalid file: its compression is broken.", code="csv_invalid") from exc


def _as_json(options: FileOptions) -> dict[str, Any]:
    return {**asdict(options), "tags": sorted(options.tags), "interests": sorted(options.interests)}


def _from_json(stored: Mapping[str, Any]) -> FileOptions:
    enums = {
        "target": Status(stored["target"]),
        "double_opt_in": DoubleOptIn(stored["double_opt_in"]),
        "other_columns": OtherColumns(stored["other_columns"]),
        "types": {column: AttributeType(kind) for column, kind in stored["types"].items()},
    }
    return FileOptions(**{**stored, **enums})
