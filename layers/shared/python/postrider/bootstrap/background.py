"""Build the services of tasks: imports, exports, changes of many contacts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.audience import (
    address_suppression,
    attributes,
    contact_bulk_writer,
    contact_names,
    contact_service,
    contacts,
    filter_evaluator,
    forms,
    groups,
    interests,
    label_deletion,
    lists,
    segments,
    suppressions,
    use_finder,
)
from postrider.bootstrap.deployment import clock, cursors, fetcher, object_store, outbox, queue

if TYPE_CHECKING:
    from postrider.contacts.service import ContactService
    from postrider.contacts.upserts import ContactUpserts
    from postrider.exports.files import ExportFiles
    from postrider.exports.numbered import NumberedExports
    from postrider.exports.people import PeopleExports
    from postrider.exports.service import ExportService
    from postrider.imports.data_imports import DataFileService, DataImportService
    from postrider.imports.file_imports import FileImportService, RowsWriter
    from postrider.imports.pending import PendingImports
    from postrider.imports.row_imports import RowImportService
    from postrider.imports.service import ImportService
    from postrider.imports.suppression_files import SuppressionFileService
    from postrider.imports.web_imports import WebImportService
    from postrider.tasks.runner import Job, TaskRunner
    from postrider.tasks.service import TaskService
    from postrider.usecases.change_contacts import MembershipChanges
    from postrider.usecases.empty_list import ListEmptying
    from postrider.usecases.people_segments import PeopleSegments


@cache
def tasks() -> TaskService:
    from postrider.tasks.repository import TaskRepository
    from postrider.tasks.service import TaskService

    return TaskService(TaskRepository(outbox()), clock())


@cache
def task_runner() -> TaskRunner:
    from postrider.tasks.model import TaskType
    from postrider.tasks.runner import TaskRunner

    jobs: dict[TaskType, Callable[[], Job]] = {
        TaskType.CONTACTS_CHANGE: _change_contacts,
        TaskType.WORKFLOW_START: _start_workflow,
        TaskType.WORKFLOW_DELETION: _delete_entries,
        TaskType.LIST_DELETION: _empty_list,
        TaskType.RECORDS_DELETION: _delete_records,
        TaskType.EVENTS_MOVE: _move_events,
        TaskType.CAMPAIGN_LOG_EXPORT: _export_campaign_log,
        TaskType.MESSAGES_EXPORT: _export_messages,
        TaskType.CONTACTS_EXPORT: _export_contacts,
        TaskType.PEOPLE_EXPORT: _export_people,
        TaskType.CONTACTS_IMPORT_FETCH: _fetch_file,
        TaskType.CONTACTS_IMPORT: _import_file,
        TaskType.CONTACTS_IMPORT_ROWS: _import_rows,
        TaskType.SUPPRESSIONS_IMPORT: _import_file,
        TaskType.PEOPLE_FETCH: _fetch_people,
    }
    return TaskRunner(tasks(), queue(), jobs)


def _change_contacts() -> Job:
    from postrider.usecases.change_contacts import ChangeContactsJob

    return ChangeContactsJob(contacts(), pending_imports(), filter_evaluator())


def _start_workflow() -> Job:
    from postrider.usecases.enter_workflow_by_call import StartWorkflowJob

    return StartWorkflowJob(contacts(), pending_imports(), filter_evaluator(), queue())


def _delete_entries() -> Job:
    from postrider.bootstrap.journey_steps import journeys
    from postrider.usecases.delete_workflow import ForgetEntriesJob

    return ForgetEntriesJob(journeys())


def _empty_list() -> Job:
    from postrider.usecases.empty_list import EmptyListJob

    return EmptyListJob(contacts(), lists(), forms(), list_emptying())


def _delete_records() -> Job:
    from postrider.bootstrap.records import contact_events, relations
    from postrider.usecases.contact_records import DeleteRecordsJob

    return DeleteRecordsJob(relations(), contact_events())


def _move_events() -> Job:
    from postrider.bootstrap.records import contact_events, event_moves, merged_contacts
    from postrider.usecases.move_events import MoveEventsJob

    return MoveEventsJob(contact_events(), contacts(), merged_contacts(), event_moves())


def _export_campaign_log() -> Job:
    from postrider.http.main.events import row_words_of
    from postrider.mail_events.exports import CampaignLogExportJob
    from postrider.mail_events.repository import LogRepository

    return CampaignLogExportJob(LogRepository(), contacts(), export_files(), row_words_of)


def _export_messages() -> Job:
    from postrider.bootstrap.insights import messages
    from postrider.bootstrap.sending import delivery
    from postrider.messages.exports import MessageExportJob

    return MessageExportJob(messages(), delivery(), contact_names(), export_files())


def _export_contacts() -> Job:
    from postrider.exports.service import ExportContactsJob

    return ExportContactsJob(
        contacts(),
        contact_names(),
        segments(),
        filter_evaluator(),
        export_files(),
        pending_imports(),
        suppressions(),
    )


def _export_people() -> Job:
    from postrider.exports.people import ExportPeopleJob

    return ExportPeopleJob(contacts(), filter_evaluator(), export_files(), pending_imports())


def _fetch_file() -> Job:
    from postrider.imports.web_imports import FetchFileJob

    return FetchFileJob(fetcher(), file_imports(), object_store(), data_files().start)


def _import_file() -> Job:
    from postrider.imports.data_model import DataKind
    from postrider.imports.file_imports import ImportFileJob

    return ImportFileJob(
        contact_bulk_writer(),
        contacts().consents,
        lists(),
        attributes(),
        groups(),
        interests(),
        task_runner(),
        object_store(),
        {
            DataKind.PEOPLE: _people_rows,
            DataKind.EVENTS: _event_rows,
            DataKind.OBJECTS: _object_rows,
            DataKind.RELATIONS: _relation_rows,
            DataKind.SUPPRESSIONS: _suppression_rows,
        },
    )


def _people_rows() -> RowsWriter:
    from postrider.imports.people_rows import PeopleRows

    return PeopleRows(contact_bulk_writer(), contact_upserts(), attributes())


def _event_rows() -> RowsWriter:
    from postrider.bootstrap.records import contact_events, contact_recording
    from postrider.usecases.import_records import EventRows

    return EventRows(contacts_by_given_id(), contact_events(), contact_recording())


def _object_rows() -> RowsWriter:
    from postrider.bootstrap.records import data_objects
    from postrider.usecases.import_records import ObjectRows

    return ObjectRows(data_objects())


def _relation_rows() -> RowsWriter:
    from postrider.bootstrap.records import contact_recording
    from postrider.usecases.import_records import RelationRows

    return RelationRows(contacts_by_given_id(), contact_recording())


def _suppression_rows() -> RowsWriter:
    from postrider.usecases.import_suppressions import SuppressionRows

    return SuppressionRows(suppressions(), address_suppression())


def _import_rows() -> Job:
    from postrider.imports.repository import PendingImportRepository
    from postrider.imports.service import ImportRowsJob

    return ImportRowsJob(contact_bulk_writer(), lists(), object_store(), PendingImportRepository())


def _fetch_people() -> Job:
    from postrider.bootstrap.audience import campaigns
    from postrider.bootstrap.sending import campaign_children
    from postrider.campaigns.children.fetching import PeopleFetchJob

    return PeopleFetchJob(campaigns(), campaign_children(), fetcher())


@cache
def pending_imports() -> PendingImports:
    from postrider.imports.pending import PendingImports
    from postrider.imports.repository import PendingImportRepository

    return PendingImports(PendingImportRepository(), task_runner())


@cache
def contacts_by_given_id() -> ContactService:
    """Return the contact service for callers with ids from imports, whose contacts may not be written yet."""
    return contact_service(pending_imports())


@cache
def contact_upserts() -> ContactUpserts:
    return contacts_by_given_id().upserts


@cache
def people_segments() -> PeopleSegments:
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.search import ContactSearch
    from postrider.segments.counts import SegmentCounts
    from postrider.storage.page_markers import PageMarkers
    from postrider.usecases.people_segments import MAX_MEMBERS_A_PAGE, PeopleSegments

    search = ContactSearch(ContactRepository(), cursors(), PageMarkers(clock()), max_examined=MAX_MEMBERS_A_PAGE)
    counts = SegmentCounts(clock())
    return PeopleSegments(
        lists(), groups(), segments(), contacts_by_given_id(), search, counts, use_finder(), label_deletion()
    )


@cache
def list_emptying() -> ListEmptying:
    from postrider.usecases.empty_list import ListEmptying

    return ListEmptying(contacts(), tasks(), task_runner())


@cache
def membership_changes() -> MembershipChanges:
    from postrider.usecases.change_contacts import MembershipChanges

    return MembershipChanges(contacts(), pending_imports(), filter_evaluator(), tasks(), task_runner())


@cache
def export_files() -> ExportFiles:
    from postrider.exports.files import ExportFiles

    return ExportFiles(object_store(), clock())


@cache
def exports() -> ExportService:
    from postrider.exports.service import ExportService

    return ExportService(contacts(), segments(), filter_evaluator(), tasks(), task_runner(), export_files())


@cache
def numbered_exports() -> NumberedExports:
    from postrider.exports.numbered import NumberedExports
    from postrider.exports.repository import ExportRepository

    return NumberedExports(ExportRepository(), tasks(), export_files(), clock())


@cache
def people_exports() -> PeopleExports:
    from postrider.exports.people import PeopleExports

    return PeopleExports(contacts(), attributes(), filter_evaluator(), tasks(), task_runner(), numbered_exports())


@cache
def imports() -> ImportService:
    from postrider.imports.repository import PendingImportRepository
    from postrider.imports.service import ImportService

    return ImportService(
        contact_bulk_writer(),
        lists(),
        attributes(),
        object_store(),
        tasks(),
        task_runner(),
        PendingImportRepository(),
    )


@cache
def data_files() -> DataFileService:
    from postrider.imports.data_imports import DataFileService

    return DataFileService(tasks(), task_runner(), object_store())


@cache
def data_imports() -> DataImportService:
    from postrider.imports.data_imports import DataImportService
    from postrider.imports.data_repository import DataImportRepository

    return DataImportService(DataImportRepository(), lists(), tasks(), task_runner(), clock())


@cache
def row_imports() -> RowImportService:
    from postrider.imports.row_imports import RowImportService

    return RowImportService(imports(), contact_bulk_writer(), lists(), attributes())


@cache
def file_imports() -> FileImportService:
    from postrider.imports.file_imports import FileImportService

    return FileImportService(lists(), attributes(), groups(), interests(), tasks(), task_runner(), object_store())


@cache
def suppression_files() -> SuppressionFileService:
    from postrider.imports.suppression_files import SuppressionFileService

    return SuppressionFileService(tasks(), task_runner(), object_store())


@cache
def web_imports() -> WebImportService:
    from postrider.imports.web_imports import WebImportService

    return WebImportService(lists(), tasks(), task_runner())
