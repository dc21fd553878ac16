"""Write many contacts of one list: first ids and claims, then the contacts, 25 per call; each is counted once.

A crash in between leaves claims without contacts; the next write of such an address stores the contact under the claimed
id. A repeated part recognizes the contacts of its first try by their `origin`, and counts them once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from postrider.contacts import rules
from postrider.contacts.bulk_claims import BulkClaims, PersonIdentifiers, Reservation
from postrider.contacts.bulk_inserts import InsertCheck, as_inserted, by_origin, is_of_import
from postrider.contacts.bulk_rows import ContactRow, WriteCounts, WriteOptions, with_row_values
from postrider.contacts.changes import (
    ChangeKind,
    ChangeRecorder,
    ConfirmationSender,
    ContactChange,
    NoConfirmationSender,
    NoRecorder,
)
from postrider.contacts.domain_events import events_of_import
from postrider.contacts.identifiers import IdentifierKind
from postrider.contacts.model import Claim, Contact, DoubleOptIn, Status
from postrider.contacts.repository import ContactRepository
from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.suppressions.model import Suppression
from postrider.suppressions.service import SuppressionService


class ContactBulkWriter:
    def __init__(
        self,
        contacts: ContactRepository,
        service: ContactService,
        suppressions: SuppressionService,
        now: Clock,
        *,
        change_recorder: ChangeRecorder | None = None,
        confirmations: ConfirmationSender | None = None,
        outbox: EventRecorder = NO_RECORDER,
    ) -> None:
        self._contacts, self._service, self._suppressions, self._now = contacts, service, suppressions, now
        self._change_recorder: ChangeRecorder = change_recorder or NoRecorder()
        self._confirmations: ConfirmationSender = confirmations or NoConfirmationSender()
        self._outbox, self._claims, self._insert_check = outbox, BulkClaims(contacts, now), InsertCheck(contacts)

    def known(self, account_id: str, list_id: int, addresses: Collection[str]) -> Mapping[str, Claim]:
        """Return the claims of canonical addresses; addresses that the list does not have are missing."""
        return self._contacts.claims.of_addresses(account_id, list_id, addresses)

    def erased(self, account_id: str, addresses: Collection[str]) -> set[str]:
        """Return the canonical addresses among these whose person was erased; rows with them are refused."""
        return self._suppressions.erased(account_id, addresses)

    def removals(self, account_id: str, list_id: int) -> int:
        """Return the number of contacts of the list that were ever deleted, for `write`. Read it before `reserve`."""
        return self._contacts.counters.removals(account_id, list_id)

    def reserve(
        self, account_id: str, list_id: int, addresses: Sequence[str], *, part_key: str | None = None
    ) -> dict[str, tuple[Claim, bool]]:
        """Return a claim per canonical address (at most 1,024), and whether it is new; see `BulkClaims.reserve_addresses`."""
        return self._claims.reserve_addresses(account_id, list_id, addresses, part_key=part_key)

    def existing(
        self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers], key: IdentifierKind
    ) -> list[Contact | None]:
        """Return the contact of each person, None for a new one."""
        return self._claims.known(account_id, list_id, people, key)

    def reserve_people(
        self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers], key: IdentifierKind, *, part_key: str
    ) -> list[Reservation]:
        """Return the contact of each person, and claim the identifiers of new contacts. At most 1,024 people, no key twice.

        For `part_key` see `reserve`.
        """
        return self._claims.reserve(account_id, list_id, people, key, part_key=part_key)

    def _suppressed(self, account_id: str, addresses: Collection[str]) -> dict[str, Suppression]:
        return self._suppressions.suppressed(account_id, [address for address in addresses if address])

    def write(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[ContactRow],
        options: WriteOptions,
        *,
        part_key: str,
        removals: int | None = None,
    ) -> WriteCounts:
        """Write the rows by the rules of consent.

        `part_key` names this part of an import, `<import>/<part>` if it has several; repeating a part changes nothing.
        `removals` is what the method `removals` returned before the rows were claimed: claims are only checked if another
        call has deleted a contact since. Without it, all claims are checked.
        """
        if not rows:
            return WriteCounts()
        outcome = self._contacts.import_parts.outcome(account_id, list_id, part_key)
        if outcome is not None:
            return WriteCounts.from_json(outcome)
        if options.target == Status.DELETED:
            contacts = self._contacts.many(account_id, list_id, [row.contact_id for row in rows])
            self._service.deletion.delete_many(list(contacts.values()))
            return WriteCounts(deleted=len(contacts))
        existing = self._contacts.many(account_id, list_id, [row.contact_id for row in rows if not row.is_new])
        before = {contact.id: contact for contact in existing.values() if contact.origin != part_key}
        missing = [row for row in rows if row.contact_id not in before]
        unfit: dict[int, Invalid] = {}
        additions = self._suppressions.additions(account_id) if missing else 0
        claimed: list[ContactRow] = []
        if missing and self._has_all_claims(account_id, list_id, removals):
            claimed = [row for row in missing if row.is_claimed]
        claimed += self._still_claimed(account_id, list_id, _without(missing, claimed))
        made, repeated, others = self._create(account_id, list_id, claimed, options, part_key, unfit)
        without_claims = _without(missing, claimed)
        stored, deleted = self._inserted_before(account_id, list_id, without_claims, options, part_key, unfit)
        repeated += stored
        created = made + repeated
        if created and not self._has_all_claims(account_id, list_id, removals):
            created = self._insert_check.delete_unclaimed(account_id, list_id, created)
        counted = created + deleted
        if repeated or (created and self._suppressions.additions(account_id) != additions):
            created = self._marked(account_id, list_id, created)
        first, again = by_origin([*before.values(), *others], part_key)
        import_id = part_key.partition("/")[0]
        updated = self._update(first, rows, options, unfit, import_id)
        self._update(again, rows, options, unfit, import_id)
        self._record_created(account_id, list_id, created, options, import_id)
        written = WriteCounts(
            created=sum(contact.id not in unfit for contact in counted),
            updated=updated,
            duplicates=sum(contact.id not in unfit for contact in again),
            unfit=unfit,
        )
        # Count contacts as they were inserted: later marks were counted with their own change.
        self._contacts.count_created(
            account_id, list_id, counted, part_key=part_key, outcome=written.to_json(), now=self._now()
        )
        return written

    def _has_all_claims(self, account_id: str, list_id: int, removals: int | None) -> bool:
        """Return whether no claim was released since this number was read."""
        return removals is not None and self.removals(account_id, list_id) == removals

    def _still_claimed(self, account_id: str, list_id: int, rows: Sequence[ContactRow]) -> list[ContactRow]:
        """Return the rows with departures, without those whose contact was deleted, or got another address, after the claim."""
        known = self._contacts.claims.known(account_id, list_id, [row.address for row in rows])
        external_ids = {row.external_id for row in rows if row.external_id}
        holders = self._contacts.claims.of_external_ids(account_id, list_id, external_ids) if external_ids else {}

        def has_address(row: ContactRow) -> bool:
            claim = known.claims.get(row.address)
            return claim is not None and claim.contact_id == row.contact_id

        def has_external_id(row: ContactRow) -> bool:
            return holders.get(row.external_id or "") == row.contact_id

        return [
            replace(
                row,
                external_id=row.external_id if has_external_id(row) else None,
                departure=known.departures.get(row.address),
            )
            for row in rows
            if (has_address(row) if row.address else has_external_id(row))
        ]

    def _create(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[ContactRow],
        options: WriteOptions,
        part_key: str,
        unfit: dict[int, Invalid],
    ) -> tuple[list[Contact], list[Contact], list[Contact]]:
        """Return the contacts that this call, an earlier try of this part, and other calls have created."""
        suppressed = self._suppressed(account_id, [row.address for row in rows])
        erased = [row for row in rows if row.address in suppressed and suppressed[row.address].is_erasure]
        if erased:  # after their rows were checked
            claims = {row.address: row.contact_id for row in erased}
            self._contacts.claims.release(account_id, list_id, claims)
            external_ids = {row.external_id: row.contact_id for row in erased if row.external_id}
            self._contacts.claims.release_external_ids(account_id, list_id, external_ids)
            rows = [row for row in rows if row.address not in claims]
        contacts = [
            self._new(account_id, list_id, row, options, part_key, suppressed.get(row.address), unfit) for row in rows
        ]
        existing_ids = self._contacts.insert_many(contacts) if contacts else set()
        existing = self._contacts.many(account_id, list_id, existing_ids) if existing_ids else {}
        made = [contact for contact in contacts if contact.id not in existing_ids]
        repeated = as_inserted(contacts, existing)
        return made, repeated, [contact for contact in existing.values() if contact.origin != part_key]

    def _inserted_before(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[ContactRow],
        options: WriteOptions,
        part_key: str,
        unfit: dict[int, Invalid],
    ) -> tuple[list[Contact], list[Contact]]:
        """Return contacts of rows without claims that an earlier try of this part inserted without counting them.

        These are the contacts that still exist, and those that other calls have deleted and counted as deleted since.
        """
        if not rows:
            return [], []
        ids = [row.contact_id for row in rows]
        stored = self._contacts.many(account_id, list_id, ids)
        deleted = self._contacts.deleted.of_ids(account_id, list_id, ids)
        deleted_ids = {contact_id for contact_id, contact in deleted.items() if contact.origin == part_key}
        rows = [row for row in rows if row.contact_id in stored or row.contact_id in deleted_ids]
        contacts = [self._new(account_id, list_id, row, options, part_key, None, unfit) for row in rows]
        return as_inserted(contacts, stored), [contact for contact in contacts if contact.id in deleted_ids]

    def _marked(self, account_id: str, list_id: int, created: Sequence[Contact]) -> list[Contact]:
        """Mark contacts whose address was suppressed while they were being written; return all contacts."""
        suppressions = self._suppressed(account_id, [contact.address for contact in created])

        def marked(contact: Contact) -> Contact:
            suppression = suppressions.get(contact.address)
            return contact if suppression is None else replace(contact, mark=rules.mark_of(suppression))

        late = {contact.id for contact in created if marked(contact) != contact}
        stored = self._contacts.many(account_id, list_id, late)
        self._service.change_many(list(stored.values()), marked)
        return [marked(contact) for contact in created]

    def _new(
        self,
        account_id: str,
        list_id: int,
        row: ContactRow,
        options: WriteOptions,
        part_key: str,
        suppression: Suppression | None,
        unfit: dict[int, Invalid],
    ) -> Contact:
        target = options.target_of(row)
        asked = rules.needs_confirmation(None, options.double_opt_in, resubscribe=False)
        is_pending = target == Status.PENDING or (asked and target == Status.ACTIVE)
        status = Status.PENDING if is_pending else Status.ACTIVE
        contact = Contact(
            account_id=account_id,
            list_id=list_id,
            id=row.contact_id,
            email=row.email if row.address else "",
            address=row.address,
            external_id=row.external_id,
            status=status if row.address else Status.UNADDRESSED,
            subscribed_at=row.subscribed_at,
            updated_at=row.subscribed_at,
            mark=rules.mark_of(suppression),
            origin=part_key,
        )
        departed = rules.with_departure(contact, row.departure)
        contact = rules.withdrawn(departed, target, options.cause_of(row))
        return with_row_values(contact, row, options, unfit)

    def _update(
        self,
        existing: Sequence[Contact],
        rows: Sequence[ContactRow],
        options: WriteOptions,
        unfit: dict[int, Invalid],
        import_id: str,
    ) -> int:
        if not existing:
            return 0
        by_id = {row.contact_id: row for row in rows}
        joined = MembershipChange(
            add_groups=options.groups.union(*(row.groups for row in rows)),
            add_interests=options.interests.union(*(row.interests for row in rows)),
        )
        deleted = self._service.without_deleted(existing, joined)
        mode = options.double_opt_in

        def imported(contact: Contact) -> Contact:
            row = by_id[contact.id]
            with_values = with_row_values(contact, row, options, unfit, deleted)
            target, by = options.target_of(row), options.cause_of(row)
            is_own = is_of_import(contact, import_id)
            return rules.imported_again(with_values, target, mode, by, is_own=is_own)

        asked_ids = [
            contact.id
            for contact in existing
            if options.target_of(by_id[contact.id]) == Status.ACTIVE
            and rules.needs_confirmation(contact, mode, resubscribe=False)
        ]
        changed = sum(imported(contact) != contact and contact.id not in unfit for contact in existing)
        self._service.change_many(existing, imported)
        if asked_ids:
            account_id, list_id = existing[0].account_id, existing[0].list_id
            asked = self._contacts.many(account_id, list_id, asked_ids)
            self._confirmations.request(account_id, list_id, list(asked.values()), import_id=import_id)
        return changed

    def _record_created(
        self, account_id: str, list_id: int, created: Sequence[Contact], options: WriteOptions, import_id: str
    ) -> None:
        """Request confirmations from pending contacts, and record that all of these were added."""
        if not created:
            return
        pending = [contact for contact in created if contact.status == Status.PENDING and not contact.suppressed]
        if pending and options.double_opt_in != DoubleOptIn.NEVER:
            self._confirmations.request(account_id, list_id, pending, import_id=import_id)
        moment = self._now()
        changes = [
            ContactChange(kind=ChangeKind.ADDED, contact=contact, happened_at=moment)
            for contact in created
            if contact.has_address
        ]
        if changes:
            self._change_recorder.publish(account_id, list_id, changes)
        self._outbox.announce(account_id, events_of_import(created, starts_workflows=options.starts_workflows))


def _without(rows: Sequence[ContactRow], others: Sequence[ContactRow]) -> list[ContactRow]:
    ids = {row.contact_id for row in others}
    return [row for row in rows if row.contact_id not in ids]
