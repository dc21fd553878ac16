"""Delete contacts together with their records: consents, relations, events and devices."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from postrider.contacts.changes import ChangeKind, ContactRecords
from postrider.contacts.errors import StaleContact
from postrider.contacts.model import Contact, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.writer import TRIES, Change, ContactWriter, too_busy
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.suppressions.service import SuppressionService


class ContactDeletion:
    def __init__(
        self,
        contacts: ContactRepository,
        writer: ContactWriter,
        suppressions: SuppressionService,
        records: Callable[[], ContactRecords],
        now: Clock,
    ) -> None:
        """Initialize the service; `records` builds the deletion of records, at the first contact that has records."""
        self._contacts, self._writer, self._suppressions = contacts, writer, suppressions
        self._records, self._now = records, now

    def delete(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        check: Change = lambda contact: contact,
    ) -> Contact:
        """Delete the contact with its records, and return it. Raises NotFound, and any error that `check` raises for the contact.

        Links in mails to it remain valid for LINKS_WORK_FOR. A departure remains stored with its address (see KnownAddresses).
        """

        def delete(contact: Contact) -> None:
            self._contacts.delete(contact, deleted_at=self._now())

        return self._delete((account_id, list_id, contact_id), delete, check)

    def erase(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Delete the contact like `delete`, and its addresses: a departure is stored under a keyed hash. Raises NotFound."""

        def erase(contact: Contact) -> None:
            if contact.address_since is not None:
                self._contacts.deleted.forget_former_addresses(account_id, list_id, contact_id)
            self._contacts.erase(contact, digest=self._suppressions.digest_of(account_id, contact.address))

        return self._delete((account_id, list_id, contact_id), erase, lambda contact: contact)

    def forget_address(self, account_id: str, list_ids: Iterable[int], address: str) -> None:
        """Delete the canonical address of deleted contacts; its departures are stored under a keyed hash."""
        self._contacts.deleted.forget(account_id, address)
        digest = self._suppressions.digest_of(account_id, address)
        self._contacts.departures.erase(account_id, list_ids, address, digest)

    def keep_departure(self, account_id: str, list_id: int, address: str, departure: WithdrawnBy) -> bool:
        """Store a departure with a free canonical address; return False if a contact has it.

        The person may be erased meanwhile: an erasure is stored before it deletes addresses, so that one of both calls
        replaces the address by its keyed hash. Only if the process is killed between both calls of this method, after the
        erasure has ended, the address remains until the erasure is repeated: a condition on the erasure in the write itself
        would need a transaction of four units instead of one.
        """
        is_kept = self._contacts.departures.keep(account_id, list_id, address, departure)
        if is_kept and self._suppressions.erased(account_id, [address]):
            digest = self._suppressions.digest_of(account_id, address)
            self._contacts.departures.erase(account_id, [list_id], address, digest)
        return is_kept

    def restore_departures(self, account_id: str, list_ids: Collection[int], address: str) -> None:
        """Store the departures of an erased person with the canonical address again, on these lists."""
        digest = self._suppressions.digest_of(account_id, address)
        self._contacts.departures.restore(account_id, list_ids, address, digest)

    def _delete(self, key: tuple[str, int, int], delete: Callable[[Contact], None], check: Change) -> Contact:
        for _ in range(TRIES):
            contact = check(self._writer.current(*key))
            self._delete_records([contact])
            try:
                delete(contact)
            except StaleContact:
                continue
            self._delete_records([contact])
            self._writer.record(ChangeKind.DELETED, [contact])
            return contact
        raise too_busy()

    def delete_many(self, contacts: Sequence[Contact]) -> None:
        """Delete contacts of one list with their records; contacts that changed meanwhile are read again."""
        self._delete_records(contacts)
        stale_ids = self._contacts.delete_many(contacts, deleted_at=self._now())
        self._delete_records(contacts)
        self._writer.record(ChangeKind.DELETED, [contact for contact in contacts if contact.id not in stale_ids])
        for contact in contacts:
            if contact.id in stale_ids:
                with suppress(NotFound):
                    self.delete(contact.account_id, contact.list_id, contact.id)

    def prepare_records(self, contacts: Sequence[Contact]) -> set[int]:
        """Mark contacts of one list before records are stored for them, so that both are deleted together; return existing ids.

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
