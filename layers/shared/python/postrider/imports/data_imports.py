"""Import data from the web: a task fetches the file, then starts the import of its rows as for other files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postrider.imports import csv_file
from postrider.imports.data_model import DataImport, DataOptions, ImportProgress, ImportStage
from postrider.imports.data_rows import check_columns
from postrider.imports.uploads import CUT, UploadedFiles
from postrider.imports.web_imports import FETCH
from postrider.kit.errors import NotFound
from postrider.storage import sequences
from postrider.tasks.model import DELETED, ERROR, PENDING, READY, Task, TaskType
from postrider.tasks.service import KEPT_AFTER_EXPIRY, LIFETIME, TaskService

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.imports.data_repository import DataImportRepository
    from postrider.kit.clock import Clock
    from postrider.lists.service import ListService
    from postrider.ports.object_store import ObjectStore
    from postrider.tasks.runner import TaskRunner

MAX_BYTES = 100 * 1024 * 1024
"""Maximum size of a file."""


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """The request of an import by a program."""

    name: str
    description: str
    url: str
    options: DataOptions


class DataFileService:
    """Start imports of files that were fetched."""

    def __init__(self, tasks: TaskService, runner: TaskRunner, objects: ObjectStore) -> None:
        self._uploads = UploadedFiles(tasks, runner, objects)

    def start(self, fetch: Task, upload_id: str) -> Task:
        """Start the import of a file for the task that fetched it. Raises NotFound, Invalid if it cannot be imported."""
        file = self._uploads.read(fetch.account_id, upload_id, max_bytes=MAX_BYTES)
        file_format = csv_file.format_of(file.head)
        check_columns(file_format.columns, DataOptions.from_json(fetch.payload["data"]))
        return self._uploads.start_import(
            file,
            file_format,
            {"encoding": None, "dry_run": False, "data": fetch.payload["data"]},
            list_id=fetch.payload["list_id"],
            description=fetch.description,
        )


class DataImportService:
    """The imports of an account by their numbers. They belong to the default list, and are listed with its imports."""

    def __init__(
        self,
        imports: DataImportRepository,
        lists: ListService,
        tasks: TaskService,
        runner: TaskRunner,
        now: Clock,
    ) -> None:
        self._imports, self._lists, self._tasks, self._runner, self._now = imports, lists, tasks, runner, now

    def start(self, account_id: str, request: ImportRequest, *, requested_by: Caller) -> DataImport:
        """Start to fetch a file. The import reports problems of the file."""
        list_id = self._lists.default(account_id).id
        task = self._tasks.create(
            account_id,
            type=TaskType.CONTACTS_IMPORT_FETCH,
            total=1,
            list_id=list_id,
            description=request.name,
            requested_by=requested_by,
            payload={"list_id": list_id, "url": request.url, "data": request.options.as_json()},
        )
        data_import = DataImport(
            id=sequences.allocate("import"),
            account_id=account_id,
            name=request.name,
            description=request.description,
            options=request.options,
            task_id=task.id,
            created_at=self._now(),
        )
        self._imports.add(data_import, expires_at=self._now() + LIFETIME + KEPT_AFTER_EXPIRY)
        self._runner.enqueue(task, [FETCH])
        return data_import

    def get(self, account_id: str, import_id: int) -> DataImport:
        """Return an import that has not expired. Raises NotFound."""
        return self._imports.get(account_id, import_id)

    def progress(self, data_import: DataImport) -> ImportProgress:
        """Return the progress of the import."""
        account_id = data_import.account_id
        try:
            task = self._tasks.get(account_id, data_import.task_id)
            if "import_id" in task.result:
                task = self._tasks.get(account_id, task.result["import_id"])
        except NotFound:  # the tasks expired
            return ImportProgress(
                stage=ImportStage.CANCELLED, rows=0, imported=0, problem=None, updated_at=data_import.created_at
            )
        outcomes = self._tasks.outcomes(task) if task.type == TaskType.CONTACTS_IMPORT and task.done else {}
        parts = [outcome for part, outcome in outcomes.items() if part != CUT]
        rows = sum(_importable(outcome) for outcome in parts)
        problem = task.result.get("problem") or task.result.get("reason")
        return ImportProgress(
            stage=_stage(task, problem, parts),
            rows=rows,
            imported=rows,
            problem=problem,
            updated_at=task.progressed_at or task.created_at,
        )


def _importable(outcome: dict[str, Any]) -> int:
    return int(outcome.get("rows", 0)) - int(outcome.get("refused", 0)) - int(outcome.get("skipped", 0))


def _stage(task: Task, problem: str | None, parts: Collection[dict[str, Any]]) -> ImportStage:
    if task.status == DELETED:
        return ImportStage.CANCELLED
    if task.status == ERROR or (task.status == READY and problem):
        return ImportStage.FAILED
    if task.type == TaskType.CONTACTS_IMPORT_FETCH:
        return ImportStage.FETCHING if task.status == PENDING else ImportStage.FETCHED
    if task.status == READY:
        return ImportStage.IMPORTED
    if not task.done:
        return ImportStage.CUTTING
    return ImportStage.WRITING if parts else ImportStage.CUT
