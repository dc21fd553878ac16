"""Add, change and delete contacts, and apply bounces, complaints and unsubscriptions to them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.address import canonical, parse
from postrider.contacts.changes import (
    ChangeKind,
    ChangeRecorder,
    ConfirmationSender,
    ContactRecords,
    NoConfirmationSender,
    NoPendingContacts,
    NoRecorder,
    NoRecords,
    PendingContacts,
)
from postrider.contacts.consents import ConsentRecords
from postrider.contacts.counters import ListCounts
from postrider.contacts.deletion import ContactDeletion
from postrider.contacts.errors import unknown_contact
from postrider.contacts.identifiers import Identifier
from postrider.contacts.mailed_addresses import MailedAddresses
from postrider.contacts.memberships import ContactMemberships
from postrider.contacts.merging import ContactMerging
from postrider.contacts.model import Contact, Status, Value, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.rules import MembershipChange
from postrider.contacts.upserts import ContactUpserts
from postrider.contacts.writer import Change, ContactWriter, Details
from postrider.groups.service import GroupService
from postrider.interests.service import InterestService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.lists.service import ListService
from postrider.suppressions.model import Suppression
from postrider.suppressions.rules import ErasedAddress
from postrider.suppressions.service import SuppressionService

CLOSED_FOR = timedelta(days=1)
"""Time for which a deleted list stays closed: longer than the longest call that may still write contacts to it."""


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
        confirmations: ConfirmationSender | None = None,
        pending: PendingContacts | None = None,
        records: Callable[[], ContactRecords] = NoRecords,
    ) -> None:
        """Initialize the service. `pending` completes contacts that an import has claimed but not written yet.

        `records` builds the service that deletes records, when a contact with records is deleted.
        """
        self._contacts, self._lists, self._now = contacts, lists, now
        self._writer = ContactWriter(
            contacts, suppressions, now, change_recorder or NoRecorder(), pending or NoPendingContacts()
        )
        self.deletion = ContactDeletion(contacts, self._writer, suppressions, records, now)
        self.mailed_addresses = MailedAddresses(contacts)
        self.consents = ConsentRecords(contacts, self.deletion, now)
        self._memberships = ContactMemberships(self._writer, groups, interests)
        self.upserts = ContactUpserts(
            contacts,
            self._writer,
            self._memberships,
            lists,
            attributes,
            suppressions,
            now,
            confirmations or NoConfirmationSender(),
        )
        self.merging = ContactMerging(contacts, self._writer, now)

    # Reading

    def get(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Return the contact with this id. Raises NotFound, also for a contact without an address (see `by_identifier`)."""
        self._lists.check_known(account_id, list_id)
        return _with_address(self._writer.current(account_id, list_id, contact_id))

    def by_identifier(self, account_id: str, list_id: int, identifier: Identifier) -> Contact:
        """Return the contact with this identifier, which may have no address. Raises NotFound."""
        contact = self.by_identifiers(account_id, list_id, [identifier])[0]
        if contact is None:
            raise unknown_contact()
        return contact

    def by_identifiers(self, account_id: str, list_id: int, identifiers: Sequence[Identifier]) -> list[Contact | None]:
        """Return the contact with each identifier, None for an unknown one; 100 are read per call.

        Contacts that an import by one call has still to write are written now, as the import says.
        """
        contact_ids = self._contacts.claims.contact_ids(account_id, list_id, identifiers)
        named = {contact_id for contact_id in contact_ids if contact_id is not None}
        contacts = self._writer.current_many(account_id, list_id, named)
        return [None if contact_id is None else contacts.get(contact_id) for contact_id in contact_ids]

    def with_addresses(self, account_id: str, list_id: int, emails: Iterable[str]) -> dict[str, Contact]:
        """Return the existing contacts by the given spelling of their address, with two calls for 100."""
        addresses = sorted(set(emails))
        ids = self._contacts.claims.contact_ids(account_id, list_id, [Identifier.email(email) for email in addresses])
        contacts = self._contacts.many(account_id, list_id, {id_ for id_ in ids if id_ is not None})
        return {email: contacts[id_] for email, id_ in zip(addresses, ids, strict=True) if id_ in contacts}

    def find(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact with this address in any spelling, or None."""
        return self._contacts.find(account_id, list_id, canonical(email))

    def find_or_complete(self, account_id: str, list_id: int, email: str) -> Contact | None:
        """Return the contact; if an import has claimed the address but not written it yet, write or create it now.

        Raises Invalid for a text that is no address.
        """
        claim = self._contacts.claims.of_address(account_id, list_id, parse(email).canonical)
        if claim is None:
            return None
        contact = self._writer.current_many(account_id, list_id, {claim.contact_id}).get(claim.contact_id)
        if contact is not None:
            return contact
        with suppress(ErasedAddress, NotFound):  # the import has released the claim, or the list is being deleted
            return self.upserts.create(account_id, list_id, email=email, resubscribe=False)
        return None

    def of_address(self, account_id: str, list_ids: Iterable[int], address: str) -> list[Contact]:
        """Return the contacts with this canonical address on any of the lists."""
        return self._contacts.of_address(account_id, list_ids, address)

    def departures_of(self, account_id: str, list_id: int, addresses: Collection[str]) -> Mapping[str, WithdrawnBy]:
        """Return the departures that are stored with canonical addresses which no contact has; others have none."""
        return self._contacts.claims.known(account_id, list_id, addresses).departures if addresses else {}

    def contacts_in(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[int, Contact]:
        """Return the current contacts of a chunk by id, with a range query per block."""
        return self._contacts.in_chunk(account_id, list_id, contact_ids)

    def many(self, account_id: str, list_id: int, contact_ids: Iterable[int]) -> dict[int, Contact]:
        """Return contacts from anywhere in the list by id, 100 per call; unknown ids are missing."""
        return self._contacts.many(account_id, list_id, contact_ids)

    def blocks_of(self, account_id: str, list_id: int) -> list[int]:
        """Return every block that was ever allocated to the list, in order."""
        return self._contacts.blocks(account_id, list_id)

    def block_contacts(self, account_id: str, list_id: int, block: int) -> list[Contact]:
        """Return the contacts of a block, at most 1,024, in order of id, read consistently."""
        return self._contacts.block(account_id, list_id, block)

    def counts(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Return the number of contacts by status, from maintained counters."""
        return self._contacts.counters.counts(account_id, list_id)

    def counts_of_lists(self, account_id: str, list_ids: Iterable[int]) -> dict[Status, int]:
        """Return the number of contacts in these lists together by status, from maintained counters."""
        return self._contacts.counters.counts_of_lists(account_id, list_ids)

    def counts_of_each(self, account_id: str, list_ids: Collection[int]) -> dict[int, ListCounts]:
        """Return the number of contacts of each of these lists, from maintained counters."""
        return self._contacts.counters.counts_of_each(account_id, list_ids)

    def mailable(self, account_id: str, list_id: int) -> int:
        """Return the number of active contacts that are not suppressed, from maintained counters; patterns are not counted."""
        return self._contacts.counters.mailable(account_id, list_id)

    def interest_usage(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of contacts by interest, from maintained counters."""
        return self._contacts.counters.usage(account_id, list_id)

    def group_counts(self, account_id: str, list_id: int) -> dict[int, int]:
        """Return the number of members by group, from maintained counters."""
        return self._contacts.groups.counts(account_id, list_id)

    def members_count(self, account_id: str, list_id: int, group_id: int) -> int:
        """Return the number of members of a group in this list, from maintained counters."""
        return self._contacts.groups.members_count(account_id, list_id, group_id)

    def blocks_of_groups(self, account_id: str, list_id: int, group_ids: Collection[int]) -> set[int]:
        """Return the blocks in which the list may have members of any of these groups."""
        return self._contacts.groups.blocks(account_id, list_id, group_ids)

    def recount(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Count contacts by status by reading all of them, for a comparison with `counts`."""
        return self._contacts.recount(account_id, list_id)

    # Changing

    def change_memberships(self, account_id: str, list_id: int, contact_id: int, change: MembershipChange) -> Contact:
        """Change groups and interests of a contact. Raises NotFound, and Invalid if it exceeds the limits."""
        self._lists.get(account_id, list_id)
        return self.change(
            account_id,
            list_id,
            contact_id,
            lambda contact: self._memberships.changed(_with_address(contact), change),
            ChangeKind.UPDATED,
        )

    def change_memberships_of_many(self, contacts: Sequence[Contact], change: MembershipChange) -> int:
        """Change groups and interests of contacts of one list; return the number of changed contacts.

        A contact that would exceed the limits is left unchanged.
        """
        return self._memberships.change_many(contacts, change)

    def without_deleted(self, contacts: Sequence[Contact], change: MembershipChange) -> MembershipChange:
        """Return the change with the removal of deleted groups and interests from the sets that it touches."""
        return self._memberships.without_deleted(contacts, change)

    def delete(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Delete the contact permanently, and free its address. Raises NotFound, also for a contact without an address.

        Only its address is stored: for LINKS_WORK_FOR (see `MailReactions`), or with a departure (see `KnownAddresses`).
        """
        self._lists.get(account_id, list_id)
        return self.deletion.delete(account_id, list_id, contact_id, check=_with_address)

    def remove(self, contact: Contact) -> None:
        """Delete the contact as `delete` does, also one without an address; do nothing if it is deleted already."""
        with suppress(NotFound):
            self.deletion.delete(contact.account_id, contact.list_id, contact.id)

    def erase(self, contact: Contact) -> None:
        """Delete the contact with its address, also from a list that is being deleted."""
        with suppress(NotFound):
            self.deletion.erase(contact.account_id, contact.list_id, contact.id)

    def change(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        kind: ChangeKind | None,
        details: Details | None = None,
    ) -> Contact:
        """Apply a pure function to the current contact; a changed contact is stored, and recorded as `kind`.

        `change` may be called several times. Raises NotFound.
        """
        return self._writer.change(account_id, list_id, contact_id, change, kind, details)

    def change_many(self, contacts: Sequence[Contact], change: Change) -> int:
        """Apply a pure function that keeps identifiers to contacts of one list; return the number of changed contacts.

        Each contact is stored together with its counters. Repeating an interrupted call completes it.
        """
        return self._writer.change_many(contacts, change)

    def is_known(self, account_id: str, list_id: int, contact_id: int) -> bool:
        """Return whether the address of the contact is still stored; the contact or its list may be deleted."""
        return (
            bool(self._contacts.many(account_id, list_id, [contact_id]))
            or self.address_of_deleted(account_id, list_id, contact_id) is not None
        )

    def address_of_deleted(self, account_id: str, list_id: int, contact_id: int) -> str | None:
        """Return the canonical address of a deleted contact, or None if it is not kept."""
        deleted = self.mailed_addresses.deleted_contact(account_id, list_id, contact_id)
        return None if deleted is None else deleted.address or None

    def deleted_of(self, account_id: str, address: str) -> list[tuple[int, int]]:
        """Return (list id, contact id) of the deleted contacts whose canonical address is kept, also of deleted lists."""
        return self._contacts.deleted.of_address(account_id, address)

    def close_list(self, account_id: str, list_id: int) -> None:
        """Refuse new contacts; this is the first step of emptying a list."""
        now = self._now()
        self._contacts.ids.close(account_id, list_id, now=now, expires_at=now + CLOSED_FOR)

    def delete_rows_of_list(self, account_id: str, list_id: int) -> None:
        """Delete the counters and other items of a list beside its contacts; this is the last step of emptying it."""
        self._contacts.delete_rows_of_list(account_id, list_id)

    # Events of people and mail servers

    def unsubscribe(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        details: Details | None = None,
        *,
        by: WithdrawnBy = WithdrawnBy.ACCOUNT,
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

        Change nothing if the consent has changed since the request, which has this consent number. If the contact would
        exceed limits with the values, they are ignored. Raises NotFound.
        """
        joined = MembershipChange(add_interests=frozenset(interests))

        def confirmed(contact: Contact) -> Contact:
            if contact.consent_number != consent_number:
                return contact
            after = rules.confirmed(contact)
            with suppress(Invalid):
                after = self._memberships.changed(after, joined)
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
        address: str = "",
    ) -> Contact | None:
        """Count a bounce, each event once; return the contact, or None if it is deleted.

        It does not count for a contact that has another address than the canonical `address` of the mail by now.
        """
        return self._writer.change_if_exists(
            account_id,
            list_id,
            contact_id,
            lambda contact: rules.bounced(contact, kind, hard=hard, event_id=event_id, address=address),
            ChangeKind.BOUNCED,
            {"kind": kind, "event_id": event_id, "campaign_id": campaign_id},
        )

    def mark_complained(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        event_id: str,
        campaign_id: int | None = None,
        address: str = "",
    ) -> Contact | None:
        """Apply a complaint as `mark_bounced` counts a bounce. The caller also suppresses the address."""
        return self._writer.change_if_exists(
            account_id,
            list_id,
            contact_id,
            lambda contact: rules.complained(contact) if rules.is_mailed_at(contact, address) else contact,
            ChangeKind.COMPLAINED,
            {"event_id": event_id, "campaign_id": campaign_id},
        )

    def mark_suppressed(
        self, account_id: str, list_ids: Iterable[int], address: str, suppression: Suppression | None
    ) -> int:
        """Mark the contacts with this canonical address with its suppression, or unmark them; return their number."""
        return self._writer.mark_suppressed(account_id, list_ids, address, suppression)


def _with_address(contact: Contact) -> Contact:
    """Return the contact. Raises NotFound if it has no address: only APIs with other identifiers show such contacts."""
    if not contact.has_address:
        raise unknown_contact()
    return contact
