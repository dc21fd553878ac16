"""Read stored contacts: by id, by address, or by block."""

from collections import Counter
from collections.abc import Collection, Iterable

from postrider.contacts.claims import ContactClaims
from postrider.contacts.errors import unknown_contact
from postrider.contacts.mapping import block_key, contact_key, contact_of, list_key
from postrider.contacts.model import BLOCK_SIZE, Contact, Status, block_of
from postrider.contacts.table import BlockItem, ContactItem, ContactsItem
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get


class ContactReader:
    def __init__(self, claims: ContactClaims) -> None:
        self.claims = claims

    def get(self, account_id: str, list_id: int, contact_id: int) -> Contact:
        """Return the contact with this id. Raises NotFound."""
        try:
            item = ContactItem.get(*contact_key(account_id, list_id, contact_id), consistent_read=True)
        except ContactItem.DoesNotExist as exc:
            raise unknown_contact() from exc
        return contact_of(item)

    def find(self, account_id: str, list_id: int, address: str) -> Contact | None:
        """Return the contact with this canonical address; return None if it is unknown or an import has not written it yet."""
        claim = self.claims.of_address(account_id, list_id, address)
        if claim is None:
            return None
        return self.many(account_id, list_id, [claim.contact_id]).get(claim.contact_id)

    def many(self, account_id: str, list_id: int, contact_ids: Iterable[int]) -> dict[int, Contact]:
        """Return contacts from anywhere in the list by id; those that do not exist are missing."""
        keys = [contact_key(account_id, list_id, contact_id) for contact_id in contact_ids]
        contacts = (contact_of(item) for item in batch_get(ContactsItem, keys) if isinstance(item, ContactItem))
        return {contact.id: contact for contact in contacts}

    def in_chunk(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[int, Contact]:
        """Return contacts with neighbouring ids by id, with a consistent range query per block."""
        wanted: set[int] = set(contact_ids)
        contacts: dict[int, Contact] = {}
        blocks: dict[int, list[int]] = {}
        for contact_id in sorted(wanted):
            blocks.setdefault(block_of(contact_id), []).append(contact_id)
        for block, ids in blocks.items():
            for contact in self.block(account_id, list_id, block, first=ids[0], last=ids[-1]):
                if contact.id in wanted:
                    contacts[contact.id] = contact
        return contacts

    def block(
        self, account_id: str, list_id: int, block: int, *, first: int | None = None, last: int | None = None
    ) -> list[Contact]:
        """Return the contacts of a block in order of id, read consistently."""
        low = block * BLOCK_SIZE if first is None else first
        high = (block + 1) * BLOCK_SIZE - 1 if last is None else last
        items = ContactItem.query(
            block_key(account_id, list_id, block),
            ContactItem.sk.between(padded(low), padded(high)),
            consistent_read=True,
        )
        return [contact_of(item) for item in items]

    def blocks(self, account_id: str, list_id: int) -> list[int]:
        """Return every block that was ever allocated to the list, in order."""
        key = list_key(account_id, list_id)
        items = BlockItem.query(key, BlockItem.sk.startswith("block#"), consistent_read=True)
        return [int(item.block) for item in items]

    def of_address(self, account_id: str, list_ids: Iterable[int], address: str) -> list[Contact]:
        """Return the contacts with this canonical address on any of the lists."""
        keys = [
            contact_key(account_id, list_id, contact_id)
            for list_id, contact_id in self.claims.on_lists(account_id, list_ids, address)
        ]
        return [contact_of(item) for item in batch_get(ContactsItem, keys) if isinstance(item, ContactItem)]

    def recount(self, account_id: str, list_id: int) -> dict[Status, int]:
        """Count contacts by status by reading all of them; deleted contacts cannot be recounted."""
        total: Counter[Status] = Counter()
        for block in self.blocks(account_id, list_id):
            total.update(contact.status for contact in self.block(account_id, list_id, block))
        return {status: total[status] for status in Status}
