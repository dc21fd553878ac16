"""Add, change and delete contacts, one at a time, and apply what mail and people say about them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.address import canonical, parse
from postrider.contacts.changes import ChangeKind, ChangeRecorder, ContactChange, NoOptIn, NoRecorder, OptIn
from postrider.contacts.model import Claim, Contact, DoubleOptIn, Status
from postrider.contacts.repository import ContactRepository, Stale
from postrider.contacts.rules import MembershipChange
from postrider.groups.service import GroupService
from postrider.interests.service import InterestService
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.lists.service import ListService
from postrider.suppressions.service import SuppressionService

CLOSED_FOR = timedelta(days=1)
"""Longer than anybody writes on who found the list before it went."""
TRIES = 10
"""A contact that changes this often between reading and writing is not left to chance any longer."""
LINKS_WORK_FOR = timedelta(days=400)
"""After a contact was deleted: more than a year, so that the link of a yearly mail works until the next one is there."""

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
    ) -> None:
        self._contacts, self._lists, self._attributes = contacts, lists, attributes
        self._groups, self._interests, self._suppressions = groups, interests, suppressions
        self._now = now
        self._newsroom: ChangeRecorder = change_recorder or NoRecorder()
        self._opt_in: OptIn = opt_in or NoOptIn()

    # Reading

    def get(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._contacts.get(account_id, list_id, contact_id)

    def find(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact with this address, however it is spelt."""
        return self._contacts.find(account_id, list_id, canonical(email))

    def settled(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact; if an import has claimed the address but not written it yet, create it now.

        Raises Invalid when it is no address.
        """
        claim = self._contacts.claim_of(account_id, list_id, parse(email).canonical)
        if claim is None:
            return None
        return self._claimed(account_id, list_id, claim) or self.create(
            account_id, list_id, email=email, resubscribe=False
        )

    def contacts_in(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[int, Contact]:
        """Return contacts of one chunk by id, as they are now: one range query per block."""
        return self._contacts.in_chunk(account_id, list_id, contact_ids)

    def many(self, account_id: str, list_id: int, contact_ids: Iterable[int]) -> dict[int, Contact]:
        """Return contacts from anywhere in the list by id, 100 a call; unknown ids are missing."""
        return self._contacts.many(account_id, list_id, contact_ids)

    def blocks_of(self, account_id: str, list_id: int) -> list[int]:
        """Return every block that the list ever took, in order."""
        return self._contacts.blocks(account_id, list_id)

    def block_contacts(self, account_id: str, list_id: int, block: int) -> list[Contact]:
        """Return the contacts of a block, 1,024 at most, in order of id, as they are now."""
        return self._contacts.block(account_id, list_id, block)

    def counts(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Return the number of contacts by status, from maintained counters."""
        return self._contacts.counts(account_id, list_id)

    def interest_usage(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of contacts by interest, from maintained counters."""
        return self._contacts.usage(account_id, list_id)

    def group_counts(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of members by group, from maintained counters."""
        return self._contacts.groups.counts(account_id, list_id)

    def recount_group(self, account_id: str, list_id: int, group_id: int) -> int:
        """Count the members of a group anew; return the number, which `group_counts` then tells."""
        return self._contacts.recount_group(account_id, list_id, group_id)

    def blocks_of_groups(self, account_id: str, list_id: int, group_ids: Collection[int]) -> set[int]:
        """Return the blocks in which the list may have members of any of these groups."""
        return self._contacts.groups.blocks(account_id, list_id, group_ids)

    def recount(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Count contacts by status by reading all of them, to be compared with `counts`."""
        return self._contacts.recount(account_id, list_id)

    # Adding

    def create(
        self,
        account_id: str,
        list_id: int,
        *,
        email: str,
        attributes: Mapping[str, str | None] | None = None,
        groups: Collection[int] = (),
        interests: Collection[int] = (),
        resubscribe: bool = True,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
        opt_in: OptIn | None = None,
    ) -> Contact:
        """Add a contact, or update the one with this address; groups and interests are added to those that it has.

        Consent: see `rules`. `opt_in` asks instead of the usual one. Raises NotFound for the list, Invalid for values that
        do not fit.
        """
        self._lists.get(account_id, list_id)
        address = parse(email)
        values = self._attributes.schema(account_id, list_id).values_of(attributes or {}) if attributes else {}
        confirmation_requests = opt_in or self._opt_in
        joined = MembershipChange(add_groups=frozenset(groups), add_interests=frozenset(interests))

        def with_given(contact: Contact) -> Contact:
            change = self.without_deleted([contact], joined)
            return rules.with_attributes(change.applied(contact), values)

        for _ in range(TRIES):
            claim = self._contacts.claim_of(account_id, list_id, address.canonical)
            existing = self._claimed(account_id, list_id, claim)
            try:
                if existing is not None:
                    return self._add_again(
                        existing, with_given, double_opt_in, confirmation_requests, resubscribe=resubscribe
                    )
                if claim is not None:
                    contact_id, moment = claim.contact_id, claim.subscribed_at
                else:
                    contact_id, moment = self._contacts.allocate(account_id, list_id, 1, self._now())
                asked = rules.asked_to_confirm(None, double_opt_in, resubscribe=resubscribe)
                blank = Contact(
                    account_id=account_id,
                    list_id=list_id,
                    id=contact_id,
                    email=address.given,
                    address=address.canonical,
                    status=Status.PENDING if asked else Status.ACTIVE,
                    subscribed_at=moment,
                    updated_at=moment,
                    suppressed=bool(self._suppressions.suppressed(account_id, [address.canonical])),
                )
                contact = with_given(blank)
                self._contacts.create(contact, claimed=claim is not None)
            except Stale:
                continue
            contact = self._marked(contact)
            if asked and not contact.suppressed:
                confirmation_requests.ask(account_id, list_id, [contact])
            self._tell(ChangeKind.ADDED, contact)
            return contact
        raise self._too_busy()

    def _claimed(self, account_id: str, list_id: int, claim: Claim | None) -> Contact | None:
        if claim is None:
            return None
        return self._contacts.many(account_id, list_id, [claim.contact_id]).get(claim.contact_id)

    def _add_again(
        self,
        existing: Contact,
        with_given: Change,
        mode: DoubleOptIn,
        confirmation_requests: OptIn,
        *,
        resubscribe: bool,
    ) -> Contact:
        after = with_given(rules.added_again(existing, mode, resubscribe=resubscribe))
        stored = self._store(existing, after)
        if rules.asked_to_confirm(existing, mode, resubscribe=resubscribe):
            confirmation_requests.ask(stored.account_id, stored.list_id, [stored])
        if stored.status == Status.ACTIVE != existing.status:
            self._tell(ChangeKind.RESUBSCRIBED, stored)
        elif stored.version != existing.version:
            self._tell(ChangeKind.UPDATED, stored)
        return stored

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
        """Set what is given; groups and interests replace the whole set.

        Raises NotFound, Invalid for values that do not fit, Conflict when the list has the new address.
        """
        self._lists.get(account_id, list_id)
        address = None if email is None else parse(email)
        values = self._attributes.schema(account_id, list_id).values_of(attributes) if attributes else {}
        suppressed = address is not None and bool(self._suppressions.suppressed(account_id, [address.canonical]))

        def patched(contact: Contact) -> Contact:
            members = rules.with_memberships(contact, groups=groups, interests=interests)
            after = rules.with_attributes(members, values)
            if address is None:
                return after
            if address.canonical == contact.address:
                return replace(after, email=address.given)
            taken = self._contacts.claim_of(account_id, list_id, address.canonical)
            if taken is not None:
                raise Conflict("The list has this address already.", code="contact_exists", field="email")
            return replace(after, email=address.given, address=address.canonical, suppressed=suppressed)

        stored = self.change(account_id, list_id, contact_id, patched, ChangeKind.UPDATED)
        return stored if address is None else self._marked(stored)

    def change_memberships(self, account_id: str, list_id: int, contact_id: int, change: MembershipChange) -> Contact:
        """Change groups and interests of a contact. Raises NotFound, Invalid past the limits."""
        self._lists.get(account_id, list_id)
        return self.change(
            account_id,
            list_id,
            contact_id,
            lambda contact: self.without_deleted([contact], change).applied(contact),
            ChangeKind.UPDATED,
        )

    def change_memberships_of_many(self, contacts: Sequence[Contact], change: MembershipChange) -> int:
        """Change groups and interests of contacts of one list; return how many it changed.

        A contact that would be past the limits stays as it is, and does not keep the others from the change.
        """
        whole = self.without_deleted(contacts, change)

        def applied(contact: Contact) -> Contact:
            try:
                return whole.applied(contact)
            except Invalid:
                return contact

        return self.change_many(contacts, applied)

    def without_deleted(self, contacts: Sequence[Contact], change: MembershipChange) -> MembershipChange:
        """Return the change with the removal of deleted groups and interests from what it writes anyway."""
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

    def delete(self, account_id: str, list_id: int, contact_id: int, *, keep_links: bool = True) -> Contact:
        """Delete the contact for good, and free its address. Raises NotFound.

        `keep_links`: its address alone is known for LINKS_WORK_FOR, see `unsubscribe_deleted`.
        """
        self._lists.get(account_id, list_id)
        return self._delete(account_id, list_id, contact_id, keep_links=keep_links)

    def _delete(self, account_id: str, list_id: int, contact_id: int, *, keep_links: bool) -> Contact:
        for _ in range(TRIES):
            contact = self._contacts.get(account_id, list_id, contact_id)
            try:
                self._contacts.delete(contact, known_until=self._known_until(keep_links))
            except Stale:
                continue
            self._tell(ChangeKind.DELETED, contact)
            return contact
        raise self._too_busy()

    def change(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        news: ChangeKind | None,
        details: Mapping[str, str | int | None] | None = None,
    ) -> Contact:
        """Apply a pure change to the contact as it is now; nothing is written or told when it changes nothing.

        `change` may run several times. Raises NotFound.
        """
        for _ in range(TRIES):
            before = self._contacts.get(account_id, list_id, contact_id)
            try:
                stored = self._store(before, change(before))
            except Stale:
                continue
            if news is not None and stored.version != before.version:
                self._tell(news, stored, details)
            return stored
        raise self._too_busy()

    def change_many(self, contacts: Sequence[Contact], change: Change) -> int:
        """Apply a pure change, which keeps addresses, to contacts of one list; return how many it changed.

        Each is stored with its counters or not at all; running it again changes nothing more.
        """
        rest, changed = list(contacts), 0
        for _ in range(TRIES):
            pairs = [(before, self._stamped(after)) for before in rest if (after := change(before)) != before]
            stale = self._contacts.replace_many(pairs)
            changed += len(pairs) - len(stale)
            if not stale:
                return changed
            rest = list(self._contacts.many(pairs[0][0].account_id, pairs[0][0].list_id, stale).values())
        raise self._too_busy()

    def delete_many(self, contacts: Sequence[Contact], *, keep_links: bool = False) -> None:
        """Remove contacts of one list for good, as `delete` does; those that changed meanwhile are read again.

        Of a list that goes as a whole, no links need to be kept.
        """
        try:
            self._contacts.delete_many(contacts, known_until=self._known_until(keep_links))
        except Stale:
            for contact in contacts:
                try:
                    self._delete(contact.account_id, contact.list_id, contact.id, keep_links=keep_links)
                except NotFound:
                    continue
            return
        self._newsroom_of(contacts, ChangeKind.DELETED)

    def forget_deleted(self, account_id: str, address: str) -> None:
        """Drop what `delete` kept about a canonical address."""
        self._contacts.forget_gone(account_id, address)

    def close_list(self, account_id: str, list_id: int) -> None:
        """Let no new contact in: the first step of emptying a list."""
        now = self._now()
        self._contacts.close(account_id, list_id, now=now, expires_at=now + CLOSED_FOR)

    def forget_list(self, account_id: str, list_id: int) -> None:
        """Delete what is kept about a list beside its contacts: the last step of emptying it."""
        self._contacts.forget_list(account_id, list_id)

    # What people and mail servers say

    def unsubscribe(
        self, account_id: str, list_id: int, contact_id: int, details: Mapping[str, str | int | None] | None = None
    ) -> Contact:
        """Unsubscribe the contact; twice is one unsubscription. Raises NotFound."""
        return self.change(account_id, list_id, contact_id, rules.unsubscribed, ChangeKind.UNSUBSCRIBED, details)

    def unsubscribe_deleted(
        self, account_id: str, list_id: int, contact_id: int, details: Mapping[str, str | int | None] | None = None
    ) -> str | None:
        """Unsubscribe the contact that the list has now for the address of a deleted contact.

        Return that address, whether the list has it or not; None when it is not known any more.
        """
        address = self._contacts.address_of_gone(account_id, list_id, contact_id)
        if address is not None:
            with suppress(NotFound):
                current = self.settled(account_id, list_id, address)
                if current is not None:
                    self.unsubscribe(account_id, list_id, current.id, details)
        return address

    def resubscribe(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Apply the account's word that this person wants mail again. Raises NotFound."""
        return self.change(account_id, list_id, contact_id, rules.resubscribed, ChangeKind.RESUBSCRIBED)

    def confirm(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Apply that the person followed a link that only their mailbox got. Raises NotFound."""
        return self.change(account_id, list_id, contact_id, rules.confirmed, ChangeKind.CONFIRMED)

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
        """Count a bounce, the same event once; None when the contact is gone."""
        return self._told(
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
        """Apply a complaint; None when the contact is gone. The caller suppresses the address as well."""
        details = {"event_id": event_id, "campaign_id": campaign_id}
        return self._told(account_id, list_id, contact_id, rules.complained, ChangeKind.COMPLAINED, details)

    def mark_suppressed(self, account_id: str, list_ids: Iterable[int], address: str, *, suppressed: bool) -> int:
        """Mark the contacts with this canonical address as suppressed or not; return how many there are."""
        found = self._contacts.of_address(account_id, list_ids, address)
        for contact in found:
            self._told(
                account_id,
                contact.list_id,
                contact.id,
                lambda contact: replace(contact, suppressed=suppressed) if contact.address == address else contact,
                None,
                {},
            )
        return len(found)

    def _told(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        news: ChangeKind | None,
        details: Mapping[str, str | int | None],
    ) -> Contact | None:
        try:
            return self.change(account_id, list_id, contact_id, change, news, details)
        except NotFound:
            return None

    # Parts

    def _marked(self, contact: Contact) -> Contact:
        """Return the contact, marked now if its address was suppressed while it was being written."""
        if contact.suppressed or not self._suppressions.suppressed(contact.account_id, [contact.address]):
            return contact
        self.mark_suppressed(contact.account_id, [contact.list_id], contact.address, suppressed=True)
        return self._contacts.many(contact.account_id, contact.list_id, [contact.id]).get(contact.id, contact)

    def _store(self, before: Contact, after: Contact) -> Contact:
        return before if after == before else self._contacts.replace(before, self._stamped(after))

    def _stamped(self, contact: Contact) -> Contact:
        return replace(contact, updated_at=self._moment())

    def _known_until(self, keep_links: bool) -> datetime | None:
        return self._now() + LINKS_WORK_FOR if keep_links else None

    def _moment(self) -> datetime:
        return self._now().replace(microsecond=0)

    def _tell(self, kind: ChangeKind, contact: Contact, details: Mapping[str, str | int | None] | None = None) -> None:
        self._newsroom_of([contact], kind, details)

    def _newsroom_of(
        self, contacts: Sequence[Contact], kind: ChangeKind, details: Mapping[str, str | int | None] | None = None
    ) -> None:
        if contacts:
            news = [
                ContactChange(kind=kind, contact=contact, happened_at=self._now(), details=details or {})
                for contact in contacts
            ]
            self._newsroom.publish(contacts[0].account_id, contacts[0].list_id, news)

    @staticmethod
    def _too_busy() -> Conflict:
        return Conflict("The contact is being changed by other calls; retry.", code="contact_busy")
