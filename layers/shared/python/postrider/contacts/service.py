"""Add, change and delete contacts, and apply bounces, complaints and unsubscriptions to them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.address import NO_ADDRESS, Address, canonical, parse
from postrider.contacts.changes import (
    ChangeKind,
    ChangeRecorder,
    ContactChange,
    ContactRecords,
    NonePending,
    NoOptIn,
    NoRecorder,
    NoRecords,
    OptIn,
    PendingContacts,
)
from postrider.contacts.identifiers import Identifier, IdentifierKind, parse_external_id
from postrider.contacts.model import Claim, Contact, DoubleOptIn, LeftBy, Status, Value
from postrider.contacts.repository import ContactRepository, Stale, unknown_contact
from postrider.contacts.rules import MembershipChange
from postrider.groups.service import GroupService
from postrider.interests.service import InterestService
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.lists.service import ListService
from postrider.suppressions.model import Suppression
from postrider.suppressions.rules import ErasedAddress
from postrider.suppressions.service import SuppressionService

CLOSED_FOR = timedelta(days=1)
"""How long a deleted list is kept closed: longer than any call that read the list before can still write contacts."""
TRIES = 10
"""Attempts to write a contact that other calls change at the same time."""
LINKS_WORK_FOR = timedelta(days=400)
"""How long unsubscription links work after a contact was deleted: longer than the interval of a yearly mail."""

Change = Callable[[Contact], Contact]


class ContactService:
    def __init__(
        self,
        contacts: ContactRepository,
        lists: ListService,
        attributes: AttributeService,
        groups: GroupService,
        interests: InterestService,
        suppressions: SuppressionService,
        now: Clock,
        *,
        change_recorder: ChangeRecorder | None = None,
        opt_in: OptIn | None = None,
        pending: PendingContacts | None = None,
        records: Callable[[], ContactRecords] = NoRecords,
    ) -> None:
        """Keep the parts. `pending` completes contacts that `get`, `delete` and changes of one contact do not find.

        `records` builds the part that deletes records of contacts, when the first contact that has any is deleted.
        """
        self._contacts, self._lists, self._attributes = contacts, lists, attributes
        self._groups, self._interests, self._suppressions = groups, interests, suppressions
        self._now = now
        self._change_recorder: ChangeRecorder = change_recorder or NoRecorder()
        self._opt_in: OptIn = opt_in or NoOptIn()
        self._pending: PendingContacts = pending or NonePending()
        self._records = records

    # Reading

    def get(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Return the contact with this id. Raises NotFound, also for a contact without an address (see `by_identifier`)."""
        self._lists.check_known(account_id, list_id)
        return _with_address(self._current(account_id, list_id, contact_id))

    def by_identifier(self, account_id: str, list_id: int, identifier: Identifier) -> Contact:
        """Return the contact with this identifier, which may have no address. Raises NotFound."""
        contact = self.by_identifiers(account_id, list_id, [identifier])[0]
        if contact is None:
            raise unknown_contact()
        return contact

    def by_identifiers(self, account_id: str, list_id: int, identifiers: Sequence[Identifier]) -> list[Contact | None]:
        """Return the contact with each identifier, None for an unknown one; 100 are read per call.

        A contact that an import has claimed but not written yet is created now.
        """
        contact_ids = self._contacts.claims.contact_ids(account_id, list_id, identifiers)
        contacts = self._contacts.many(account_id, list_id, {id_ for id_ in contact_ids if id_ is not None})
        return [
            contacts.get(contact_id) or self._claimed_by(account_id, list_id, identifier)
            if contact_id is not None
            else None
            for identifier, contact_id in zip(identifiers, contact_ids, strict=True)
        ]

    def with_addresses(self, account_id: str, list_id: int, emails: Iterable[str]) -> dict[str, Contact]:
        """Return the contacts that exist by their addresses, as these are given, with two calls for 100."""
        addresses = sorted(set(emails))
        ids = self._contacts.claims.contact_ids(account_id, list_id, [Identifier.email(email) for email in addresses])
        contacts = self._contacts.many(account_id, list_id, {id_ for id_ in ids if id_ is not None})
        return {email: contacts[id_] for email, id_ in zip(addresses, ids, strict=True) if id_ in contacts}

    def _claimed_by(self, account_id: str, list_id: int, identifier: Identifier) -> Contact | None:
        """Complete the contact of a claim, if an import has still to write it."""
        match identifier.kind:
            case IdentifierKind.EMAIL:
                return self.find_or_complete(account_id, list_id, identifier.value)
            case IdentifierKind.CONTACT_ID:
                with suppress(NotFound):
                    return self._current(account_id, list_id, int(identifier.value))
        return None

    def _current(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        try:
            return self._contacts.get(account_id, list_id, contact_id)
        except NotFound:
            if not self._pending.complete(account_id, list_id, [contact_id]):
                raise
        return self._contacts.get(account_id, list_id, contact_id)

    def find(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact with this address in any spelling, or None."""
        return self._contacts.find(account_id, list_id, canonical(email))

    def find_or_complete(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact; if an import has claimed the address but not written it yet, create it now.

        Raises Invalid for a text that is no address.
        """
        claim = self._contacts.claims.of_address(account_id, list_id, parse(email).canonical)
        if claim is None:
            return None
        contact = self._claimed(account_id, list_id, claim)
        if contact is not None:
            return contact
        with suppress(ErasedAddress, NotFound):  # the import has given the claim up, or the list is being deleted
            return self.create(account_id, list_id, email=email, resubscribe=False)
        return None

    def contacts_in(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[int, Contact]:
        """Return the current contacts of a chunk by id, with a range query per block."""
        return self._contacts.in_chunk(account_id, list_id, contact_ids)

    def many(self, account_id: str, list_id: int, contact_ids: Iterable[int]) -> dict[int, Contact]:
        """Return contacts from anywhere in the list by id, 100 per call; unknown ids are missing."""
        return self._contacts.many(account_id, list_id, contact_ids)

    def blocks_of(self, account_id: str, list_id: int) -> list[int]:
        """Return every block that the list ever took, in order."""
        return self._contacts.blocks(account_id, list_id)

    def block_contacts(self, account_id: str, list_id: int, block: int) -> list[Contact]:
        """Return the contacts of a block, at most 1,024, in order of id, read consistently."""
        return self._contacts.block(account_id, list_id, block)

    def counts(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Return the number of contacts by status, from maintained counters."""
        return self._contacts.counts(account_id, list_id)

    def counts_of_lists(self, account_id: str, list_ids: Iterable[int]) -> dict[Status, int]:
        """Return the number of contacts in these lists together by status, from maintained counters."""
        return self._contacts.counts_of_lists(account_id, list_ids)

    def mailable(self, account_id: str, list_id: int) -> int:
        """Return the number of active contacts that are not suppressed, from maintained counters; patterns are not counted."""
        return self._contacts.mailable(account_id, list_id)

    def interest_usage(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of contacts by interest, from maintained counters."""
        return self._contacts.usage(account_id, list_id)

    def group_counts(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of members by group, from maintained counters."""
        return self._contacts.groups.counts(account_id, list_id)

    def blocks_of_groups(self, account_id: str, list_id: int, group_ids: Collection[int]) -> set[int]:
        """Return the blocks in which the list may have members of any of these groups."""
        return self._contacts.groups.blocks(account_id, list_id, group_ids)

    def recount(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Count contacts by status by reading all of them, for a comparison with `counts`."""
        return self._contacts.recount(account_id, list_id)

    # Adding

    def create(
        self,
        account_id: str,
        list_id: int,
        *,
        email: str | None,
        external_id: str | None = None,
        attributes: Mapping[str, str | None] | None = None,
        groups: Collection[int] = (),
        interests: Collection[int] = (),
        resubscribe: bool = True,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
        opt_in: OptIn | None = None,
        first: Change = lambda contact: contact,
    ) -> Contact:
        """Create a contact, or update the contact with this address; groups and interests are added to its own.

        For consent see `rules`. `first` changes a new contact before it is stored. `opt_in` replaces the usual sender of
        confirmation requests. A contact needs an address or an external id. Raises NotFound for the list, ErasedAddress for
        the address of an erased person, Conflict for the external id of another contact, Invalid for invalid values.
        """
        self._lists.get(account_id, list_id)
        address = NO_ADDRESS if email is None else parse(email)
        external_id = None if external_id is None else parse_external_id(external_id)
        if address == NO_ADDRESS and external_id is None:
            raise Invalid("A contact needs an address or an external id.", code="contact_unnamed", field="email")
        values = self._attributes.schema(account_id, list_id).values_of(attributes or {}) if attributes else {}
        confirmation_requests = opt_in or self._opt_in
        joined = MembershipChange(add_groups=frozenset(groups), add_interests=frozenset(interests))

        def with_values(contact: Contact) -> Contact:
            change = self.without_deleted([contact], joined)
            return rules.with_attributes(change.apply(self._identified(contact, external_id)), values)

        for _ in range(TRIES):
            claim = self._contacts.claims.of_address(account_id, list_id, address.canonical)
            existing = (
                self._claimed(account_id, list_id, claim)
                if address != NO_ADDRESS
                else self._with_external_id(account_id, list_id, external_id)
            )
            try:
                if existing is not None:
                    return self._add_again(
                        existing, with_values, double_opt_in, confirmation_requests, resubscribe=resubscribe
                    )
                blank = self._blank(account_id, list_id, address, claim)
                asked = blank.has_address and rules.asked_to_confirm(None, double_opt_in, resubscribe=resubscribe)
                if asked:
                    blank = replace(blank, status=Status.PENDING, confirmation_due=double_opt_in == DoubleOptIn.NEW)
                contact = first(with_values(blank))
                self._contacts.create(contact, claimed=claim is not None)
            except Stale:
                continue
            contact = self._marked(contact)
            if asked and not contact.suppressed:
                contact = self._request_confirmation(contact, confirmation_requests)
            self._record(ChangeKind.ADDED, contact)
            return contact
        raise self._too_busy()

    def _identified(self, contact: Contact, external_id: str | None) -> Contact:
        """Give the contact this external id. Raises Conflict if it has another one, or another contact has it."""
        if external_id is None or external_id == contact.external_id:
            return contact
        holders = self._contacts.claims.of_external_ids(contact.account_id, contact.list_id, [external_id])
        if holders or contact.external_id is not None:
            raise _external_id_taken()
        return replace(contact, external_id=external_id)

    def _blank(self, account_id: str, list_id: int, address: Address, claim: Claim | None) -> Contact:
        """Return a new contact that is not stored yet, with the id of the claim if there is one. Raises ErasedAddress."""
        suppression = self._suppression_of(account_id, address)
        if claim is not None:  # also of an erased person, whose claim an erasure completes and then deletes
            contact_id, moment = claim.contact_id, claim.subscribed_at
        elif suppression is not None and suppression.is_erasure:
            raise ErasedAddress
        else:
            contact_id, moment = self._contacts.allocate(account_id, list_id, 1, self._now())
        return Contact(
            account_id=account_id,
            list_id=list_id,
            id=contact_id,
            email=address.original,
            address=address.canonical,
            status=Status.UNADDRESSED if address == NO_ADDRESS else Status.ACTIVE,
            subscribed_at=moment,
            updated_at=moment,
            mark=rules.mark_of(suppression),
        )

    def _with_external_id(self, account_id: str, list_id: int, external_id: str | None) -> Contact | None:
        if external_id is None:
            return None
        claimed = self._contacts.claims.of_external_ids(account_id, list_id, [external_id])
        return next(iter(self._contacts.many(account_id, list_id, claimed.values()).values()), None)

    def _suppression_of(self, account_id: str, address: Address) -> Suppression | None:
        if address == NO_ADDRESS:
            return None
        return self._suppressions.suppressed(account_id, [address.canonical]).get(address.canonical)

    def _claimed(self, account_id: str, list_id: int, claim: Claim | None) -> Contact | None:
        if claim is None:
            return None
        return self._contacts.many(account_id, list_id, [claim.contact_id]).get(claim.contact_id)

    def _add_again(
        self,
        existing: Contact,
        with_values: Change,
        mode: DoubleOptIn,
        confirmation_requests: OptIn,
        *,
        resubscribe: bool,
    ) -> Contact:
        after = with_values(rules.added_again(existing, mode, resubscribe=resubscribe))
        stored = self._store(existing, after)
        if rules.asked_to_confirm(existing, mode, resubscribe=resubscribe):
            stored = self._request_confirmation(stored, confirmation_requests)
        if stored.status == Status.ACTIVE != existing.status:
            self._record(ChangeKind.RESUBSCRIBED, stored)
        elif stored.version != existing.version:
            self._record(ChangeKind.UPDATED, stored)
        return stored

    def _request_confirmation(self, contact: Contact, confirmation_requests: OptIn) -> Contact:
        """Enqueue the request, then note that it is not due any longer: a retry after a crash in between enqueues it again."""
        key = contact.account_id, contact.list_id
        confirmation_requests.request(*key, [contact])
        if not contact.confirmation_due:
            return contact
        try:
            return self.change(*key, contact.id, lambda current: replace(current, confirmation_due=False), None)
        except NotFound:
            return contact

    # Changing

    def patch(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        email: str | None = None,
        attributes: Mapping[str, str | None] | None = None,
        groups: Collection[int] | None = None,
        interests: Collection[int] | None = None,
    ) -> Contact:
        """Set the arguments that are not None; groups and interests replace the whole sets.

        Raises NotFound, Invalid for invalid values, ErasedAddress for the new address of an erased person, Conflict if the
        list already has the new address.
        """
        self._lists.get(account_id, list_id)
        address = None if email is None else parse(email)
        values = self._attributes.schema(account_id, list_id).values_of(attributes) if attributes else {}
        suppression = None if address is None else self._suppression_of(account_id, address)

        def patched(contact: Contact) -> Contact:
            members = rules.with_memberships(contact, groups=groups, interests=interests)
            after = rules.with_attributes(members, values)
            if address is None:
                return after
            if address.canonical == contact.address:
                return rules.with_address(after, address, contact.mark)
            taken = self._contacts.claims.of_address(account_id, list_id, address.canonical)
            if taken is not None:
                raise Conflict(
                    "The list already has a contact with this address.", code="contact_exists", field="email"
                )
            if suppression is not None and suppression.is_erasure:
                raise ErasedAddress
            return rules.with_address(after, address, rules.mark_of(suppression))

        stored = self.change(account_id, list_id, contact_id, patched, ChangeKind.UPDATED)
        return stored if address is None else self._marked(stored)

    def change_memberships(self, account_id: str, list_id: int, contact_id: int, change: MembershipChange) -> Contact:
        """Change groups and interests of a contact. Raises NotFound, and Invalid if it exceeds the limits."""
        self._lists.get(account_id, list_id)
        return self.change(
            account_id,
            list_id,
            contact_id,
            lambda contact: self.without_deleted([contact], change).apply(_with_address(contact)),
            ChangeKind.UPDATED,
        )

    def change_memberships_of_many(self, contacts: Sequence[Contact], change: MembershipChange) -> int:
        """Change groups and interests of contacts of one list; return the number of changed contacts.

        A contact that would exceed the limits is left unchanged.
        """
        whole = self.without_deleted(contacts, change)

        def applied(contact: Contact) -> Contact:
            try:
                return whole.apply(contact)
            except Invalid:
                return contact

        return self.change_many(contacts, applied)

    def without_deleted(self, contacts: Sequence[Contact], change: MembershipChange) -> MembershipChange:
        """Return the change with the removal of deleted groups and interests from the sets that it touches."""
        if not contacts:
            return change
        account_id, list_id = contacts[0].account_id, contacts[0].list_id
        groups = frozenset().union(*(contact.groups for contact in contacts)) if change.touches_groups else ()
        if groups:
            deleted = frozenset(groups - self._groups.names_of(account_id, groups).keys())
            change = replace(change, remove_groups=change.remove_groups | deleted)
        interests = frozenset().union(*(contact.interests for contact in contacts)) if change.touches_interests else ()
        if interests:
            deleted = frozenset(interests - self._interests.names_of(account_id, list_id).keys())
            change = replace(change, remove_interests=change.remove_interests | deleted)
        return change

    def delete(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Delete the contact permanently, and free its address. Raises NotFound, also for a contact without an address.

        Only its address is kept, for LINKS_WORK_FOR; see `unsubscribe_deleted`.
        """
        self._lists.get(account_id, list_id)
        return self._delete(account_id, list_id, contact_id, keep_links=True, check=_with_address)

    def remove(self, contact: Contact) -> None:
        """Delete the contact as `delete` does, also one without an address; do nothing if it is deleted already."""
        with suppress(NotFound):
            self._delete(contact.account_id, contact.list_id, contact.id, keep_links=True)

    def erase(self, contact: Contact) -> None:
        """Delete the contact with its address, also from a list that is being deleted."""
        with suppress(NotFound):
            self._delete(contact.account_id, contact.list_id, contact.id, keep_links=False)

    def _delete(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        keep_links: bool,
        check: Change = lambda contact: contact,
    ) -> Contact:
        for _ in range(TRIES):
            contact = check(self._current(account_id, list_id, contact_id))
            self._delete_records([contact])
            try:
                self._contacts.delete(contact, known_until=self._known_until(keep_links))
            except Stale:
                continue
            self._delete_records([contact])
            self._record(ChangeKind.DELETED, contact)
            return contact
        raise self._too_busy()

    def change(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        kind: ChangeKind | None,
        details: Mapping[str, str | int | None] | None = None,
    ) -> Contact:
        """Apply a pure function to the current contact; a changed contact is stored, and recorded as `kind`.

        `change` may be called several times. Raises NotFound.
        """
        for _ in range(TRIES):
            before = self._current(account_id, list_id, contact_id)
            try:
                stored = self._store(before, change(before))
            except Stale:
                continue
            if kind is not None and stored.version != before.version:
                # Logs show a contact from its first address on.
                self._record(kind if before.has_address else ChangeKind.ADDED, stored, details)
            return stored
        raise self._too_busy()

    def change_many(self, contacts: Sequence[Contact], change: Change) -> int:
        """Apply a pure function, which keeps addresses, to contacts of one list; return the number of changed contacts.

        Each contact is stored together with its counters. Repeating an interrupted call completes it.
        """
        remaining, changed = list(contacts), 0
        for _ in range(TRIES):
            pairs = [(before, self._stamped(after)) for before in remaining if (after := change(before)) != before]
            stale = self._contacts.replace_many(pairs)
            changed += len(pairs) - len(stale)
            if not stale:
                return changed
            remaining = list(self._contacts.many(pairs[0][0].account_id, pairs[0][0].list_id, stale).values())
        raise self._too_busy()

    def delete_many(self, contacts: Sequence[Contact]) -> None:
        """Delete contacts of one list as `delete` does; contacts that changed meanwhile are read again."""
        self._delete_records(contacts)
        stale_ids = self._contacts.delete_many(contacts, known_until=self._known_until(keep_links=True))
        self._delete_records(contacts)
        self._record_many([contact for contact in contacts if contact.id not in stale_ids], ChangeKind.DELETED)
        for contact in contacts:
            if contact.id in stale_ids:
                with suppress(NotFound):
                    self._delete(contact.account_id, contact.list_id, contact.id, keep_links=True)

    def _delete_records(self, contacts: Iterable[Contact]) -> None:
        """Delete relations, events and devices of contacts: before the contacts, so that a repetition completes it after a
        crash, and once more after them, because of calls that stored records meanwhile.
        """
        for contact in contacts:
            if contact.has_records:
                self._records().delete(contact.account_id, contact.id)

    def prepare_records(self, contacts: Sequence[Contact]) -> set[int]:
        """Mark contacts of one list, which get records, so that these are deleted with them; return the ids of those that exist.

        Callers store the records afterwards, and then check whether the contacts still exist.
        """
        remaining = [contact for contact in contacts if not contact.has_records]
        existing = {contact.id for contact in contacts}
        for _ in range(TRIES):
            stale = self._contacts.replace_many(
                [(contact, replace(contact, has_records=True)) for contact in remaining]
            )
            if not stale:
                return existing
            current = self._contacts.many(remaining[0].account_id, remaining[0].list_id, stale)
            existing -= set(stale) - current.keys()
            remaining = [contact for contact in current.values() if not contact.has_records]
        raise self._too_busy()

    def is_known(self, account_id: str, list_id: int, contact_id: int) -> bool:
        """Return whether a link can find the address of the contact, which may be deleted, or on a deleted list."""
        is_stored = contact_id in self._contacts.many(account_id, list_id, [contact_id])
        return is_stored or self._contacts.address_of_gone(account_id, list_id, contact_id) is not None

    def address_of_deleted(self, account_id: str, list_id: int, contact_id: int) -> str | None:
        """Return the canonical address of a deleted contact, or None if it is not kept."""
        return self._contacts.address_of_gone(account_id, list_id, contact_id)

    def deleted_of(self, account_id: str, address: str) -> list[tuple[int, int]]:
        """Return (list id, contact id) of the deleted contacts whose canonical address is kept, also of deleted lists."""
        return self._contacts.gone_of(account_id, address)

    def forget_deleted(self, account_id: str, address: str) -> None:
        """Delete the entries that `delete` kept for a canonical address."""
        self._contacts.forget_gone(account_id, address)

    def close_list(self, account_id: str, list_id: int) -> None:
        """Refuse new contacts; this is the first step of emptying a list."""
        now = self._now()
        self._contacts.close(account_id, list_id, now=now, expires_at=now + CLOSED_FOR)

    def forget_list(self, account_id: str, list_id: int) -> None:
        """Delete the counters and other items of a list beside its contacts; this is the last step of emptying it."""
        self._contacts.forget_list(account_id, list_id)

    # Events of people and mail servers

    def unsubscribe(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        details: Mapping[str, str | int | None] | None = None,
        *,
        by: LeftBy = LeftBy.ACCOUNT,
    ) -> Contact:
        """Unsubscribe the contact; repeating it changes nothing. Raises NotFound."""
        return self.change(
            account_id,
            list_id,
            contact_id,
            lambda contact: rules.unsubscribed(contact, by),
            ChangeKind.UNSUBSCRIBED,
            details,
        )

    def unsubscribe_deleted(
        self, account_id: str, list_id: int, contact_id: int, details: Mapping[str, str | int | None] | None = None
    ) -> str | None:
        """Unsubscribe the current contact with the address of a deleted contact, by the wish of the person.

        Return the address, also if the list does not have it or is deleted; return None if the address is no longer known.
        """
        address = self._contacts.address_of_gone(account_id, list_id, contact_id)
        if address is not None:
            with suppress(NotFound):
                current = self.find_or_complete(account_id, list_id, address)
                if current is not None:
                    self.unsubscribe(account_id, list_id, current.id, details, by=LeftBy.PERSON)
        return address

    def resubscribe(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Resubscribe the contact, because the account states that the person wants mail again. Raises NotFound."""
        return self.change(account_id, list_id, contact_id, rules.resubscribed, ChangeKind.RESUBSCRIBED)

    def confirm(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        consent_number: int,
        attributes: Mapping[int, Value | None] | None = None,
        interests: Collection[int] = (),
    ) -> Contact:
        """Activate the contact and add these values, because the person followed the link of a confirmation request.

        Change nothing if the consent was given or taken away since the request, which has this number. Values that do not fit
        beside those of the contact are left out. Raises NotFound.
        """
        joined = MembershipChange(add_interests=frozenset(interests))

        def confirmed(contact: Contact) -> Contact:
            if contact.consent_number != consent_number:
                return contact
            after = rules.confirmed(contact)
            with suppress(Invalid):
                after = self.without_deleted([contact], joined).apply(after)
            with suppress(Invalid):
                after = rules.with_attributes(after, attributes or {})
            return after

        return self.change(account_id, list_id, contact_id, confirmed, ChangeKind.CONFIRMED)

    def mark_bounced(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        kind: str,
        hard: bool,
        event_id: str,
        campaign_id: int | None = None,
    ) -> Contact | None:
        """Count a bounce, each event once; return None if the contact is deleted."""
        return self._change_if_exists(
            account_id,
            list_id,
            contact_id,
            lambda contact: rules.bounced(contact, kind, hard=hard, event_id=event_id),
            ChangeKind.BOUNCED,
            {"kind": kind, "event_id": event_id, "campaign_id": campaign_id},
        )

    def mark_complained(
        self, account_id: str, list_id: int, contact_id: int, *, event_id: str, campaign_id: int | None = None
    ) -> Contact | None:
        """Apply a complaint; return None if the contact is deleted. The caller also suppresses the address."""
        details = {"event_id": event_id, "campaign_id": campaign_id}
        return self._change_if_exists(account_id, list_id, contact_id, rules.complained, ChangeKind.COMPLAINED, details)

    def mark_suppressed(
        self, account_id: str, list_ids: Iterable[int], address: str, suppression: Suppression | None
    ) -> int:
        """Mark the contacts with this canonical address with its suppression, or unmark them; return their number."""
        mark = rules.mark_of(suppression)
        contacts = self._contacts.of_address(account_id, list_ids, address)
        for contact in contacts:
            self._change_if_exists(
                account_id,
                contact.list_id,
                contact.id,
                lambda contact: replace(contact, mark=mark) if contact.address == address else contact,
                None,
                {},
            )
        return len(contacts)

    def _change_if_exists(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        kind: ChangeKind | None,
        details: Mapping[str, str | int | None],
    ) -> Contact | None:
        try:
            return self.change(account_id, list_id, contact_id, change, kind, details)
        except NotFound:
            return None

    # Helpers

    def _marked(self, contact: Contact) -> Contact:
        """Mark the contact if its address was suppressed while it was being written; return the contact."""
        if contact.suppressed or not contact.has_address:
            return contact
        suppression = self._suppressions.suppressed(contact.account_id, [contact.address]).get(contact.address)
        if suppression is None:
            return contact
        self.mark_suppressed(contact.account_id, [contact.list_id], contact.address, suppression)
        return self._contacts.many(contact.account_id, contact.list_id, [contact.id]).get(contact.id, contact)

    def _store(self, before: Contact, after: Contact) -> Contact:
        return before if after == before else self._contacts.replace(before, self._stamped(after))

    def _stamped(self, contact: Contact) -> Contact:
        return replace(contact, updated_at=self._moment())

    def _known_until(self, keep_links: bool) -> datetime | None:
        return self._now() + LINKS_WORK_FOR if keep_links else None

    def _moment(self) -> datetime:
        return self._now().replace(microsecond=0)

    def _record(
        self, kind: ChangeKind, contact: Contact, details: Mapping[str, str | int | None] | None = None
    ) -> None:
        self._record_many([contact], kind, details)

    def _record_many(
        self, contacts: Sequence[Contact], kind: ChangeKind, details: Mapping[str, str | int | None] | None = None
    ) -> None:
        changes = [
            ContactChange(kind=kind, contact=contact, happened_at=self._now(), details=details or {})
            for contact in contacts
            if contact.has_address
        ]
        if changes:
            self._change_recorder.publish(contacts[0].account_id, contacts[0].list_id, changes)

    @staticmethod
    def _too_busy() -> Conflict:
        return Conflict("The contact is being changed by other calls; retry.", code="contact_busy")


def _with_address(contact: Contact) -> Contact:
    """Return the contact. Raises NotFound if it has no address: callers that know no other identifier do not see it."""
    if not contact.has_address:
        raise unknown_contact()
    return contact


def _external_id_taken() -> Conflict:
    return Conflict(
        "Another contact of the list has this external id; choose another one.",
        code="external_id_taken",
        field="external_id",
    )
