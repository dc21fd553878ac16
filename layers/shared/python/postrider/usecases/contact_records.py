"""Store relations, events and devices of contacts, and delete them together with their contacts and objects.

A contact is marked before its first record is stored, and read again afterwards: if it was deleted meanwhile, its records
are deleted too. The deletion of a contact without the mark needs no request for records.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from postrider.contact_events.model import ContactEvent
from postrider.contact_events.service import ContactEventService
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.devices.model import Device
from postrider.devices.service import DeviceService
from postrider.kit.errors import NotFound
from postrider.objects.relations import RelationChange, RelationService
from postrider.objects.service import ObjectService
from postrider.tasks.model import Task, TaskType
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService
from postrider.usecases.merged_contacts import MergedContacts
from postrider.usecases.move_events import EventMoves

DELETED_AT_ONCE = 500
"""Maximum number of relations, or events, that a call deletes; a task deletes the others."""
_ALL = "all"


class RecordsDeletion:
    """A service that deletes records of deleted contacts and objects: a few in the call, many through the queue."""

    def __init__(
        self,
        relations: RelationService,
        events: ContactEventService,
        devices: DeviceService,
        tasks: TaskService,
        runner: TaskRunner,
    ) -> None:
        self._relations, self._events, self._devices = relations, events, devices
        self._tasks, self._runner = tasks, runner

    def delete(self, account_id: str, contact_id: int) -> None:
        """Delete relations, events and devices of a contact."""
        counts = (
            self._relations.forget_contact(account_id, contact_id, DELETED_AT_ONCE),
            self._events.forget(account_id, contact_id, DELETED_AT_ONCE),
        )
        self._devices.forget(account_id, contact_id)
        if DELETED_AT_ONCE in counts:
            self._start(account_id, {"contact_id": contact_id})

    def delete_of_object(self, account_id: str, type_id: int, object_id: str) -> None:
        """Delete the relations of an object."""
        count = self._relations.forget_object(account_id, type_id, object_id, DELETED_AT_ONCE)
        if count == DELETED_AT_ONCE:
            self._start(account_id, {"type_id": type_id, "object_id": object_id})

    def _start(self, account_id: str, payload: dict[str, Any]) -> None:
        task = self._tasks.create(account_id, type=TaskType.RECORDS_DELETION, total=1, payload=payload)
        self._runner.enqueue(task, [_ALL])


class DeleteRecordsJob:
    """The job that deletes all remaining records, in one part. Repeating it completes an interrupted call."""

    def __init__(self, relations: RelationService, events: ContactEventService) -> None:
        self._relations, self._events = relations, events

    def run(self, task: Task, part: str) -> dict[str, Any]:
        payload = task.payload
        if "object_id" in payload:
            count = self._relations.forget_object(task.account_id, payload["type_id"], payload["object_id"])
            return {"relations": count}
        return {
            "relations": self._relations.forget_contact(task.account_id, payload["contact_id"]),
            "events": self._events.forget(task.account_id, payload["contact_id"]),
        }

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return outcomes[_ALL]

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the task has no files."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the task has no files."""


