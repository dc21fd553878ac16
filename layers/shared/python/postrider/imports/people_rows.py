"""Write rows of people, identified by an address or an external id. Consent follows the rules of imports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from postrider.attributes.service import AttributeService
from postrider.contacts.address import NO_ADDRESS, Address, parse
from postrider.contacts.bulk_claims import PersonIdentifiers, Reservation
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.bulk_writer import ContactBulkWriter
from postrider.contacts.identifiers import Identifier, IdentifierKind, parse_external_id
from postrider.contacts.model import Contact, Status, Value
from postrider.contacts.upsert_requests import ContactValues
from postrider.contacts.upserts import ContactUpserts
from postrider.imports.data_model import DataOptions, RowsToImport
from postrider.imports.data_rows import DataRow
from postrider.imports.part_counts import PartCounts
from postrider.imports.reports import REFUSED
from postrider.kit.errors import Invalid
from postrider.suppressions.rules import ErasedAddress
from postrider.tasks.model import Task

ID, EMAIL, CIO_ID, UNSUBSCRIBED = "id", "email", "cio_id", "unsubscribed"
OWN = (ID, EMAIL, CIO_ID, UNSUBSCRIBED)
"""Columns that are not attributes. The contact id is a column of exports, and ignored here."""
TRUE = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A valid row of a person; `rows` are the rows that were merged into it."""

    row: DataRow
    address: Address
    external_id: str | None
    values: dict[int, Value | None]
    status: Status | None

    @property
    def names(self) -> PersonIdentifiers:
        return PersonIdentifiers(address=self.address.canonical, external_id=self.external_id)


