"""Tasks, and what runs as a task: imports, exports, changes of many contacts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.audience import (
    attributes,
    contact_bulk_writer,
    contacts,
    filter_evaluator,
    interests,
    lists,
    segments,
    tags,
)
from postrider.bootstrap.deployment import clock, objects, queue
from postrider.bootstrap.late import late

if TYPE_CHECKING:
    from postrider.bulk.moves import NameMoves
    from postrider.bulk.service import BulkService
    from postrider.events.model import LogRow
    from postrider.exports.files import ExportFiles
    from postrider.exports.service import ExportService
    from postrider.imports.files import FileImportService
    from postrider.imports.from_web import WebImportService
    from postrider.imports.service import ImportService
    from postrider.tasks.runner import Job, TaskRunner
    from postrider.tasks.service import TaskService


@cache
def tasks() -> TaskService:
    from postrider.tasks.repository import TaskRepository
    from postrider.tasks.service import TaskService

    return TaskService(TaskRepository(), clock())


@cache
def task_runner() -> TaskRunner:
    from postrider.bulk.service import ChangeContacts, EmptyList
    from postrider.events.exports import ExportCampaignLog
    from postrider.events.repository import LogRepository
    from postrider.exports.service import ExportContacts
    from postrider.imports.files import ImportFile
    from postrider.imports.from_web import FetchFile
    from postrider.tasks.model import TaskType
    from postrider.tasks.runner import TaskRunner

    jobs: dict[TaskType, Job] = {
        TaskType.CONTACTS_CHANGE: ChangeContacts(contacts(), filter_evaluator(), late("name_moves")),
        TaskType.LIST_DELETION: EmptyList(contacts(), lists(), late("forms"), late("bulk")),
        TaskType.CAMPAIGN_LOG_EXPORT: ExportCampaignLog(LogRepository(), contacts(), export_files(), _row_words_of),
        TaskType.CONTACTS_EXPORT: ExportContacts(
            contacts(), attributes(), segments(), filter_evaluator(), export_files()
        ),
        TaskType.CONTACTS_IMPORT_FETCH: FetchFile(late("fetcher"), late("file_imports"), objects()),
        TaskType.CONTACTS_IMPORT: ImportFile(
            contact_bulk_writer(), lists(), attributes(), tags(), late("task_runner"), objects()
        ),
    }
    return TaskRunner(tasks(), queue(), jobs)


def _row_words_of(row: LogRow) -> tuple[str, str | None]:
    """Imported at the first row: only exports of logs need the main API's words."""
    from postrider.http.main.events import row_words_of

    return row_words_of(row)


@cache
def name_moves() -> NameMoves:
    from postrider.bulk.moves import NameMoves

    return NameMoves(lists(), segments(), late("bulk"), clock())


@cache
def bulk() -> BulkService:
    from postrider.bulk.service import BulkService

    return BulkService(contacts(), filter_evaluator(), tasks(), task_runner())


@cache
def export_files() -> ExportFiles:
    from postrider.exports.files import ExportFiles

    return ExportFiles(objects(), clock())


@cache
def exports() -> ExportService:
    from postrider.exports.service import ExportService

    return ExportService(contacts(), segments(), filter_evaluator(), tasks(), task_runner(), export_files())


@cache
def imports() -> ImportService:
    from postrider.imports.service import ImportService

    return ImportService(contact_bulk_writer(), lists(), attributes(), objects(), queue())


@cache
def file_imports() -> FileImportService:
    from postrider.imports.files import FileImportService

    return FileImportService(lists(), attributes(), tags(), interests(), tasks(), task_runner(), objects())


@cache
def web_imports() -> WebImportService:
    from postrider.imports.from_web import WebImportService

    return WebImportService(lists(), tasks(), task_runner())
