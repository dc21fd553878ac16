"""Store contacts with their claims, one by one and many at once. Counters change in the same transactions."""

from collections.abc import Callable, Iterable, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from postrider.contacts.claims import NOTHING_CLAIMED, NOTHING_LOST, ClaimedIdentifier, ContactClaims
from postrider.contacts.consent_items import ConsentItems
from postrider.contacts.counters import ContactCounters, changes_counters, members_changed
from postrider.contacts.deleted_contacts import DeletedContacts, deleted_contact_item, former_address_item
from postrider.contacts.departures import StoredDepartures
from postrider.contacts.domain_events import Change, events_of
from postrider.contacts.errors import StaleContact
from postrider.contacts.group_index import MAX_COUNTED_AT_ONCE, GroupIndex
from postrider.contacts.ids import ALLOCATOR, ContactIds
from postrider.contacts.import_parts import ImportParts
from postrider.contacts.mapping import (
    contact_key,
    item_of,
    list_key,
    size_of,
)
from postrider.contacts.model import Contact, WithdrawnBy
from postrider.contacts.reader import ContactReader
from postrider.contacts.rules import departure_of, next_version
from postrider.contacts.table import (
    ContactItem,
    ContactsItem,
)
from postrider.outbox.writes import NO_EVENTS, NO_RECORDER, EventRecorder, PendingEvents
from postrider.storage.dynamo import (
    execute_statements,
    in_chunks_of_weight,
    insert_statement,
    on_condition_failure,
)

CHANGES_A_TRANSACTION = 70
"""Contacts in a transaction; the rest of the 100 items that DynamoDB allows is for counters."""
DELETES_A_TRANSACTION = 19
"""Contacts in a transaction; each needs four items at most: contact, two claims and the address kept for old links."""


