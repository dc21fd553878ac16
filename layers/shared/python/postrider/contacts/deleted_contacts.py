"""Store what remains of deleted contacts: the address, for links in old mails, and the origin, for repeated imports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.contacts.mapping import contact_id_of, deleted_address_key, deleted_contact_key
from postrider.contacts.model import ONCE_FOR, Contact
from postrider.contacts.table import ContactsItem, DeletedContactItem
from postrider.storage.dynamo import batch_get

LINKS_WORK_FOR = timedelta(days=400)
"""Time for which unsubscription links work after a contact was deleted: longer than the interval of a yearly mail."""


@dataclass(frozen=True, kw_only=True)
class DeletedContact:
    """A deleted contact. `address` is canonical, "" for none; `external_id` is kept only of a contact with an origin."""

    contact_id: int
    address: str
    external_id: str | None
    origin: str | None


class DeletedContacts:
    def of_ids(self, account_id: str, list_id: int, contact_ids: Iterable[int]) -> dict[int, DeletedContact]:
        """Return the deleted contacts with these ids, by id; others are missing."""
        keys = [deleted_contact_key(account_id, list_id, contact_id) for contact_id in contact_ids]
        items = (item for item in batch_get(ContactsItem, keys) if isinstance(item, DeletedContactItem))
        return {contact.contact_id: contact for contact in map(_deleted_contact, items)}

    def in_range(self, account_id: str, list_id: int, first_id: int, last_id: int) -> Iterator[DeletedContact]:
        """Yield the deleted contacts with these ids, which belong to one block."""
        key, low = deleted_contact_key(account_id, list_id, first_id)
        _, high = deleted_contact_key(account_id, list_id, last_id)
        items = DeletedContactItem.query(key, DeletedContactItem.sk.between(low, high), consistent_read=True)
        return map(_deleted_contact, items)

    def of_address(self, account_id: str, address: str) -> list[tuple[int, int]]:
        """Return (list id, contact id) of the deleted contacts with this canonical address."""
        items = ContactsItem.by_status.query(deleted_address_key(account_id, address))
        return [(int(item.pk.split("#")[2]), contact_id_of(item.sk)) for item in items]

    def forget(self, account_id: str, address: str) -> None:
        """Delete the entries of deleted contacts with this canonical address, on all lists."""
        with ContactsItem.batch_write() as batch:
            for item in ContactsItem.by_status.query(deleted_address_key(account_id, address)):
                batch.delete(item)


def deleted_contact_item(contact: Contact, deleted_at: datetime) -> DeletedContactItem | None:
    """Return the item of a contact that is being deleted; None if neither links nor imports can refer to it."""
    if not contact.has_address and contact.origin is None:
        return None
    return DeletedContactItem(
        *deleted_contact_key(contact.account_id, contact.list_id, contact.id),
        address=contact.address or None,
        external_id=None if contact.origin is None else contact.external_id,
        origin=contact.origin,
        status_key=deleted_address_key(contact.account_id, contact.address) if contact.has_address else None,
        expires_at=deleted_at + (LINKS_WORK_FOR if contact.has_address else ONCE_FOR),
    )


def _deleted_contact(item: DeletedContactItem) -> DeletedContact:
    return DeletedContact(
        contact_id=contact_id_of(item.sk),
        address=item.address or "",
        external_id=item.external_id,
        origin=item.origin,
    )