class ContactRecording:
    """A service that stores records of contacts. The caller has read the `contacts` of the arguments, all of one list."""

    def __init__(
        self,
        contacts: ContactService,
        objects: ObjectService,
        relations: RelationService,
        events: ContactEventService,
        devices: DeviceService,
        deletion: RecordsDeletion,
        event_moves: EventMoves,
        merged: MergedContacts,
    ) -> None:
        self._contacts, self._objects, self._relations = contacts, objects, relations
        self._events, self._devices, self._deletion = events, devices, deletion
        self._event_moves, self._merged = event_moves, merged

    # Relations

    def relate(self, account_id: str, contacts: Iterable[Contact], changes: Sequence[RelationChange]) -> int:
        """Relate contacts to objects, and create unknown objects; return the number of new and changed relations.

        `contacts` has the contacts of the changes. Relations of a contact that was deleted meanwhile are ignored. Raises
        Invalid for invalid types, ids and attributes.
        """
        by_type: dict[int, dict[str, dict[str, Any]]] = {}
        for change in changes:
            by_type.setdefault(change.type_id, {})[change.object_id] = {}
        for type_id, objects in by_type.items():
            self._objects.put_many(account_id, type_id, objects)
        kept = self._prepared(contacts)
        count = self._relations.relate(account_id, [change for change in changes if change.contact_id in kept])
        self._delete_orphans(kept)
        return count

    def unrelate(self, account_id: str, changes: Sequence[RelationChange]) -> None:
        """Delete relations; unknown relations are ignored."""
        self._relations.unrelate(account_id, changes)

    def delete_object(self, account_id: str, type_id: int, object_id: str) -> None:
        """Delete an object, if it exists, with its relations. Repeating the call completes an interrupted one."""
        self._objects.delete(account_id, type_id, object_id)
        self._deletion.delete_of_object(account_id, type_id, object_id)

    # Events

    def add_event(self, contact: Contact, event: ContactEvent, *, is_unique: bool) -> bool:
        """Store an event of a contact; with `is_unique`, return False if an event with this id was stored before.

        Raises NotFound if the contact was deleted meanwhile.
        """
        kept = self._required(contact)
        is_new = self._events.add(contact.account_id, contact.id, event, is_unique=is_unique)
        self._check_still_there(kept)
        return is_new

    def add_events(
        self, account_id: str, contacts: Iterable[Contact], events: Sequence[tuple[int, ContactEvent]]
    ) -> None:
        """Store events with the ids of their contacts, each once; events of contacts deleted meanwhile are ignored."""
        kept = self._prepared(contacts)
        self._events.add_many(account_id, [(contact_id, event) for contact_id, event in events if contact_id in kept])
        self._delete_orphans(kept)

    def identify(self, contact: Contact, anonymous_id: str) -> None:
        """Move the events of an anonymous visitor to a contact; many events are moved by a task.

        Raises Invalid for the id, NotFound as `add_event`.
        """
        kept = self._required(contact)
        backlog = self._events.identify(contact.account_id, anonymous_id, contact.id)
        if backlog is not None:
            self._event_moves.start_of_visitor(contact.account_id, contact.list_id, anonymous_id, backlog)
        self._check_still_there(kept)

    def add_event_of_visitor(
        self, account_id: str, list_id: int, anonymous_id: str, event: ContactEvent, *, is_unique: bool
    ) -> None:
        """Store an event of an anonymous visitor, or of the contact of the list as which the visitor was just identified.

        It is not stored if this contact was deleted since. Raises Invalid for the id.
        """
        contact_id = self._events.add_of_visitor(account_id, anonymous_id, event, is_unique=is_unique)
        if contact_id is None:
            return
        contact = self._merged.current(account_id, list_id, contact_id)
        kept = {} if contact is None else self._prepared([contact])
        if not kept:
            self._events.remove_of_visitor(account_id, anonymous_id, event)
        for kept_id in kept:
            self._events.move_new_of_visitor(account_id, anonymous_id, kept_id)
        self._delete_orphans(kept)

    # Devices

    def put_device(self, contact: Contact, device: Device) -> None:
        """Store a device of a contact. Raises Invalid for a device that cannot be stored, NotFound as `add_event`."""
        kept = self._required(contact)
        self._devices.put(contact.account_id, contact.id, device)
        self._check_still_there(kept)

    def remove_device(self, contact: Contact, token: str) -> None:
        """Delete a device of a contact; an unknown device is ignored."""
        self._devices.remove(contact.account_id, contact.id, token)

    # All records

    def move(self, account_id: str, *, kept: Contact, dropped: Contact, is_merged: bool) -> None:
        """Move the records of a contact to the contact of its list into which it is merged; many events by a task.

        Call it before the merge is stored, and again afterwards with `is_merged`. Repeating it completes an interrupted call.
        """
        if dropped.has_records:
            self._required(kept)
            self._relations.move(account_id, from_id=dropped.id, to_id=kept.id)
            self._events.set_successor(account_id, dropped.id, successor_id=kept.id)
            if not self._events.move(account_id, from_id=dropped.id, to_id=kept.id):
                self._event_moves.start(account_id, kept.list_id, dropped.id, is_merged=is_merged)
            self._devices.move(account_id, from_id=dropped.id, to_id=kept.id)

    def _required(self, contact: Contact) -> dict[int, Contact]:
        kept = self._prepared([contact])
        if not kept:
            raise _unknown_contact()
        return kept

    def _prepared(self, contacts: Iterable[Contact]) -> dict[int, Contact]:
        by_id = {contact.id: contact for contact in contacts}
        existing = self._contacts.deletion.prepare_records(list(by_id.values()))
        return {contact_id: contact for contact_id, contact in by_id.items() if contact_id in existing}

    def _check_still_there(self, contacts: dict[int, Contact]) -> None:
        if self._delete_orphans(contacts):
            raise _unknown_contact()

    def _delete_orphans(self, contacts: dict[int, Contact]) -> bool:
        """Delete the records of contacts that were deleted meanwhile; return whether any was deleted.

        Records of a contact that was merged meanwhile are moved as the merge moves them.
        """
        if not contacts:
            return False
        first = next(iter(contacts.values()))
        gone = contacts.keys() - self._contacts.many(first.account_id, first.list_id, contacts).keys()
        deleted = [contact_id for contact_id in gone if not self._move_to_merged(contacts[contact_id])]
        for contact_id in deleted:
            self._deletion.delete(first.account_id, contact_id)
        return bool(deleted)

    def _move_to_merged(self, contact: Contact) -> bool:
        """Move the records of a contact that no longer exists; return False if it was not merged, but deleted."""
        kept = self._merged.current(contact.account_id, contact.list_id, contact.id)
        if kept is None:
            return False
        with suppress(NotFound):
            dropped = replace(contact, has_records=True)
            self.move(contact.account_id, kept=kept, dropped=dropped, is_merged=True)
            return True
        return False


def _unknown_contact() -> NotFound:
    return NotFound("Unknown contact.", code="contact_not_found", field="contact_id")
