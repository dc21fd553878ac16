"""Start imports of files of addresses and patterns that an account suppresses."""

from collections.abc import Sequence

from postrider.accounts.model import Caller
from postrider.imports import csv_file
from postrider.imports.columns import email_columns
from postrider.imports.data_model import DataKind, DataOptions
from postrider.imports.reports import REFUSED, ImportReports
from postrider.imports.uploads import UploadedFiles
from postrider.kit.errors import Invalid, NotFound
from postrider.ports.object_store import ObjectStore, Upload
from postrider.tasks.model import READY, Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

MAX_BYTES = 16 * 1024 * 1024
"""Maximum size of a file, about 500,000 addresses: for an hour, senders read the entries of the last hour every two seconds."""
EMAIL, SOURCE = "email", "source"
"""Targets of columns."""
SOURCE_NAMES = ("source", "reason")


class SuppressionFileService:
    def __init__(self, tasks: TaskService, runner: TaskRunner, objects: ObjectStore) -> None:
        self._tasks, self._uploads, self._reports = tasks, UploadedFiles(tasks, runner, objects), ImportReports(objects)

    def offer_upload(self, account_id: str) -> tuple[str, Upload]:
        """Return an id for `start`, and a signed upload that is valid for 15 minutes."""
        return self._uploads.offer(account_id, max_bytes=MAX_BYTES)

    def start(
        self, account_id: str, upload_id: str, *, dry_run: bool = False, requested_by: Caller | None = None
    ) -> Task:
        """Start to import an uploaded file. Raises NotFound for the file, Invalid when it cannot be imported.

        A `dry_run` only counts the changes of an import, and writes nothing; the upload can be imported afterwards.
        """
        file = self._uploads.read(account_id, upload_id, max_bytes=MAX_BYTES)
        file_format = csv_file.format_of(file.head)
        return self._uploads.start_import(
            file,
            file_format,
            {
                "columns": targets_of(file_format.columns),
                "encoding": None,
                "dry_run": dry_run,
                "data": DataOptions(kind=DataKind.SUPPRESSIONS).as_json(),
            },
            type=TaskType.SUPPRESSIONS_IMPORT,
            requested_by=requested_by,
        )

    def get(self, account_id: str, import_id: str) -> Task:
        """Return an import. Raises NotFound."""
        unknown = NotFound("Unknown import.", code="import_not_found", field="suppression_import_id")
        try:
            task = self._tasks.get(account_id, import_id)
        except NotFound as exc:
            raise unknown from exc
        if task.type != TaskType.SUPPRESSIONS_IMPORT:
            raise unknown
        return task

    def all(self, account_id: str) -> list[Task]:
        """Return the imports of the last days, the newest first."""
        tasks = self._tasks.all(account_id)
        return [task for task in reversed(tasks) if task.type == TaskType.SUPPRESSIONS_IMPORT]

    def errors_url(self, task: Task) -> str | None:
        """Return a URL of the file of refused rows, None when there are none (yet)."""
        return self._reports.url(task, REFUSED) if task.status == READY else None


def targets_of(columns: Sequence[str]) -> list[str]:
    """Return what each column fills, "" for those that are skipped. Raises Invalid unless one column has the addresses."""
    emails = email_columns(columns)
    if not emails:
        reason = "The file has no column `email`: name the column of addresses and patterns in its first line."
        raise Invalid(reason, code="csv_without_email", field="columns")
    sources = [index for index, name in enumerate(columns) if name.strip().casefold() in SOURCE_NAMES]
    if len(emails) > 1:
        names = ", ".join(repr(columns[index]) for index in emails)
        reason = f"Several columns have the address: {names}. Keep one of them."
        raise Invalid(reason, code="csv_column_repeated", field="columns")
    if len(sources) > 1:
        reason = "Several columns have the reason: keep one column `source` or `reason`."
        raise Invalid(reason, code="csv_column_repeated", field="columns")
    return [EMAIL if index in emails else SOURCE if index in sources else "" for index in range(len(columns))]