class ContactRepository(ContactReader):
    """A repository of the contacts of all lists. Entries of the group index are written before their contacts.

    The outbox gets the events of contacts in the transactions of their changes.
    """

    def __init__(self, outbox: EventRecorder = NO_RECORDER) -> None:
        super().__init__(ContactClaims())
        self.departures = StoredDepartures(self.claims)
        self.groups = GroupIndex()
        self.ids = ContactIds()
        self.consents = ConsentItems()
        self.counters = ContactCounters(self.groups)
        self.deleted = DeletedContacts()
        self.import_parts = ImportParts(self.deleted)
        self._outbox = outbox

    # Single changes

    def create(self, contact: Contact, *, claimed: Set[ClaimedIdentifier] = NOTHING_CLAIMED) -> None:
        """Store a new contact with its claims, and count it; `claimed` are the identifiers that an import has claimed for it.

        Raises StaleContact if an identifier was taken meanwhile, or the claimed contact was written.
        """

        def write(writes: TransactWrite) -> None:
            self.claims.add(writes, contact, claimed)
            writes.save(item_of(contact), condition=ContactItem.pk.does_not_exist())
            self.counters.add(writes, contact.account_id, contact.list_id, [(None, contact)])

        self._join_groups([(None, contact)])
        self._transact(write, self._events([(None, contact)]))
        self._count_group_changes([(None, contact)])

    def replace(self, before: Contact, after: Contact) -> Contact:
        """Store a changed contact with its counters and, if its address or external id changed, its claims.

        Return the stored contact. Raises StaleContact if the contact changed after `before` was read, or an identifier is taken.
        """
        self._join_groups([(before, after)])
        stored = self._replace(before, after)
        self._count_group_changes([(before, after)])
        return stored

    def _replace(self, before: Contact, after: Contact) -> Contact:
        stored = next_version(before, after)
        events = self._events([(before, after)])
        if not changes_counters(before, after) and not _changes_claims(before, after):
            with on_condition_failure(StaleContact()):
                events.save(item_of(stored), ContactItem.version == before.version)
            return stored

        has_moved = before.has_address and before.address != after.address

        def write(writes: TransactWrite, lost: Set[ClaimedIdentifier]) -> None:
            writes.save(item_of(stored), condition=ContactItem.version == before.version)
            if has_moved:
                writes.save(former_address_item(before, stored.updated_at))
            self.claims.move(writes, before, after, lost)
            self.counters.add(writes, before.account_id, before.list_id, [(before, after)])

        self._release(before, write, events, departure=departure_of(before) if has_moved else None)
        return stored

    def delete(self, contact: Contact, *, deleted_at: datetime) -> None:
        """Delete a contact and its claims, and update the counters. Raises StaleContact if it changed after it was read.

        Its address is kept for LINKS_WORK_FOR. A departure remains stored with the address.
        """
        write = partial(self._delete_all, contacts=[contact], deleted_at=deleted_at)
        departure = departure_of(contact) if contact.has_address else None
        self._release(contact, write, self._events([(contact, None)]), departure=departure)
        self._count_group_changes([(contact, None)])

    def erase(self, contact: Contact, *, digest: str) -> None:
        """Delete a contact like `delete`, and its address; its departure is stored under the keyed hash of the address."""

        def write(writes: TransactWrite, lost: Set[ClaimedIdentifier]) -> None:
            departure = departure_of(contact) if contact.has_address else None
            if departure is not None:
                self.departures.keep_hashed(writes, contact.account_id, contact.list_id, digest, departure)
            self.claims.delete(writes, contact, None, lost)
            self._delete_items(writes, [contact])

        self._release(contact, write, self._events([(contact, None)]))
        self._count_group_changes([(contact, None)])

    def merge(
        self, before: Contact, after: Contact, dropped: Contact, *, departure: WithdrawnBy | None, deleted_at: datetime
    ) -> Contact:
        """Store a changed contact, which may have identifiers of `dropped`, and delete `dropped`; return the stored contact.

        The address of `dropped` is kept for LINKS_WORK_FOR; the departure remains stored with a released address. Raises
        StaleContact if one of them changed.
        """
        stored = next_version(before, after)
        changes: list[tuple[Contact, Contact | None]] = [(before, after), (dropped, None)]

        def write(writes: TransactWrite) -> None:
            writes.save(item_of(stored), condition=ContactItem.version == before.version)
            key = contact_key(dropped.account_id, dropped.list_id, dropped.id)
            writes.delete(ContactItem(*key), condition=ContactItem.version == dropped.version)
            if (item := deleted_contact_item(dropped, deleted_at, successor_id=before.id)) is not None:
                writes.save(item)
            self.claims.merge(writes, after, dropped, departure)
            self.counters.add(writes, before.account_id, before.list_id, changes)

        self._join_groups([(before, after)])
        self._transact(write, self._events(changes))
        self._count_group_changes(changes)
        return stored

    # Batches

    def insert_many(self, contacts: Sequence[Contact]) -> set[int]:
        """Store claimed contacts, 25 per call, without counting them; return the ids of contacts that already exist."""
        self._join_groups([(None, contact) for contact in contacts])
        outcome = execute_statements([insert_statement(item_of(contact)) for contact in contacts])
        return {contact.id for contact, code in zip(contacts, outcome, strict=True) if code is not None}

    def retract(self, inserted: Contact, stored: Contact) -> bool:
        """Delete a contact that `insert_many` stored without counting it, provided that it has lost a claim.

        Counters get the values as if the contact had not changed since. Return whether it was deleted. Raises StaleContact.
        """
        lost = self.claims.lost_by([stored]).get(stored.id)
        if not lost:
            return False

        def write(writes: TransactWrite) -> None:
            key = contact_key(stored.account_id, stored.list_id, stored.id)
            writes.delete(ContactItem(*key), condition=ContactItem.version == stored.version)
            self.claims.delete(writes, stored, None, lost)
            self.counters.add(writes, stored.account_id, stored.list_id, [(stored, inserted)])

        departure = departure_of(stored) if stored.has_address else None
        if departure is not None:
            self.departures.keep(stored.account_id, stored.list_id, stored.address, departure)
        self._transact(write)
        return True

    def replace_many(self, changes: Sequence[tuple[Contact, Contact]]) -> list[int]:
        """Store changes of other fields than address and external id, with their counters; return the ids of stale contacts."""
        self._join_groups(changes)
        stale: set[int] = set()
        for chunk in in_chunks_of_weight(changes, CHANGES_A_TRANSACTION, lambda pair: size_of(pair[1])):
            try:
                self._transact(partial(self._replace_all, changes=chunk), self._events(chunk))
            except StaleContact:
                stale.update(self._replace_one_by_one(chunk))
        self._count_group_changes(changes)
        return sorted(stale)

    def _replace_all(self, writes: TransactWrite, changes: Sequence[tuple[Contact, Contact]]) -> None:
        for before, after in changes:
            stored = next_version(before, after)
            writes.save(item_of(stored), condition=ContactItem.version == before.version)
        self.counters.add(writes, changes[0][0].account_id, changes[0][0].list_id, changes)

    def _replace_one_by_one(self, changes: Sequence[tuple[Contact, Contact]]) -> list[int]:
        stale = []
        for before, after in changes:
            try:
                self._replace(before, after)
            except StaleContact:
                stale.append(before.id)
        return stale

    def delete_many(self, contacts: Sequence[Contact], *, deleted_at: datetime) -> set[int]:
        """Delete contacts like `delete`; return the ids of contacts whose transaction failed because one of them changed.

        If a contact changed meanwhile, the whole transaction with this contact is not executed.
        """
        stale: set[int] = set()
        for chunk in in_chunks_of_weight(contacts, DELETES_A_TRANSACTION, size_of):
            events = self._events([(contact, None) for contact in chunk])
            try:
                self._transact(partial(self._delete_all, contacts=chunk, deleted_at=deleted_at), events)
            except StaleContact:
                stale.update(contact.id for contact in chunk)
        self._count_group_changes([(contact, None) for contact in contacts])
        return stale

    def _delete_all(
        self,
        writes: TransactWrite,
        lost: Set[ClaimedIdentifier] = NOTHING_LOST,
        *,
        contacts: Sequence[Contact],
        deleted_at: datetime,
    ) -> None:
        for contact in contacts:
            if (item := deleted_contact_item(contact, deleted_at)) is not None:
                writes.save(item)
            self.claims.delete(writes, contact, departure_of(contact), lost)
        self._delete_items(writes, contacts)

    def _delete_items(self, writes: TransactWrite, contacts: Sequence[Contact]) -> None:
        for contact in contacts:
            key = contact_key(contact.account_id, contact.list_id, contact.id)
            writes.delete(ContactItem(*key), condition=ContactItem.version == contact.version)
        gone = [(contact, None) for contact in contacts]
        self.counters.add(writes, contacts[0].account_id, contacts[0].list_id, gone)

    # Counters

    def count_created(
        self,
        account_id: str,
        list_id: int,
        created: Sequence[Contact],
        *,
        part_key: str,
        outcome: dict[str, Any],
        now: datetime,
    ) -> bool:
        """Count the contacts that `insert_many` stored; return False if `part_key` was counted before."""

        def write(writes: TransactWrite) -> None:
            self.import_parts.add_outcome(writes, account_id, list_id, part_key, outcome=outcome, now=now)
            self.counters.add(writes, account_id, list_id, [(None, contact) for contact in created])

        try:
            self._transact(write)
        except StaleContact:
            return False
        self._count_group_changes([(None, contact) for contact in created])
        return True

    def delete_rows_of_list(self, account_id: str, list_id: int) -> None:
        """Delete the items of a list beside its contacts: blocks, counters, claims without a contact.

        The closed allocator expires by itself.
        """
        self.groups.delete_rows_of_list(account_id, list_id)
        keys = [list_key(account_id, list_id), *self.claims.keys_of_list(account_id, list_id)]
        with ContactsItem.batch_write() as batch:
            for key in keys:
                for item in ContactsItem.query(key, attributes_to_get=["pk", "sk", "expires_at"]):
                    if item.sk != ALLOCATOR or item.expires_at is None:
                        batch.delete(item)

    def _join_groups(self, changes: Iterable[tuple[Contact | None, Contact]]) -> None:
        """Add contacts to the index of the groups that they are about to join."""
        joining = [
            (after, joined)
            for before, after in changes
            if (joined := after.groups - (before.groups if before else frozenset()))
        ]
        if joining:
            account_id, list_id = joining[0][0].account_id, joining[0][0].list_id
            self.groups.add(account_id, list_id, [(contact.id, joined) for contact, joined in joining])

    def _count_group_changes(self, changes: Sequence[tuple[Contact | None, Contact | None]]) -> None:
        """Add the numbers of members to their shards, if there were too many for the transaction of the contacts."""
        contact = next((after or before for before, after in changes), None)
        if contact is not None and len(members_changed(changes)) > MAX_COUNTED_AT_ONCE:
            self.groups.settle(contact.account_id, contact.list_id)

    def _transact(self, write: Callable[[TransactWrite], None], events: PendingEvents = NO_EVENTS) -> None:
        """Run a transaction, which also stores the events. Raises StaleContact if a condition does not hold."""
        with on_condition_failure(StaleContact()), events.transaction() as writes:
            write(writes)

    def _release(
        self,
        contact: Contact,
        write: Callable[[TransactWrite, Set[ClaimedIdentifier]], None],
        events: PendingEvents,
        *,
        departure: WithdrawnBy | None = None,
    ) -> None:
        """Run a transaction that releases identifiers of a stored contact, also of one that has lost their claims.

        Before it, the departure is stored with a lost address, unless another contact has the address. Raises StaleContact.
        """
        try:
            self._transact(lambda writes: write(writes, NOTHING_LOST), events)
        except StaleContact:
            lost = self.claims.lost_by([contact]).get(contact.id, NOTHING_LOST)
            if not lost:
                raise
            if departure is not None and ClaimedIdentifier.ADDRESS in lost:
                self.departures.keep(contact.account_id, contact.list_id, contact.address, departure)
            self._transact(lambda writes: write(writes, lost), events)

    def _events(self, changes: Sequence[Change]) -> PendingEvents:
        """Return the events of changes of one list that have a subscriber."""
        contact = next((after or before for before, after in changes), None)
        return NO_EVENTS if contact is None else self._outbox.pending(contact.account_id, *events_of(changes))


def _changes_claims(before: Contact, after: Contact) -> bool:
    return (before.address, before.external_id) != (after.address, after.external_id)
