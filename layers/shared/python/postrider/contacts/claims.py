"""Store claims: each makes an address or an external id unique within a list, and leads to the contact that has it."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import StrEnum
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from postrider.contacts.address import canonical
from postrider.contacts.identifiers import MAX_VALUE_CHARS, Identifier, IdentifierKind
from postrider.contacts.mapping import (
    ADDRESS_BUCKETS,
    EXTERNAL_ID_BUCKETS,
    bucket_key,
    claim_key,
    external_id_bucket_key,
    external_id_key,
)
from postrider.contacts.model import Claim, Contact
from postrider.contacts.table import ClaimItem, ContactsItem, ExternalIdItem
from postrider.storage.dynamo import batch_get, execute_statements, insert_statement, was_made

_HALVES = re.compile(r"[\ud800-\udfff]")


class ClaimedIdentifier(StrEnum):
    """An identifier of a contact that an import has claimed for it before the contact is written."""

    ADDRESS = "address"
    EXTERNAL_ID = "external_id"


NOTHING_CLAIMED: Set[ClaimedIdentifier] = frozenset()


class ContactClaims:
    """Claims are written in the transaction of a contact; imports write them before their contacts."""

    def of_addresses(self, account_id: str, list_id: int, addresses: Iterable[str]) -> dict[str, Claim]:
        """Return claims by canonical address; addresses that the list does not have are missing."""
        keys = [claim_key(account_id, list_id, address) for address in addresses if address]
        return {item.sk: _claim(item) for item in batch_get(ContactsItem, keys) if isinstance(item, ClaimItem)}

    def of_address(self, account_id: str, list_id: int, address: str) -> Claim | None:
        return self.of_addresses(account_id, list_id, [address]).get(address)

    def of_external_ids(self, account_id: str, list_id: int, external_ids: Iterable[str]) -> dict[str, int]:
        """Return ids of contacts by external id; unknown ones are missing."""
        keys = [external_id_key(account_id, list_id, external_id) for external_id in external_ids if external_id]
        items = batch_get(ContactsItem, keys)
        return {item.sk: int(item.contact_id) for item in items if isinstance(item, ExternalIdItem)}

    def claims_of_external_ids(self, account_id: str, list_id: int, external_ids: Iterable[str]) -> dict[str, Claim]:
        """Return claims by external id, with the id in the place of the address; unknown ones are missing."""
        keys = [external_id_key(account_id, list_id, external_id) for external_id in external_ids if external_id]
        return {
            item.sk: Claim(address=item.sk, contact_id=int(item.contact_id), subscribed_at=item.subscribed_at)
            for item in batch_get(ContactsItem, keys)
            if isinstance(item, ExternalIdItem)
        }

    def contact_ids(self, account_id: str, list_id: int, identifiers: Sequence[Identifier]) -> list[int | None]:
        """Return the contact id of each identifier, None for an unknown one; there may be no contact with that id."""
        values = {
            kind: [known.value for known in identifiers if known.kind == kind and _is_possible(known.value)]
            for kind in IdentifierKind
        }
        addresses = {email: canonical(email) for email in values[IdentifierKind.EMAIL]}
        claims, external_ids = self._of_both(
            account_id, list_id, addresses.values(), values[IdentifierKind.EXTERNAL_ID]
        )

        def contact_id(identifier: Identifier) -> int | None:
            match identifier.kind:
                case IdentifierKind.EMAIL:
                    return claims.get(addresses.get(identifier.value, ""))
                case IdentifierKind.EXTERNAL_ID:
                    return external_ids.get(identifier.value)
            return int(identifier.value)

        return [contact_id(identifier) for identifier in identifiers]

    def _of_both(
        self, account_id: str, list_id: int, addresses: Iterable[str], external_ids: Iterable[str]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Return ids of contacts by canonical address, and by external id; the calls read both kinds together."""
        keys = [
            *(claim_key(account_id, list_id, address) for address in addresses if address),
            *(external_id_key(account_id, list_id, external_id) for external_id in external_ids if external_id),
        ]
        by_address: dict[str, int] = {}
        by_external_id: dict[str, int] = {}
        for item in batch_get(ContactsItem, keys):
            if isinstance(item, ClaimItem):
                by_address[item.sk] = int(item.contact_id)
            elif isinstance(item, ExternalIdItem):
                by_external_id[item.sk] = int(item.contact_id)
        return by_address, by_external_id

    def on_lists(self, account_id: str, list_ids: Iterable[int], address: str) -> list[tuple[int, int]]:
        """Return (list id, contact id) of the contacts with this canonical address."""
        items = batch_get(ContactsItem, [claim_key(account_id, list_id, address) for list_id in list_ids])
        return [(int(item.pk.split("#")[2]), int(item.contact_id)) for item in items if isinstance(item, ClaimItem)]

    # In the transaction of a contact

    def add(self, writes: TransactWrite, contact: Contact, claimed: Set[ClaimedIdentifier]) -> None:
        """Claim the identifiers of a new contact. Those in `claimed` must have been claimed for it before."""
        here = contact.account_id, contact.list_id
        if ClaimedIdentifier.ADDRESS in claimed:
            key = claim_key(*here, contact.address)
            writes.condition_check(ClaimItem, *key, condition=ClaimItem.contact_id == contact.id)
        elif contact.has_address:
            writes.save(_address_item(contact), condition=ClaimItem.pk.does_not_exist())
        if ClaimedIdentifier.EXTERNAL_ID in claimed:
            key = external_id_key(*here, contact.external_id or "")
            writes.condition_check(ExternalIdItem, *key, condition=ExternalIdItem.contact_id == contact.id)
        elif contact.external_id is not None:
            writes.save(_external_id_item(contact), condition=ExternalIdItem.pk.does_not_exist())

    def move(self, writes: TransactWrite, before: Contact, after: Contact) -> None:
        """Claim the new identifiers of a changed contact, and release its former ones."""
        if before.address != after.address:
            if before.has_address:
                writes.delete(_address_item(before), condition=ClaimItem.contact_id == before.id)
            if after.has_address:
                writes.save(_address_item(after), condition=_free_for(ClaimItem, after))
        if before.external_id != after.external_id:
            if before.external_id is not None:
                writes.delete(_external_id_item(before), condition=ExternalIdItem.contact_id == before.id)
            if after.external_id is not None:
                writes.save(_external_id_item(after), condition=_free_for(ExternalIdItem, after))

    def delete(self, writes: TransactWrite, contact: Contact) -> None:
        """Release the identifiers of the contact."""
        if contact.has_address:
            writes.delete(_address_item(contact), condition=ClaimItem.contact_id == contact.id)
        if contact.external_id is not None:
            writes.delete(_external_id_item(contact), condition=ExternalIdItem.contact_id == contact.id)

    def hand_over(self, writes: TransactWrite, before: Contact, after: Contact, dropped: Contact) -> None:
        """Transfer the identifiers that `after` has taken over from the dropped contact, and release the others."""
        if dropped.has_address:
            is_taken = before.address != after.address == dropped.address
            condition = ClaimItem.contact_id == dropped.id
            if is_taken:
                writes.save(_address_item(after), condition=condition)
            else:
                writes.delete(_address_item(dropped), condition=condition)
        if dropped.external_id is not None:
            is_taken = before.external_id != after.external_id == dropped.external_id
            condition = ExternalIdItem.contact_id == dropped.id
            if is_taken:
                writes.save(_external_id_item(after), condition=condition)
            else:
                writes.delete(_external_id_item(dropped), condition=condition)

    # Beside contacts

    def add_many(self, account_id: str, list_id: int, claims: Sequence[Claim]) -> set[str]:
        """Claim addresses, 25 per call and one write unit each; return the addresses that were already taken."""
        items = [
            ClaimItem(
                *claim_key(account_id, list_id, claim.address),
                contact_id=claim.contact_id,
                subscribed_at=claim.subscribed_at,
            )
            for claim in claims
        ]
        outcome = execute_statements([insert_statement(item) for item in items])
        return {claim.address for claim, code in zip(claims, outcome, strict=True) if code is not None}

    def add_external_ids(self, account_id: str, list_id: int, claims: Sequence[Claim]) -> set[str]:
        """Claim external ids, which the claims have as their address; return the external ids that were already taken."""
        items = [
            ExternalIdItem(
                *external_id_key(account_id, list_id, claim.address),
                contact_id=claim.contact_id,
                subscribed_at=claim.subscribed_at,
            )
            for claim in claims
        ]
        outcome = execute_statements([insert_statement(item) for item in items])
        return {claim.address for claim, code in zip(claims, outcome, strict=True) if code is not None}

    def release_external_ids(self, account_id: str, list_id: int, claims: Mapping[str, int]) -> None:
        """Delete claims of external ids that still have these contact ids."""
        for external_id, contact_id in claims.items():
            claim = ExternalIdItem(*external_id_key(account_id, list_id, external_id))
            was_made(partial(claim.delete, condition=ExternalIdItem.contact_id == contact_id))

    def release(self, account_id: str, list_id: int, claims: Mapping[str, int]) -> None:
        """Delete claims that still have these contact ids, by address."""
        for address, contact_id in claims.items():
            claim = ClaimItem(*claim_key(account_id, list_id, address))
            was_made(partial(claim.delete, condition=ClaimItem.contact_id == contact_id))

    def keys_of_list(self, account_id: str, list_id: int) -> list[str]:
        """Return the partition keys of all claims of a list."""
        return [
            *(bucket_key(account_id, list_id, bucket) for bucket in range(ADDRESS_BUCKETS)),
            *(external_id_bucket_key(account_id, list_id, bucket) for bucket in range(EXTERNAL_ID_BUCKETS)),
        ]


def _claim(item: ClaimItem) -> Claim:
    return Claim(address=item.sk, contact_id=int(item.contact_id), subscribed_at=item.subscribed_at)


def _address_item(contact: Contact) -> ClaimItem:
    key = claim_key(contact.account_id, contact.list_id, contact.address)
    return ClaimItem(*key, contact_id=contact.id, subscribed_at=contact.subscribed_at)


def _free_for(item: type[ClaimItem | ExternalIdItem], contact: Contact) -> Condition:
    """Return the condition that no other contact has the identifier; an import may have claimed it for this one."""
    condition: Condition = item.pk.does_not_exist() | (item.contact_id == contact.id)
    return condition


def _external_id_item(contact: Contact) -> ExternalIdItem:
    assert contact.external_id is not None
    key = external_id_key(contact.account_id, contact.list_id, contact.external_id)
    return ExternalIdItem(*key, contact_id=contact.id)


def _is_possible(value: str) -> bool:
    """Return whether a contact can have this identifier: keys have a maximum length, and are valid Unicode."""
    return len(value) <= MAX_VALUE_CHARS and not _HALVES.search(value)
