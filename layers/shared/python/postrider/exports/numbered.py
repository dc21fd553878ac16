"""Manage exports with numbers, which count the links to their files; each export is a task."""

from postrider.exports.files import ExportFiles
from postrider.exports.model import ExportKind, ExportRecord, ExportState, NumberedExport
from postrider.exports.repository import ExportRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.storage import sequences
from postrider.tasks.model import Task, TaskType
from postrider.tasks.service import TaskService

MAX_LISTED = 500
"""Maximum number of latest exports in a listing. They expire with their tasks."""
KINDS = {TaskType.PEOPLE_EXPORT: ExportKind.PEOPLE, TaskType.MESSAGES_EXPORT: ExportKind.MESSAGES}
"""The kind of exports by the type of their tasks, whose jobs write the pieces of a file with `ExportFiles`."""


class NumberedExports:
    def __init__(
        self,
        exports: ExportRepository,
        tasks: TaskService,
        files: ExportFiles,
        now: Clock,
    ) -> None:
        self._exports, self._tasks, self._files, self._now = exports, tasks, files, now

    def register(self, task: Task) -> NumberedExport:
        """Allocate a number for the task of an export, and return both."""
        record = ExportRecord(
            number=sequences.allocate("export"),
            account_id=task.account_id,
            kind=KINDS[task.type],
            task_id=task.id,
            created_at=task.created_at,
            updated_at=task.created_at,
            expires_at=task.expires_at,
        )
        self._exports.add(record)
        return NumberedExport(record=record, task=task)

    def all(self, account_id: str) -> list[NumberedExport]:
        """Return the latest exports of the account in order of number."""
        records = self._exports.latest(account_id, MAX_LISTED)
        tasks = self._tasks.many(account_id, [record.task_id for record in records])
        return [
            NumberedExport(record=record, task=tasks[record.task_id])
            for record in reversed(records)
            if record.task_id in tasks
        ]

    def get(self, account_id: str, number: int) -> NumberedExport:
        """Return the export. Raises NotFound, also for an expired export."""
        record = self._exports.find(account_id, number)
        unknown = NotFound("Unknown export.", code="export_not_found", field="export_id")
        if record is None or record.expires_at <= self._now():  # DynamoDB deletes expired items late
            raise unknown
        task = self._tasks.many(account_id, [record.task_id]).get(record.task_id)
        if task is None:
            raise unknown
        return NumberedExport(record=record, task=task)

    def download_url(self, account_id: str, number: int) -> str:
        """Return a URL of the file, valid for 15 minutes, and count it. Raises NotFound while the file does not exist."""
        export = self.get(account_id, number)
        if export.state != ExportState.DONE:
            reason = {ExportState.PENDING: "is not ready yet: retry later", ExportState.FAILED: "has no file"}
            raise NotFound(f"The export {reason[export.state]}.", code="export_not_available", field="export_id")
        url, _ = self._files.download_url(export.task, f"{export.record.kind}-{number}.csv")
        self._exports.count_download(export.record, self._now())
        return url
