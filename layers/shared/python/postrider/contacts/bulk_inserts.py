"""Check the claims of contacts that an import has inserted: other calls may have deleted such a contact just before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from postrider.contacts.errors import StaleContact
from postrider.contacts.model import Contact
from postrider.contacts.repository import ContactRepository
from postrider.contacts.writer import TRIES, too_busy


class InsertCheck:
    def __init__(self, contacts: ContactRepository) -> None:
        self._contacts = contacts

    def delete_unclaimed(self, account_id: str, list_id: int, inserted: Sequence[Contact]) -> list[Contact]:
        """Return the contacts of one list, which the same part of an import inserted and has to count.

        A contact that has lost a claim is deleted, and left out: another call had completed and deleted it before the insert.
        """
        unclaimed = self._contacts.claims.lost_by(inserted)
        late = [contact for contact in inserted if contact.id in unclaimed]
        deleted = self._delete(account_id, list_id, late)
        return [contact for contact in inserted if contact.id not in deleted]

    def _delete(self, account_id: str, list_id: int, late: Sequence[Contact]) -> set[int]:
        """Delete those of these contacts that have lost a claim; return their ids."""
        deleted: set[int] = set()
        remaining = list(late)
        for _ in range(TRIES):
            if not remaining:
                return deleted
            stored = self._contacts.many(account_id, list_id, [contact.id for contact in remaining])
            stale = []
            for inserted in remaining:
                if not _is_stored(inserted, stored):
                    continue
                try:
                    if self._contacts.retract(inserted, stored[inserted.id]):
                        deleted.add(inserted.id)
                except StaleContact:
                    stale.append(inserted)
            remaining = stale
        raise too_busy()


def as_inserted(contacts: Sequence[Contact], stored: Mapping[int, Contact]) -> list[Contact]:
    """Return the contacts that the same part of an import has stored, with the marks of their insertion."""
    return [
        replace(contact, mark=current.mark if current.version == 1 else None)
        for contact in contacts
        if _is_stored(contact, stored) and (current := stored[contact.id])
    ]


def _is_stored(contact: Contact, stored: Mapping[int, Contact]) -> bool:
    return contact.id in stored and stored[contact.id].origin == contact.origin


def by_origin(contacts: Sequence[Contact], part_key: str) -> tuple[list[Contact], list[Contact]]:
    """Split contacts into those that other imports and calls created, and those of an earlier part of this import."""
    import_id, slash, _ = part_key.partition("/")
    again = {contact.id for contact in contacts if slash and is_of_import(contact, import_id)}
    return [contact for contact in contacts if contact.id not in again], [
        contact for contact in contacts if contact.id in again
    ]


def is_of_import(contact: Contact, import_id: str) -> bool:
    """Return whether a part of this import has created the contact."""
    return (contact.origin or "").startswith(f"{import_id}/")
