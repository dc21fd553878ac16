"""Suppress a person in the whole account, as an act of the account, and lift the suppression."""

from contextlib import suppress

from postrider.contacts.model import Contact, WithdrawnBy
from postrider.contacts.service import ContactService
from postrider.kit.errors import Invalid, NotFound
from postrider.lists.service import ListService
from postrider.usecases.suppress_address import AddressSuppression


class ContactSuppression:
    def __init__(self, addresses: AddressSuppression, lists: ListService, contacts: ContactService) -> None:
        self._addresses, self._lists, self._contacts = addresses, lists, contacts

    def suppress(self, contact: Contact) -> None:
        """Suppress the address of the contact, and unsubscribe its contacts on all lists. Repeating it changes nothing."""
        contacts = [contact]
        if contact.has_address:
            self._addresses.suppress(contact.account_id, contact.address)
            list_ids = [contact_list.id for contact_list in self._lists.all(contact.account_id)]
            contacts = self._contacts.of_address(contact.account_id, list_ids, contact.address)
        for known in contacts:
            with suppress(NotFound):
                self._contacts.unsubscribe(known.account_id, known.list_id, known.id, by=WithdrawnBy.ACCOUNT)

    def lift(self, account_id: str, email: str) -> bool:
        """Lift the suppression of an address; return False if the account has none that it may lift. Consent does not change."""
        try:
            self._addresses.lift(account_id, email)
        except (NotFound, Invalid):
            return False
        return True
