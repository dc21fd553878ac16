"""Suppress an address in an account: the entry is written, then the contacts of all lists are marked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from postrider.contacts.model import Contact
from postrider.contacts.rules import mark_of
from postrider.contacts.service import ContactService
from postrider.lists.service import ListService
from postrider.suppressions.model import Suppression, SuppressionSource
from postrider.suppressions.rules import pattern_of
from postrider.suppressions.service import SuppressionService


class AddressSuppression:
    def __init__(self, suppressions: SuppressionService, lists: ListService, contacts: ContactService) -> None:
        self._suppressions, self._lists, self._contacts = suppressions, lists, contacts

    def suppress(
        self, account_id: str, email: str, source: SuppressionSource = SuppressionSource.MANUAL
    ) -> Suppression:
        """Suppress an address, `*@domain` or `local@*`. A source that the person requested overrides a source of the account.

        Repeating it changes nothing. Raises Invalid for another text.
        """
        pattern = pattern_of(email)
        with self._suppressions.unsettled(account_id, pattern):
            entry = self._suppressions.add_entry(account_id, pattern, source)
            self._mark_contacts(account_id, pattern)
        return entry

    def suppress_many(
        self, account_id: str, sources: Mapping[str, SuppressionSource], *, origin: str
    ) -> tuple[int, int]:
        """Suppress canonical patterns as `suppress` does, with batched calls; return how many were added and replaced.

        `origin` names these rows of an import. Repeating an interrupted call completes it.
        """
        addresses = [pattern for pattern in sources if "*" not in pattern]
        with self._suppressions.unsettled_rows(account_id, addresses, name=origin):
            counts = self._suppressions.add_entries(account_id, sources, origin=origin)
            if addresses:
                self._mark_many(account_id, addresses)
        return counts

    def _mark_many(self, account_id: str, addresses: Sequence[str]) -> None:
        """Mark the contacts with these addresses as `_mark_contacts` does."""
        list_ids = [contact_list.id for contact_list in self._lists.all(account_id)]
        entries = self._suppressions.suppressed(account_id, addresses)
        while True:
            for list_id in list_ids:
                contacts = self._contacts.with_addresses(account_id, list_id, addresses)
                self._contacts.change_many(list(contacts.values()), partial(_with_mark, addresses, entries))
            marked, entries = entries, self._suppressions.suppressed(account_id, addresses)
            if marked == entries:
                return

    def lift(self, account_id: str, email: str) -> Suppression:
        """Remove the suppression of the address. Raises NotFound, or Invalid if the person requested the suppression."""
        entry = self._suppressions.removable_entry(account_id, email)
        pattern = pattern_of(email)
        with self._suppressions.unsettled(account_id, pattern):
            is_removed = self._suppressions.remove_entry(entry)
            self._mark_contacts(account_id, pattern)
        return entry if is_removed else self.lift(account_id, email)

    def _mark_contacts(self, account_id: str, pattern: str) -> None:
        """Mark the contacts with this address; repeat this until the entry does not change during the marking.

        A concurrent call may change the entry, and mark contacts too. Wildcards do not mark contacts: they are checked when
        mail is sent.
        """
        if "*" in pattern:
            return
        list_ids = [contact_list.id for contact_list in self._lists.all(account_id)]
        entry = self._suppressions.entry(account_id, pattern)
        while True:
            self._contacts.mark_suppressed(account_id, list_ids, pattern, entry)
            marked, entry = entry, self._suppressions.entry(account_id, pattern)
            if marked == entry:
                return


def _with_mark(addresses: Collection[str], entries: Mapping[str, Suppression], contact: Contact) -> Contact:
    """Return the contact with the mark of its address, unless it has another address by now."""
    return replace(contact, mark=mark_of(entries.get(contact.address))) if contact.address in addresses else contact
