"""Build the services of objects, and of relations, events and devices of contacts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.background import contacts_by_given_id, task_runner, tasks
from postrider.bootstrap.deployment import clock, cursors

if TYPE_CHECKING:
    from postrider.contact_events.service import ContactEventService
    from postrider.devices.service import DeviceService
    from postrider.objects.relations import RelationService
    from postrider.objects.service import ObjectService
    from postrider.usecases.contact_records import ContactRecording, RecordsDeletion
    from postrider.usecases.merge_contacts import ContactMerge
    from postrider.usecases.merged_contacts import MergedContacts
    from postrider.usecases.move_events import EventMoves


@cache
def data_objects() -> ObjectService:
    from postrider.objects.repository import ObjectRepository
    from postrider.objects.service import ObjectService

    return ObjectService(ObjectRepository(), cursors(), clock())


@cache
def relations() -> RelationService:
    from postrider.objects.relations import RelationService
    from postrider.objects.relations_repository import RelationRepository

    return RelationService(RelationRepository(), cursors())


@cache
def contact_events() -> ContactEventService:
    from postrider.contact_events.repository import ContactEventRepository
    from postrider.contact_events.service import ContactEventService

    return ContactEventService(ContactEventRepository(), cursors(), clock())


@cache
def devices() -> DeviceService:
    from postrider.devices.repository import DeviceRepository
    from postrider.devices.service import DeviceService

    return DeviceService(DeviceRepository())


@cache
def records_deletion() -> RecordsDeletion:
    from postrider.usecases.contact_records import RecordsDeletion

    return RecordsDeletion(relations(), contact_events(), devices(), tasks(), task_runner())


@cache
def contact_recording() -> ContactRecording:
    from postrider.usecases.contact_records import ContactRecording

    return ContactRecording(
        contacts_by_given_id(),
        data_objects(),
        relations(),
        contact_events(),
        devices(),
        records_deletion(),
        event_moves(),
        merged_contacts(),
    )


@cache
def merged_contacts() -> MergedContacts:
    from postrider.usecases.merged_contacts import MergedContacts

    return MergedContacts(contacts_by_given_id(), contact_events())


@cache
def event_moves() -> EventMoves:
    from postrider.usecases.move_events import EventMoves

    return EventMoves(tasks(), task_runner())


@cache
def contact_merge() -> ContactMerge:
    from postrider.usecases.merge_contacts import ContactMerge

    return ContactMerge(contacts_by_given_id(), contacts_by_given_id().merging, contact_recording())
