"""Delete contacts together with their records: consents, relations, events and devices."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from postrider.contacts.changes import ChangeKind, ContactRecords
from postrider.contacts.errors import Stale
from postrider.contacts.model import Contact
from postrider.contacts.repository import ContactRepository
from postrider.contacts.writer import TRIES, Change, ContactWriter, too_busy
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

LINKS_WORK_FOR = timedelta(days=400)
"""How long unsubscription links work after a contact was deleted: longer than the interval of a yearly mail."""


class ContactDeletion:
    def __init__(
        self, contacts: ContactRepository, writer: ContactWriter, records: Callable[[], ContactRecords], now: Clock
    ) -> None:
        """Keep the parts. `records` builds the part that deletes records, when the first contact that has any is deleted."""
        self._contacts, self._writer, self._records, self._now = contacts, writer, records, now

    def delete(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        keep_links: bool,
        check: Change = lambda contact: contact,
    ) -> Contact:
        """Delete the contact with its records, and return it. Raises NotFound, and what `check` raises of the contact.

        Links in mails to it work on, for LINKS_WORK_FOR, if `keep_links` is set.
        """
        for _ in range(TRIES):
            contact = check(self._writer.current(account_id, list_id, contact_id))
            self._delete_records([contact])
            try:
                self._contacts.delete(contact, known_until=self._known_until(keep_links))
            except Stale:
                continue
            self._delete_records([contact])
            self._writer.record(ChangeKind.DELETED, [contact])
            return contact
        raise too_busy()

    def delete_many(self, contacts: Sequence[Contact]) -> None:
        """Delete contacts of one list with their records; contacts that changed meanwhile are read again."""
        self._delete_records(contacts)
        stale_ids = self._contacts.delete_many(contacts, known_until=self._known_until(keep_links=True))
        self._delete_records(contacts)
        self._writer.record(ChangeKind.DELETED, [contact for contact in contacts if contact.id not in stale_ids])
        for contact in contacts:
            if contact.id in stale_ids:
                with suppress(NotFound):
                    self.delete(contact.account_id, contact.list_id, contact.id, keep_links=True)

    def prepare_records(self, contacts: Sequence[Contact]) -> set[int]:
        """Mark contacts of one list, which get records, so that these are deleted with them; return the ids of those that exist.

        Callers store the records afterwards, and then check whether the contacts still exist.
        """
        return self._mark(contacts, lambda contact: replace(contact, has_records=True))

    def prepare_consents(self, contacts: Sequence[Contact]) -> set[int]:
        """Mark contacts of one list, which get consent records, as `prepare_records` does."""
        return self._mark(contacts, lambda contact: replace(contact, has_consents=True))

    def _mark(self, contacts: Sequence[Contact], mark: Change) -> set[int]:
        remaining = list(contacts)
        existing = {contact.id for contact in contacts}
        for _ in range(TRIES):
            changes = [(contact, marked) for contact in remaining if (marked := mark(contact)) != contact]
            stale = self._contacts.replace_many(changes)
            if not stale:
                return existing
            current = self._contacts.many(remaining[0].account_id, remaining[0].list_id, stale)
            existing -= set(stale) - current.keys()
            remaining = list(current.values())
        raise too_busy()

    def _delete_records(self, contacts: Iterable[Contact]) -> None:
        """Delete the records of contacts of one list: before the contacts, so that a repetition completes it after a
        crash, and once more after them, because of calls that stored records meanwhile.
        """
        with_consents = []
        for contact in contacts:
            if contact.has_records:
                self._records().delete(contact.account_id, contact.id)
            if contact.has_consents:
                with_consents.append(contact)
        if with_consents:
            account_id, list_id = with_consents[0].account_id, with_consents[0].list_id
            self._contacts.consents.delete(account_id, list_id, {contact.id for contact in with_consents})

    def _known_until(self, keep_links: bool) -> datetime | None:
        return self._now() + LINKS_WORK_FOR if keep_links else None
