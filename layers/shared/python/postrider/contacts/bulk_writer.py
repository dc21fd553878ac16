"""Write many contacts of one list: first ids and claims, then the contacts, 25 per call; each is counted once.

A crash in between leaves claims without contacts; the next write of such an address stores the contact under the claimed
id. A repeated part recognizes the contacts of its first try by their `origin`, and counts them once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from postrider.contacts import rules
from postrider.contacts.bulk_claims import BulkClaims, PersonNames, Reservation
from postrider.contacts.bulk_inserts import BulkInserts, as_inserted, by_origin, is_of_import
from postrider.contacts.changes import ChangeKind, ChangeRecorder, ContactChange, NoOptIn, NoRecorder, OptIn
from postrider.contacts.domain_events import events_of_import
from postrider.contacts.identifiers import IdentifierKind
from postrider.contacts.model import Claim, Contact, DoubleOptIn, LeftBy, Status, Value
from postrider.contacts.repository import ContactRepository
from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid
from postrider.kit.observability import logger
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.suppressions.model import Suppression
from postrider.suppressions.service import SuppressionService

NOTHING = MembershipChange()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A row to be written; `is_new` says that its identifiers were claimed for this draft. `address` is "" for none.

    `departure` is that of an earlier contact with the address. `has_consents` marks the contact, so that the caller can add
    consent records afterwards. `is_claimed` says that the identifiers were claimed when the draft was made.
    """

    email: str
    address: str
    contact_id: int
    subscribed_at: datetime
    is_new: bool
    attributes: Mapping[int, Value | None] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    status: Status | None = None
    external_id: str | None = None
    departure: LeftBy | None = None
    opted_in_at: datetime | None = None
    has_consents: bool = False
    is_claimed: bool = False


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """Instructions for all drafts of a call: the status (active, unsubscribed or deleted), and groups and interests to add.

    The status of a draft replaces the status active; `unsubscribed_by` is the cause of an unsubscription by this status.
    `starts_workflows` lets new active contacts enter the workflows of the list.
    """

    target: Status = Status.ACTIVE
    double_opt_in: DoubleOptIn = DoubleOptIn.NEVER
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    starts_workflows: bool = False
    unsubscribed_by: LeftBy = LeftBy.ACCOUNT

    def target_of(self, draft: Draft) -> Status:
        return draft.status or self.target if self.target == Status.ACTIVE else self.target

    def cause_of(self, draft: Draft) -> LeftBy:
        """Return the cause of the unsubscription of a draft, if it is one."""
        is_own = self.target == Status.ACTIVE and draft.status is not None
        return self.unsubscribed_by if is_own else LeftBy.ACCOUNT


