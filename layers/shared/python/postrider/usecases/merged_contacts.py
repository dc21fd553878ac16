"""Find the contact into which another one was merged."""

from postrider.contact_events.service import ContactEventService
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService


class MergedContacts:
    def __init__(self, contacts: ContactService, events: ContactEventService) -> None:
        self._contacts, self._events = contacts, events

    def current(self, account_id: str, list_id: int, contact_id: int) -> Contact | None:
        """Return the contact, or the contact into which it was merged, also by several merges; None if it was deleted."""
        next_id: int | None = contact_id
        read_ids: set[int] = set()
        while next_id is not None and next_id not in read_ids:
            contact = self._contacts.many(account_id, list_id, [next_id]).get(next_id)
            if contact is not None:
                return contact
            read_ids.add(next_id)
            next_id = self._events.successor(account_id, next_id)
        return None
