"""Change stored contacts one by one and many at once; each change is repeated on the current contact, and recorded."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from postrider.contacts import rules
from postrider.contacts.changes import (
    ChangeKind,
    ChangeRecorder,
    ContactChange,
    PendingContacts,
)
from postrider.contacts.errors import StaleContact
from postrider.contacts.model import Contact
from postrider.contacts.repository import ContactRepository
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, NotFound
from postrider.suppressions.model import Suppression
from postrider.suppressions.service import SuppressionService

TRIES = 10
"""Maximum number of attempts to write a contact that other calls change at the same time."""

Change = Callable[[Contact], Contact]
Details = Mapping[str, str | int | None]


class ContactWriter:
    def __init__(
        self,
        contacts: ContactRepository,
        suppressions: SuppressionService,
        now: Clock,
        change_recorder: ChangeRecorder,
        pending: PendingContacts,
    ) -> None:
        self._contacts, self._suppressions, self._now = contacts, suppressions, now
        self._change_recorder, self._pending = change_recorder, pending

    def current(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Return the contact; write it first if an import has claimed but not written it. Raises NotFound."""
        try:
            return self._contacts.get(account_id, list_id, contact_id)
        except NotFound:
            if not self._pending.complete(account_id, list_id, [contact_id]):
                raise
        return self._contacts.get(account_id, list_id, contact_id)

    def current_many(self, account_id: str, list_id: int, contact_ids: Set[int]) -> dict[int, Contact]:
        """Return the contacts by id; those that an import has still to write are written now, unknown ones are missing."""
        contacts = self._contacts.many(account_id, list_id, contact_ids)
        missing = contact_ids - contacts.keys()
        if missing and self._pending.complete(account_id, list_id, missing):
            contacts |= self._contacts.many(account_id, list_id, missing)
        return contacts

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
        for _ in range(TRIES):
            before = self.current(account_id, list_id, contact_id)
            try:
                stored = self.store(before, change(before))
            except StaleContact:
                continue
            if kind is not None and stored.version != before.version:
                # Logs show a contact from its first address on.
                self.record(kind if before.has_address else ChangeKind.ADDED, [stored], details)
            return stored
        raise too_busy()

    def change_if_exists(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        change: Change,
        kind: ChangeKind | None,
        details: Details | None = None,
    ) -> Contact | None:
        """Change the contact as `change` does; return None if it does not exist."""
        try:
            return self.change(account_id, list_id, contact_id, change, kind, details)
        except NotFound:
            return None

    def change_many(self, contacts: Sequence[Contact], change: Change) -> int:
        """Apply a pure function that keeps identifiers to contacts of one list; return the number of changed contacts.

        Each contact is stored together with its counters. Repeating an interrupted call completes it.
        """
        remaining, changed = list(contacts), 0
        for _ in range(TRIES):
            pairs = [(before, self.stamped(after)) for before in remaining if (after := change(before)) != before]
            stale = self._contacts.replace_many(pairs)
            changed += len(pairs) - len(stale)
            if not stale:
                return changed
            remaining = list(self._contacts.many(pairs[0][0].account_id, pairs[0][0].list_id, stale).values())
        raise too_busy()

    def store(self, before: Contact, after: Contact) -> Contact:
        """Store a changed contact; return the stored one. Raises StaleContact if it changed after `before` was read."""
        return before if after == before else self._contacts.replace(before, self.stamped(after))

    def mark_suppressed(
        self, account_id: str, list_ids: Iterable[int], address: str, suppression: Suppression | None
    ) -> int:
        """Mark the contacts with this canonical address with its suppression, or unmark them; return their number."""
        mark = rules.mark_of(suppression)
        contacts = self._contacts.of_address(account_id, list_ids, address)
        for contact in contacts:
            self.change_if_exists(
                account_id,
                contact.list_id,
                contact.id,
                lambda contact: replace(contact, mark=mark) if contact.address == address else contact,
                None,
            )
        return len(contacts)

    def marked(self, contact: Contact) -> Contact:
        """Mark the contact if its address was suppressed while it was being written; return the contact."""
        if contact.suppressed or not contact.has_address:
            return contact
        suppression = self._suppressions.suppressed(contact.account_id, [contact.address]).get(contact.address)
        if suppression is None:
            return contact
        self.mark_suppressed(contact.account_id, [contact.list_id], contact.address, suppression)
        return self._contacts.many(contact.account_id, contact.list_id, [contact.id]).get(contact.id, contact)

    def record(self, kind: ChangeKind, contacts: Sequence[Contact], details: Details | None = None) -> None:
        """Record a change of contacts of one list; contacts without an address are left out."""
        changes = [
            ContactChange(kind=kind, contact=contact, happened_at=self._now(), details=details or {})
            for contact in contacts
            if contact.has_address
        ]
        if changes:
            self._change_recorder.publish(contacts[0].account_id, contacts[0].list_id, changes)

    def stamped(self, contact: Contact) -> Contact:
        """Return the contact as changed now."""
        return replace(contact, updated_at=self._moment())

    def _moment(self) -> datetime:
        return self._now().replace(microsecond=0)


def too_busy() -> Conflict:
    return Conflict("The contact is being changed by other calls; retry.", code="contact_busy")