@dataclass(frozen=True, kw_only=True)
class WriteCounts:
    """Numbers of contacts; each contact is counted in one of them. `unfit` has the errors, by contact id, of drafts that
    exceeded a limit: only the status of these contacts was changed. `duplicates` are contacts that an earlier part of the
    same import created."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    duplicates: int = 0
    unfit: Mapping[int, Invalid] = field(default_factory=dict)


class ContactBulkWriter:
    def __init__(
        self,
        contacts: ContactRepository,
        service: ContactService,
        suppressions: SuppressionService,
        now: Clock,
        *,
        change_recorder: ChangeRecorder | None = None,
        opt_in: OptIn | None = None,
        outbox: EventRecorder = NO_RECORDER,
    ) -> None:
        self._contacts, self._service, self._suppressions, self._now = contacts, service, suppressions, now
        self._change_recorder: ChangeRecorder = change_recorder or NoRecorder()
        self._opt_in: OptIn = opt_in or NoOptIn()
        self._outbox, self._claims, self._inserts = outbox, BulkClaims(contacts, now), BulkInserts(contacts)

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
        self, account_id: str, list_id: int, addresses: Sequence[str], *, once: str | None = None
    ) -> dict[str, tuple[Claim, bool]]:
        """Return a claim per canonical address (at most 1,024), and whether it is new; a known address keeps its id.

        `once` names the part of an import, as in `write`: a contact that its earlier try inserted and another call deleted
        keeps its id, and its address is not claimed again.
        """
        known = self._contacts.claims.known(account_id, list_id, addresses)
        claimed = {address: (claim, False) for address, claim in known.claims.items()}
        if once is not None:
            for contact in self._contacts.import_parts.deleted_contacts(account_id, list_id, once):
                if contact.address in addresses:
                    claim = Claim(
                        address=contact.address,
                        contact_id=contact.contact_id,
                        subscribed_at=self._now(),
                        is_stored=False,
                    )
                    claimed[contact.address] = claim, False
        missing = [address for address in dict.fromkeys(addresses) if address not in claimed]
        if missing:
            first, moment = self._contacts.ids.allocate(account_id, list_id, len(missing), self._now())
            if once is not None:
                self._contacts.import_parts.add_ids(
                    account_id, list_id, once, first_id=first, count=len(missing), now=moment
                )
            claims = [
                Claim(
                    address=address,
                    contact_id=first + offset,
                    subscribed_at=moment,
                    departure=known.departures.get(address),
                )
                for offset, address in enumerate(missing)
            ]
            # Another call claimed the address first, or the SDK repeated this call: the stored claim tells them apart.
            taken = self._contacts.claims.add_many(account_id, list_id, claims, known.departures)
            for claim in claims:
                held = taken.get(claim.address, claim)
                claimed[claim.address] = (held, held.contact_id == claim.contact_id)
        return claimed

    def existing(
        self, account_id: str, list_id: int, people: Sequence[PersonNames], key: IdentifierKind
    ) -> list[Contact | None]:
        """Return the contact of each person, None for a new one."""
        return self._claims.known(account_id, list_id, people, key)

    def reserve_people(
        self, account_id: str, list_id: int, people: Sequence[PersonNames], key: IdentifierKind, *, once: str
    ) -> list[Reservation]:
        """Return the contact of each person, and claim the identifiers of new contacts. At most 1,024 people, no key twice.

        For `once` see `reserve`.
        """
        return self._claims.reserve(account_id, list_id, people, key, once=once)

    def _suppressed(self, account_id: str, addresses: Collection[str]) -> dict[str, Suppression]:
        return self._suppressions.suppressed(account_id, [address for address in addresses if address])

    def write(
        self,
        account_id: str,
        list_id: int,
        drafts: Sequence[Draft],
        treatment: Treatment,
        *,
        once: str,
        removals: int | None = None,
    ) -> WriteCounts:
        """Write the drafts by the rules of consent.

        `once` names this part of an import, `<import>/<part>` if it has several; repeating a part changes nothing.
        `removals` is what the method `removals` returned before the drafts were claimed: claims are only checked if another
        call has deleted a contact since. Without it, all claims are checked.
        """
        if not drafts:
            return WriteCounts()
        outcome = self._contacts.import_parts.outcome(account_id, list_id, once)
        if outcome is not None:
            return _written(outcome)
        if treatment.target == Status.DELETED:
            contacts = self._contacts.many(account_id, list_id, [draft.contact_id for draft in drafts])
            self._service.deletion.delete_many(list(contacts.values()))
            return WriteCounts(deleted=len(contacts))
        existing = self._contacts.many(account_id, list_id, [draft.contact_id for draft in drafts if not draft.is_new])
        before = {contact.id: contact for contact in existing.values() if contact.origin != once}
        missing = [draft for draft in drafts if draft.contact_id not in before]
        unfit: dict[int, Invalid] = {}
        additions = self._suppressions.additions(account_id) if missing else 0
        claimed: list[Draft] = []
        if missing and self._has_all_claims(account_id, list_id, removals):
            claimed = [draft for draft in missing if draft.is_claimed]
        claimed += self._still_claimed(account_id, list_id, _without(missing, claimed))
        made, repeated, others = self._create(account_id, list_id, claimed, treatment, once, unfit)
        without_claims = _without(missing, claimed)
        stored, deleted = self._inserted_before(account_id, list_id, without_claims, treatment, once, unfit)
        repeated += stored
        created = made + repeated
        if created and not self._has_all_claims(account_id, list_id, removals):
            created = self._inserts.with_claims(account_id, list_id, created)
        counted = created + deleted
        if repeated or (created and self._suppressions.additions(account_id) != additions):
            created = self._marked(account_id, list_id, created)
        first, again = by_origin([*before.values(), *others], once)
        import_id = once.partition("/")[0]
        updated = self._update(first, drafts, treatment, unfit, import_id)
        self._update(again, drafts, treatment, unfit, import_id)
        self._record_created(account_id, list_id, created, treatment, import_id)
        written = WriteCounts(
            created=sum(contact.id not in unfit for contact in counted),
            updated=updated,
            duplicates=sum(contact.id not in unfit for contact in again),
            unfit=unfit,
        )
        # Count contacts as they were inserted: later marks were counted with their own change.
        self._contacts.count_created(
            account_id, list_id, counted, once=once, outcome=_outcome(written), now=self._now()
        )
        return written

    def _has_all_claims(self, account_id: str, list_id: int, removals: int | None) -> bool:
        """Return whether no claim was released since this number was read."""
        return removals is not None and self.removals(account_id, list_id) == removals

    def _still_claimed(self, account_id: str, list_id: int, drafts: Sequence[Draft]) -> list[Draft]:
        """Return the drafts with departures, without those whose contact was deleted, or got another address, after the claim."""
        known = self._contacts.claims.known(account_id, list_id, [draft.address for draft in drafts])
        external_ids = {draft.external_id for draft in drafts if draft.external_id}
        holders = self._contacts.claims.of_external_ids(account_id, list_id, external_ids) if external_ids else {}

        def has_address(draft: Draft) -> bool:
            claim = known.claims.get(draft.address)
            return claim is not None and claim.contact_id == draft.contact_id

        def has_external_id(draft: Draft) -> bool:
            return holders.get(draft.external_id or "") == draft.contact_id

        return [
            replace(
                draft,
                external_id=draft.external_id if has_external_id(draft) else None,
                departure=known.departures.get(draft.address),
            )
            for draft in drafts
            if (has_address(draft) if draft.address else has_external_id(draft))
        ]

    def _create(
        self,
        account_id: str,
        list_id: int,
        drafts: Sequence[Draft],
        treatment: Treatment,
        once: str,
        unfit: dict[int, Invalid],
    ) -> tuple[list[Contact], list[Contact], list[Contact]]:
        """Return the contacts that this call, an earlier try of this part, and other calls have created."""
        suppressed = self._suppressed(account_id, [draft.address for draft in drafts])
        erased = [draft for draft in drafts if draft.address in suppressed and suppressed[draft.address].is_erasure]
        if erased:  # after their rows were checked
            claims = {draft.address: draft.contact_id for draft in erased}
            self._contacts.claims.release(account_id, list_id, claims)
            external_ids = {draft.external_id: draft.contact_id for draft in erased if draft.external_id}
            self._contacts.claims.release_external_ids(account_id, list_id, external_ids)
            drafts = [draft for draft in drafts if draft.address not in claims]
        contacts = [
            self._new(account_id, list_id, draft, treatment, once, suppressed.get(draft.address), unfit)
            for draft in drafts
        ]
        existing_ids = self._contacts.insert_many(contacts) if contacts else set()
        existing = self._contacts.many(account_id, list_id, existing_ids) if existing_ids else {}
        made = [contact for contact in contacts if contact.id not in existing_ids]
        repeated = as_inserted(contacts, existing)
        return made, repeated, [contact for contact in existing.values() if contact.origin != once]

    def _inserted_before(
        self,
        account_id: str,
        list_id: int,
        drafts: Sequence[Draft],
        treatment: Treatment,
        once: str,
        unfit: dict[int, Invalid],
    ) -> tuple[list[Contact], list[Contact]]:
        """Return contacts of drafts without claims that an earlier try of this part inserted without counting them.

        These are the contacts that still exist, and those that other calls have deleted and counted as deleted since.
        """
        if not drafts:
            return [], []
        ids = [draft.contact_id for draft in drafts]
        stored = self._contacts.many(account_id, list_id, ids)
        deleted = self._contacts.deleted.of_ids(account_id, list_id, ids)
        deleted_ids = {contact_id for contact_id, contact in deleted.items() if contact.origin == once}
        drafts = [draft for draft in drafts if draft.contact_id in stored or draft.contact_id in deleted_ids]
        contacts = [self._new(account_id, list_id, draft, treatment, once, None, unfit) for draft in drafts]
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
        draft: Draft,
        treatment: Treatment,
        once: str,
        suppression: Suppression | None,
        unfit: dict[int, Invalid],
    ) -> Contact:
        target = treatment.target_of(draft)
        asked = rules.asked_to_confirm(None, treatment.double_opt_in, resubscribe=False)
        is_pending = target == Status.PENDING or (asked and target == Status.ACTIVE)
        status = Status.PENDING if is_pending else Status.ACTIVE
        contact = Contact(
            account_id=account_id,
            list_id=list_id,
            id=draft.contact_id,
            email=draft.email if draft.address else "",
            address=draft.address,
            external_id=draft.external_id,
            status=status if draft.address else Status.UNADDRESSED,
            subscribed_at=draft.subscribed_at,
            updated_at=draft.subscribed_at,
            mark=rules.mark_of(suppression),
            origin=once,
        )
        departed = rules.with_departure(contact, draft.departure)
        contact = rules.withdrawn(departed, target, treatment.cause_of(draft))
        return _with_values(contact, draft, treatment, unfit)

    def _update(
        self,
        existing: Sequence[Contact],
        drafts: Sequence[Draft],
        treatment: Treatment,
        unfit: dict[int, Invalid],
        import_id: str,
    ) -> int:
        if not existing:
            return 0
        by_id = {draft.contact_id: draft for draft in drafts}
        joined = MembershipChange(
            add_groups=treatment.groups.union(*(draft.groups for draft in drafts)),
            add_interests=treatment.interests.union(*(draft.interests for draft in drafts)),
        )
        deleted = self._service.without_deleted(existing, joined)
        mode = treatment.double_opt_in

        def imported(contact: Contact) -> Contact:
            draft = by_id[contact.id]
            with_values = _with_values(contact, draft, treatment, unfit, deleted)
            target, by = treatment.target_of(draft), treatment.cause_of(draft)
            is_own = is_of_import(contact, import_id)
            return rules.imported_again(with_values, target, mode, by, is_own=is_own)

        asked_ids = [
            contact.id
            for contact in existing
            if treatment.target_of(by_id[contact.id]) == Status.ACTIVE
            and rules.asked_to_confirm(contact, mode, resubscribe=False)
        ]
        changed = sum(imported(contact) != contact and contact.id not in unfit for contact in existing)
        self._service.change_many(existing, imported)
        if asked_ids:
            account_id, list_id = existing[0].account_id, existing[0].list_id
            asked = self._contacts.many(account_id, list_id, asked_ids)
            self._opt_in.request(account_id, list_id, list(asked.values()), import_id=import_id)
        return changed

    def _record_created(
        self, account_id: str, list_id: int, created: Sequence[Contact], treatment: Treatment, import_id: str
    ) -> None:
        """Request confirmations from pending contacts, and record that all of these were added."""
        if not created:
            return
        pending = [contact for contact in created if contact.status == Status.PENDING and not contact.suppressed]
        if pending and treatment.double_opt_in != DoubleOptIn.NEVER:
            self._opt_in.request(account_id, list_id, pending, import_id=import_id)
        moment = self._now()
        changes = [
            ContactChange(kind=ChangeKind.ADDED, contact=contact, happened_at=moment)
            for contact in created
            if contact.has_address
        ]
        if changes:
            self._change_recorder.publish(account_id, list_id, changes)
        self._outbox.announce(account_id, events_of_import(created, starts_workflows=treatment.starts_workflows))


def _without(drafts: Sequence[Draft], others: Sequence[Draft]) -> list[Draft]:
    ids = {draft.contact_id for draft in others}
    return [draft for draft in drafts if draft.contact_id not in ids]


def _outcome(written: WriteCounts) -> dict[str, Any]:
    unfit = {str(contact_id): [exc.code, exc.message] for contact_id, exc in written.unfit.items()}
    return {
        "created": written.created,
        "updated": written.updated,
        "duplicates": written.duplicates,
        "unfit": unfit,
    }


def _written(outcome: Mapping[str, Any]) -> WriteCounts:
    unfit = {int(contact_id): Invalid(message, code=code) for contact_id, (code, message) in outcome["unfit"].items()}
    numbers = {name: outcome[name] for name in ("created", "updated", "duplicates")}
    return WriteCounts(**numbers, unfit=unfit)


def _with_values(
    contact: Contact,
    draft: Draft,
    treatment: Treatment,
    unfit: dict[int, Invalid],
    deleted: MembershipChange = NOTHING,
) -> Contact:
    """Return the contact with the values of the draft and the treatment, without the `deleted` groups and interests.

    A draft alone is within the limits, which was checked before. If the contact exceeds a limit together with its old
    values, it keeps the old values and is added to `unfit`; only its status still changes.
    """
    change = replace(
        deleted,
        add_groups=treatment.groups | draft.groups,
        add_interests=treatment.interests | draft.interests,
    )
    try:
        fitting = rules.with_attributes(change.apply(contact), draft.attributes)
    except Invalid as exc:
        logger.warning("row does not fit its contact", contact_id=contact.id, code=exc.code)
        unfit[contact.id] = exc
        return contact
    is_own = draft.opted_in_at in (None, contact.subscribed_at)  # the moment that an export of this list has
    return replace(
        fitting,
        opted_in_at=fitting.opted_in_at if is_own else draft.opted_in_at,
        has_consents=draft.has_consents or fitting.has_consents,
    )