class PeopleRows:
    def __init__(self, bulk_writer: ContactBulkWriter, upserts: ContactUpserts, attributes: AttributeService) -> None:
        self._bulk_writer, self._upserts, self._attributes = bulk_writer, upserts, attributes

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        """Write people. New people are written together; a person that gets another identifier is written alone."""
        account_id, list_id = task.account_id, task.payload["list_id"]
        people = self._merged(self._read(account_id, list_id, options, rows, counts), options, counts)
        people = self._chosen(account_id, list_id, options, part_key, people, counts)
        if not people:
            return
        assert options.key is not None, "people have a key"
        names = [person.names for person in people]
        removals = self._bulk_writer.removals(account_id, list_id)
        reservations = self._bulk_writer.reserve_people(account_id, list_id, names, options.key, part_key=part_key)
        contact_rows: dict[int, ContactRow] = {}
        by_id: dict[int, PersonRow] = {}
        for person, reservation in zip(people, reservations, strict=True):
            if reservation.contact_id in contact_rows:
                counts.duplicates += 1
                continue
            contact_rows[reservation.contact_id] = _contact_row(person, reservation)
            by_id[reservation.contact_id] = person
            if reservation.contact is not None and _gets_identifier(person, reservation.contact):
                self._identify(account_id, list_id, options, person)
        written = self._bulk_writer.write(
            account_id, list_id, list(contact_rows.values()), WriteOptions(), part_key=part_key, removals=removals
        )
        counts.add(written)
        for contact_id, exc in written.unfit.items():
            counts.report.add(REFUSED, by_id[contact_id].row.refused(exc))

    def _read(
        self, account_id: str, list_id: int, options: DataOptions, rows: Sequence[DataRow], counts: PartCounts
    ) -> list[PersonRow]:
        """Return the valid rows and report the others; missing attributes are created."""
        longest: dict[str, str] = {}
        for row in rows:
            for name, text in row.others(*OWN).items():
                longest[name] = max(longest.get(name, ""), text, key=len)
        self._attributes.open(account_id, list_id, longest)
        schema = self._attributes.schema(account_id, list_id)
        people: list[PersonRow] = []
        for row in rows:
            try:
                row.text(options.key_column)
                people.append(
                    PersonRow(
                        row=row,
                        address=parse(row.texts[EMAIL]) if EMAIL in row.texts else NO_ADDRESS,
                        external_id=parse_external_id(row.texts[ID]) if ID in row.texts else None,
                        values=schema.values_of(row.others(*OWN)),
                        status=Status.UNSUBSCRIBED if row.texts.get(UNSUBSCRIBED, "").lower() in TRUE else None,
                    )
                )
            except Invalid as exc:
                counts.report.add(REFUSED, row.refused(exc))
        return self._without_erased(account_id, options, people, counts)

    def _without_erased(
        self, account_id: str, options: DataOptions, people: Sequence[PersonRow], counts: PartCounts
    ) -> list[PersonRow]:
        """Return the people without addresses of erased persons; rows whose key is such an address are refused."""
        erased = self._bulk_writer.erased(account_id, {person.address.canonical for person in people} - {""})
        kept: list[PersonRow] = []
        for person in people:
            if person.address.canonical not in erased:
                kept.append(person)
            elif options.key == IdentifierKind.EXTERNAL_ID:
                kept.append(replace(person, address=NO_ADDRESS))
            else:
                counts.report.add(REFUSED, person.row.refused(ErasedAddress()))
        return kept

    def _merged(self, people: Iterable[PersonRow], options: DataOptions, counts: PartCounts) -> list[PersonRow]:
        """Return one row per key; values of later rows replace values of earlier rows."""
        by_key: dict[str, PersonRow] = {}
        for person in people:
            key = person.address.canonical if options.key == IdentifierKind.EMAIL else person.external_id or ""
            before = by_key.get(key)
            if before is None:
                by_key[key] = person
                continue
            counts.duplicates += 1
            by_key[key] = replace(
                before,
                address=before.address if before.address != NO_ADDRESS else person.address,
                external_id=before.external_id or person.external_id,
                values={**before.values, **person.values},
                status=person.status or before.status,
            )
        return list(by_key.values())

    def _chosen(
        self,
        account_id: str,
        list_id: int,
        options: DataOptions,
        part_key: str,
        people: list[PersonRow],
        counts: PartCounts,
    ) -> list[PersonRow]:
        """Return the new, the existing, or all people. A contact from an interrupted attempt at these rows counts as new."""
        if options.rows == RowsToImport.ALL or not people:
            return people
        assert options.key is not None, "people have a key"
        contacts = self._bulk_writer.existing(account_id, list_id, [person.names for person in people], options.key)
        wants_new = options.rows == RowsToImport.NEW_ONLY
        chosen = [
            person
            for person, contact in zip(people, contacts, strict=True)
            if (contact is None or contact.origin == part_key) == wants_new
        ]
        counts.skipped += len(people) - len(chosen)
        return chosen

    def _identify(self, account_id: str, list_id: int, options: DataOptions, person: PersonRow) -> None:
        """Add the missing identifier to a contact; an identifier of another contact is ignored."""
        is_email = options.key == IdentifierKind.EMAIL
        name = person.address.original if is_email else person.external_id or ""
        identifier = Identifier.email(name) if is_email else Identifier.external_id(name)
        values = ContactValues(email=person.address.original or None, external_id=person.external_id)
        self._upserts.identify(account_id, list_id, identifier, values)


def _gets_identifier(person: PersonRow, contact: Contact) -> bool:
    lacks_address = person.address != NO_ADDRESS and not contact.has_address
    return lacks_address or (person.external_id is not None and contact.external_id is None)


def _contact_row(person: PersonRow, reservation: Reservation) -> ContactRow:
    """Return the row of a contact with its existing and new identifiers."""
    contact = reservation.contact
    named = reservation if contact is None else contact
    return ContactRow(
        email=(person.address.original if reservation.address else "") if contact is None else contact.email,
        address=named.address,
        contact_id=reservation.contact_id,
        subscribed_at=reservation.subscribed_at,
        is_new=contact is None,
        attributes=person.values,
        status=person.status,
        external_id=named.external_id,
        departure=reservation.departure,
        is_claimed=reservation.is_claimed,
    )
