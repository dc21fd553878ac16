"""Find the address to which a mail to a contact was sent: the contact may have another one by now, or be deleted."""

from datetime import datetime

from postrider.contacts.deleted_contacts import DeletedContact
from postrider.contacts.repository import ContactRepository
from postrider.kit.clock import unix


class MailedAddresses:
    def __init__(self, contacts: ContactRepository) -> None:
        self._contacts = contacts

    def deleted_contact(self, account_id: str, list_id: int, contact_id: int) -> DeletedContact | None:
        """Return what is stored of a deleted contact, or None."""
        return self._contacts.deleted.of_ids(account_id, list_id, [contact_id]).get(contact_id)

    def former(
        self, account_id: str, list_id: int, contact_id: int, address_number: int, deleted: DeletedContact | None
    ) -> str | None:
        """Return the address with this number of a deleted contact, or of a contact that has another one."""
        if deleted is not None and deleted.address_number == address_number:
            return deleted.address or None
        former = self._contacts.deleted.former_address(account_id, list_id, contact_id, address_number)
        return former or (None if deleted is None else deleted.address or None)

    def number_at(self, account_id: str, list_id: int, contact_id: int, moment: datetime) -> int:
        """Return the number of the address that the contact had at a moment, also of a deleted contact."""
        return self._at(account_id, list_id, contact_id, moment)[0]

    def address_at(self, account_id: str, list_id: int, contact_id: int, moment: datetime) -> str | None:
        """Return the canonical address that the contact had at a moment; None if it is not stored."""
        return self._at(account_id, list_id, contact_id, moment)[1]

    def _at(self, account_id: str, list_id: int, contact_id: int, moment: datetime) -> tuple[int, str | None]:
        contact = self._contacts.many(account_id, list_id, [contact_id]).get(contact_id)
        current = contact or self.deleted_contact(account_id, list_id, contact_id)
        if current is None or current.address_number <= unix(moment):
            return (0, None) if current is None else (current.address_number, current.address or None)
        return self._contacts.deleted.former_at(account_id, list_id, contact_id, moment) or (0, None)
