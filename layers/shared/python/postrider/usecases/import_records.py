"""Write rows of events, objects and relations of files. Unknown objects are created, unknown people are not."""

from collections.abc import Sequence

from postrider.contact_events.model import ContactEvent
from postrider.contact_events.service import KEPT_FOR, ContactEventService
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.imports.data_model import DataOptions, RowsToImport
from postrider.imports.data_rows import (
    NAME,
    OBJECT_ID,
    OBJECT_TYPE_ID,
    TIMESTAMP,
    DataRow,
    identifier_of,
    moment_of,
)
from postrider.imports.part_counts import PartCounts
from postrider.imports.reports import REFUSED
from postrider.kit.errors import Invalid
from postrider.kit.wire_ids import of_decimal
from postrider.objects import rules
from postrider.objects.model import DataObject
from postrider.objects.relations import RelationChange
from postrider.objects.service import ObjectService
from postrider.tasks.model import Task
from postrider.usecases.contact_records import ContactRecording

PersonOfRow = tuple[DataRow, Contact]


class EventRows:
    """A writer of events of existing people. The id of an event is derived from its row, so that it is stored once."""

    def __init__(self, contacts: ContactService, events: ContactEventService, recording: ContactRecording) -> None:
        self._contacts, self._events, self._recording = contacts, events, recording

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        people = people_of(self._contacts, task, options, rows, counts)
        events: list[tuple[int, ContactEvent]] = []
        for row, contact in people:
            try:
                events.append((contact.id, self._event(task, options, part_key, row)))
            except Invalid as exc:
                counts.report.add(REFUSED, row.refused(exc))
        self._recording.add_events(task.account_id, [contact for _, contact in people], events)
        counts.created += len(events)

    def _event(self, task: Task, options: DataOptions, part_key: str, row: DataRow) -> ContactEvent:
        moment = row.texts.get(TIMESTAMP)
        event = self._events.event(
            name=row.text(NAME).strip(),
            properties=row.others(options.key_column, NAME, TIMESTAMP),
            occurred_at=task.created_at if moment is None else moment_of(moment),
            event_id=f"{part_key.replace('/', '-')}-{row.number}",
        )
        if not self._events.is_kept(event):
            reason = f"The event is too old: events are kept for {KEPT_FOR.days} days."
            raise Invalid(reason, code="event_too_old", field=TIMESTAMP)
        return event


class ObjectRows:
    """A writer of attributes of objects of one type."""

    def __init__(self, objects: ObjectService) -> None:
        self._objects = objects

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        assert options.type_id is not None, "objects have a type"
        by_id: dict[str, list[DataRow]] = {}
        for row in rows:
            try:
                object_id = row.text(OBJECT_ID)
                rules.check_object_id(object_id)
                by_id.setdefault(object_id, []).append(row)
            except Invalid as exc:
                counts.report.add(REFUSED, row.refused(exc))
        known = self._objects.among(task.account_id, options.type_id, by_id)
        for object_id, rows_of_object in by_id.items():
            if not _is_chosen(options, is_known=object_id in known):
                counts.skipped += len(rows_of_object)
                continue
            self._put(task, options.type_id, object_id, rows_of_object, known.get(object_id), counts)

    def _put(
        self,
        task: Task,
        type_id: int,
        object_id: str,
        rows: Sequence[DataRow],
        before: DataObject | None,
        counts: PartCounts,
    ) -> None:
        attributes = {name: text for row in rows for name, text in row.others(OBJECT_ID).items()}
        try:
            after = self._objects.put(task.account_id, type_id, object_id, attributes)
        except Invalid as exc:
            for row in rows:
                counts.report.add(REFUSED, row.refused(exc))
            return
        counts.created += before is None
        counts.updated += before is not None and after.attributes != before.attributes
        counts.duplicates += len(rows) - 1


class RelationRows:
    """A writer of relations of existing people to objects."""

    def __init__(self, contacts: ContactService, recording: ContactRecording) -> None:
        self._contacts, self._recording = contacts, recording

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        people: list[Contact] = []
        changes: list[RelationChange] = []
        for row, contact in people_of(self._contacts, task, options, rows, counts):
            try:
                changes.append(_relation(options, row, contact))
                people.append(contact)
            except Invalid as exc:
                counts.report.add(REFUSED, row.refused(exc))
        counts.created += self._recording.relate(task.account_id, people, changes)


def people_of(
    contacts: ContactService, task: Task, options: DataOptions, rows: Sequence[DataRow], counts: PartCounts
) -> list[PersonOfRow]:
    """Return the rows with their people; rows of unknown people are refused."""
    named = []
    for row in rows:
        try:
            named.append((row, identifier_of(row, options)))
        except Invalid as exc:
            counts.report.add(REFUSED, row.refused(exc))
    identifiers = list(dict.fromkeys(identifier for _, identifier in named))
    known = contacts.by_identifiers(task.account_id, task.payload["list_id"], identifiers)
    by_identifier = dict(zip(identifiers, known, strict=True))
    people: list[PersonOfRow] = []
    for row, identifier in named:
        contact = by_identifier[identifier]
        if contact is None:
            reason = f"Unknown person: nobody has this {options.key_column}."
            counts.report.add(REFUSED, row.refused(Invalid(reason, code="person_unknown")))
        else:
            people.append((row, contact))
    return people


def _relation(options: DataOptions, row: DataRow, contact: Contact) -> RelationChange:
    """Return the relation of a row. Raises Invalid."""
    type_id = of_decimal(row.text(OBJECT_TYPE_ID).strip())
    rules.check_type_id(type_id)
    object_id = row.text(OBJECT_ID)
    rules.check_object_id(object_id)
    attributes = row.others(options.key_column, OBJECT_ID, OBJECT_TYPE_ID)
    rules.merged({}, attributes, most_bytes=rules.MAX_RELATION_BYTES, field="relation_attributes")
    return RelationChange(contact_id=contact.id, type_id=type_id, object_id=object_id, attributes=attributes)


def _is_chosen(options: DataOptions, *, is_known: bool) -> bool:
    match options.rows:
        case RowsToImport.NEW_ONLY:
            return not is_known
        case RowsToImport.EXISTING_ONLY:
            return is_known
        case RowsToImport.ALL:
            return True
