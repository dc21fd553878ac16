"""Store what remains of deleted contacts: the address, for links in old mails, and the origin, for repeated imports.

The former addresses of contacts are stored as well, also for links in old mails.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from postrider.contacts.mapping import (
    contact_id_of,
    deleted_address_key,
    deleted_contact_key,
    former_address_key,
    former_addresses_key,
)
from postrider.contacts.model import OUTCOME_KEPT_FOR, Contact
from postrider.contacts.table import ContactsItem, DeletedContactItem, FormerAddressItem
from postrider.kit.clock import unix
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get

LINKS_WORK_FOR = timedelta(days=400)
"""Time for which unsubscription links work after a contact was deleted or its address changed: longer than a year, since some
mails are sent yearly."""


@dataclass(frozen=True, kw_only=True)
class DeletedContact:
    """A deleted contact. `address` is canonical, "" for none; `external_id` is kept only of a contact with an origin.

    `successor_id` is the contact into which it was merged.
    """

    contact_id: int
    address: str
    external_id: str | None
    origin: str | None
    address_number: int = 0
    successor_id: int | None = None


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
        return _deleted_among(ContactsItem.by_status.query(deleted_address_key(account_id, address)))

    def former_address(self, account_id: str, list_id: int, contact_id: int, address_number: int) -> str | None:
        """Return the canonical address that the contact had with this number; None for its current or an unknown one."""
        keys = [former_address_key(account_id, list_id, contact_id, address_number)]
        items = batch_get(ContactsItem, keys)
        return next((item.address for item in items if isinstance(item, FormerAddressItem)), None)

    def former_at(self, account_id: str, list_id: int, contact_id: int, moment: datetime) -> tuple[int, str] | None:
        """Return number and address of the latest former address that the contact had got by this moment."""
        key, low = former_address_key(account_id, list_id, contact_id, 0)
        _, high = former_address_key(account_id, list_id, contact_id, unix(moment))
        between = FormerAddressItem.sk.between(low, high)
        for item in FormerAddressItem.query(key, between, consistent_read=True, scan_index_forward=False, limit=1):
            return int(item.sk.partition("#")[2]), item.address
        return None

    def forget(self, account_id: str, address: str) -> None:
        """Delete the entries of deleted contacts with this canonical address, with all their addresses, on all lists.

        The address is also deleted from the former addresses of existing contacts.
        """
        items = list(ContactsItem.by_status.query(deleted_address_key(account_id, address)))
        for list_id, contact_id in _deleted_among(items):
            self.forget_former_addresses(account_id, list_id, contact_id)
        with ContactsItem.batch_write() as batch:
            for item in items:
                batch.delete(item)

    def forget_former_addresses(self, account_id: str, list_id: int, contact_id: int) -> None:
        """Delete all former addresses of a contact."""
        items = FormerAddressItem.query(
            former_addresses_key(account_id, list_id, contact_id),
            FormerAddressItem.sk.startswith(f"{padded(contact_id)}#"),
            consistent_read=True,
        )
        with ContactsItem.batch_write() as batch:
            for item in items:
                batch.delete(item)


def _deleted_among(items: Iterable[ContactsItem]) -> list[tuple[int, int]]:
    """Return (list id, contact id) of deleted contacts; items of former addresses are left out."""
    return [
        (int(item.pk.split("#")[2]), contact_id_of(item.sk)) for item in items if isinstance(item, DeletedContactItem)
    ]


def deleted_contact_item(
    contact: Contact, deleted_at: datetime, *, successor_id: int | None = None
) -> DeletedContactItem | None:
    """Return the item of a contact that is being deleted; None if neither links nor imports can refer to it.

    `successor_id` is the contact into which it is merged; links to a contact that has lost its address need it as well.
    """
    had_address = contact.has_address or (successor_id is not None and contact.address_since is not None)
    if not had_address and contact.origin is None:
        return None
    return DeletedContactItem(
        *deleted_contact_key(contact.account_id, contact.list_id, contact.id),
        address=contact.address or None,
        address_number=contact.address_number or None,
        external_id=None if contact.origin is None else contact.external_id,
        origin=contact.origin,
        successor_id=successor_id,
        status_key=deleted_address_key(contact.account_id, contact.address) if contact.has_address else None,
        expires_at=deleted_at + (LINKS_WORK_FOR if had_address else OUTCOME_KEPT_FOR),
    )


def former_address_item(contact: Contact, changed_at: datetime) -> FormerAddressItem:
    """Return the item of the address of a contact that gets another one, or loses it."""
    return FormerAddressItem(
        *former_address_key(contact.account_id, contact.list_id, contact.id, contact.address_number),
        address=contact.address,
        status_key=deleted_address_key(contact.account_id, contact.address),
        expires_at=changed_at + LINKS_WORK_FOR,
    )


def _deleted_contact(item: DeletedContactItem) -> DeletedContact:
    return DeletedContact(
        contact_id=contact_id_of(item.sk),
        address=item.address or "",
        external_id=item.external_id,
        origin=item.origin,
        address_number=int(item.address_number or 0),
        successor_id=None if item.successor_id is None else int(item.successor_id),
    )
