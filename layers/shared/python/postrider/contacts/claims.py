"""Store claims: each makes an address or an external id unique within a list, and refers to its contact."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from postrider.contacts.address import canonical
from postrider.contacts.errors import StaleContact
from postrider.contacts.identifiers import MAX_VALUE_CHARS, Identifier, IdentifierKind
from postrider.contacts.mapping import (
    ADDRESS_BUCKETS,
    EXTERNAL_ID_BUCKETS,
    bucket_key,
    claim_key,
    external_id_bucket_key,
    external_id_key,
)
from postrider.contacts.model import Claim, Contact, KnownAddresses, WithdrawnBy
from postrider.contacts.rules import departure_of, reflected_departures
from postrider.contacts.table import ClaimItem, ContactsItem, ExternalIdItem
from postrider.storage.dynamo import batch_get, execute_statements, insert_statement, was_made

_TRIES = 10
_HALVES = re.compile(r"[\ud800-\udfff]")


class ClaimedIdentifier(StrEnum):
    """An identifier of a contact. An import claims it before the contact is written; a contact written too late has lost it."""

    ADDRESS = "address"
    EXTERNAL_ID = "external_id"


NOTHING_CLAIMED: Set[ClaimedIdentifier] = frozenset()
NOTHING_LOST: Set[ClaimedIdentifier] = frozenset()


class ContactClaims:
    """Claims are written in the transaction of a contact; imports write them before their contacts."""

    def known(self, account_id: str, list_id: int, addresses: Iterable[str]) -> KnownAddresses:
        """Return the claims and the departures of these canonical addresses."""
        keys = [claim_key(account_id, list_id, address) for address in addresses if address]
        items = [item for item in batch_get(ContactsItem, keys) if isinstance(item, ClaimItem)]
        return KnownAddresses(
            claims={item.sk: _claim(item) for item in items if item.contact_id is not None},
            departures={item.sk: WithdrawnBy(item.withdrawn_by) for item in items if item.withdrawn_by is not None},
        )

    def of_addresses(self, account_id: str, list_id: int, addresses: Iterable[str]) -> Mapping[str, Claim]:
        """Return claims by canonical address; addresses that the list does not have are missing."""
        return self.known(account_id, list_id, addresses).claims

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
            if isinstance(item, ClaimItem) and item.contact_id is not None:
                by_address[item.sk] = int(item.contact_id)
            elif isinstance(item, ExternalIdItem):
                by_external_id[item.sk] = int(item.contact_id)
        return by_address, by_external_id

    def on_lists(self, account_id: str, list_ids: Iterable[int], address: str) -> list[tuple[int, int]]:
        """Return (list id, contact id) of the contacts with this canonical address."""
        items = batch_get(ContactsItem, [claim_key(account_id, list_id, address) for list_id in list_ids])
        return [
            (int(item.pk.split("#")[2]), int(item.contact_id))
            for item in items
            if isinstance(item, ClaimItem) and item.contact_id is not None
        ]

    def lost_by(self, contacts: Sequence[Contact]) -> dict[int, set[ClaimedIdentifier]]:
        """Return, by id of contacts of one list, the identifiers whose claims are missing, or name another contact."""
        if not contacts:
            return {}
        addresses, external_ids = self._of_both(
            contacts[0].account_id,
            contacts[0].list_id,
            [contact.address for contact in contacts],
            [contact.external_id or "" for contact in contacts],
        )
        lost: dict[int, set[ClaimedIdentifier]] = {}
        for contact in contacts:
            if contact.has_address and addresses.get(contact.address) != contact.id:
                lost.setdefault(contact.id, set()).add(ClaimedIdentifier.ADDRESS)
            if contact.external_id is not None and external_ids.get(contact.external_id) != contact.id:
                lost.setdefault(contact.id, set()).add(ClaimedIdentifier.EXTERNAL_ID)
        return lost

    # In the transaction of a contact. Claims of identifiers in `lost` are only checked not to name the contact.

    def add(self, writes: TransactWrite, contact: Contact, claimed: Set[ClaimedIdentifier]) -> None:
        """Claim the identifiers of a new contact. Those in `claimed` must have been claimed for it before."""
        here = contact.account_id, contact.list_id
        if ClaimedIdentifier.ADDRESS in claimed:
            key = claim_key(*here, contact.address)
            writes.condition_check(ClaimItem, *key, condition=ClaimItem.contact_id == contact.id)
        elif contact.has_address:
            writes.save(_address_item(contact), condition=_is_free(contact))
        if ClaimedIdentifier.EXTERNAL_ID in claimed:
            key = external_id_key(*here, contact.external_id or "")
            writes.condition_check(ExternalIdItem, *key, condition=ExternalIdItem.contact_id == contact.id)
        elif contact.external_id is not None:
            writes.save(_external_id_item(contact), condition=ExternalIdItem.pk.does_not_exist())

    def move(
        self, writes: TransactWrite, before: Contact, after: Contact, lost: Set[ClaimedIdentifier] = NOTHING_LOST
    ) -> None:
        """Claim the new identifiers of a changed contact, and release its former ones."""
        if before.address != after.address:
            if before.has_address:
                _release_address(writes, before, departure_of(before), lost)
            if after.has_address:
                writes.save(_address_item(after), condition=_is_free(after))
        if before.external_id != after.external_id:
            if before.external_id is not None:
                _release_external_id(writes, before, lost)
            if after.external_id is not None:
                is_free = ExternalIdItem.pk.does_not_exist() | (ExternalIdItem.contact_id == after.id)
                writes.save(_external_id_item(after), condition=is_free)

    def delete(
        self,
        writes: TransactWrite,
        contact: Contact,
        departure: WithdrawnBy | None,
        lost: Set[ClaimedIdentifier] = NOTHING_LOST,
    ) -> None:
        """Release the identifiers of the contact; a departure remains stored with its address."""
        if contact.has_address:
            _release_address(writes, contact, departure, lost)
        if contact.external_id is not None:
            _release_external_id(writes, contact, lost)

    def merge(self, writes: TransactWrite, kept: Contact, dropped: Contact, departure: WithdrawnBy | None) -> None:
        """Move the identifiers that the kept contact has from the dropped contact, and release the others.

        The departure remains stored with a released address.
        """
        if dropped.has_address:
            if kept.address == dropped.address:
                writes.save(_address_item(kept), condition=ClaimItem.contact_id == dropped.id)
            else:
                _release_address(writes, dropped, departure)
        if dropped.external_id is not None:
            condition = ExternalIdItem.contact_id == dropped.id
            if kept.external_id == dropped.external_id:
                writes.save(_external_id_item(kept), condition=condition)
            else:
                writes.delete(_external_id_item(dropped), condition=condition)

    # Beside contacts

    def add_many(
        self, account_id: str, list_id: int, claims: Sequence[Claim], departed: Container[str] = ()
    ) -> dict[str, Claim]:
        """Claim addresses, 25 per call and one write unit each; return the stored claims of those that were already taken.

        Claims of `departed` addresses also contain their departures. An address that has got or lost a departure since these
        were read, or was released, is claimed again; its claim with the present departure is returned as well.
        """

        def statement(claim: Claim, departed: Container[str]) -> dict[str, Any]:
            key = claim_key(account_id, list_id, claim.address)
            item = ClaimItem(*key, contact_id=claim.contact_id, subscribed_at=claim.subscribed_at)
            return _claim_again_statement(item) if claim.address in departed else insert_statement(item)

        taken: dict[str, Claim] = {}
        for _ in range(_TRIES):
            claims = _refused(claims, execute_statements([statement(claim, departed) for claim in claims]))
            if not claims:
                return taken
            known = self.known(account_id, list_id, [claim.address for claim in claims])
            taken |= known.claims
            claims = [
                replace(claim, departure=known.departures.get(claim.address))
                for claim in claims
                if claim.address not in known.claims
            ]
            taken |= {claim.address: claim for claim in claims}
            departed = known.departures
        raise StaleContact(f"could not claim {len(claims)} addresses of list {list_id}")

    def add_external_ids(self, account_id: str, list_id: int, claims: Sequence[Claim]) -> dict[str, Claim]:
        """Claim external ids, which the claims have as their address; return the stored claims of those already taken."""

        def statement(claim: Claim) -> dict[str, Any]:
            key = external_id_key(account_id, list_id, claim.address)
            item = ExternalIdItem(*key, contact_id=claim.contact_id, subscribed_at=claim.subscribed_at)
            return insert_statement(item)

        taken: dict[str, Claim] = {}
        for _ in range(_TRIES):
            claims = _refused(claims, execute_statements([statement(claim) for claim in claims]))
            if not claims:
                return taken
            taken |= self.claims_of_external_ids(account_id, list_id, [claim.address for claim in claims])
            claims = [claim for claim in claims if claim.address not in taken]
        raise StaleContact(f"could not claim {len(claims)} external ids of list {list_id}")

    def release_external_ids(self, account_id: str, list_id: int, claims: Mapping[str, int]) -> None:
        """Delete claims of external ids that still have these contact ids."""
        for external_id, contact_id in claims.items():
            claim = ExternalIdItem(*external_id_key(account_id, list_id, external_id))
            was_made(partial(claim.delete, condition=ExternalIdItem.contact_id == contact_id))

    def release(self, account_id: str, list_id: int, claims: Mapping[str, int]) -> None:
        """Delete claims by address, if they still have these contact ids; stored departures remain."""
        for address, contact_id in claims.items():
            claim = ClaimItem(*claim_key(account_id, list_id, address))
            is_claimed = ClaimItem.contact_id == contact_id
            if not was_made(partial(claim.delete, condition=is_claimed & ClaimItem.withdrawn_by.does_not_exist())):
                freed: list[Action] = [ClaimItem.contact_id.remove(), ClaimItem.subscribed_at.remove()]
                was_made(partial(claim.update, actions=freed, condition=is_claimed))

    def keys_of_list(self, account_id: str, list_id: int) -> list[str]:
        """Return the partition keys of all claims of a list."""
        return [
            *(bucket_key(account_id, list_id, bucket) for bucket in range(ADDRESS_BUCKETS)),
            *(external_id_bucket_key(account_id, list_id, bucket) for bucket in range(EXTERNAL_ID_BUCKETS)),
        ]


def _claim(item: ClaimItem) -> Claim:
    departure = None if item.withdrawn_by is None else WithdrawnBy(item.withdrawn_by)
    return Claim(
        address=item.sk, contact_id=int(item.contact_id), subscribed_at=item.subscribed_at, departure=departure
    )


def _refused(claims: Sequence[Claim], outcome: Sequence[str | None]) -> list[Claim]:
    return [claim for claim, code in zip(claims, outcome, strict=True) if code is not None]


def _address_item(contact: Contact) -> ClaimItem:
    key = claim_key(contact.account_id, contact.list_id, contact.address)
    return ClaimItem(*key, contact_id=contact.id, subscribed_at=contact.subscribed_at)


def _is_free(contact: Contact) -> Condition:
    """Return the condition that no other contact has the address, and that the contact already reflects its departure.

    An import may have claimed the address for this contact.
    """
    is_held_by_others = ClaimItem.contact_id.exists() & (ClaimItem.contact_id != contact.id)
    is_reflected: Condition = ClaimItem.withdrawn_by.does_not_exist()
    if reflected := reflected_departures(contact):
        is_reflected |= ClaimItem.withdrawn_by.is_in(*(departure.value for departure in sorted(reflected)))
    condition: Condition = ~is_held_by_others & is_reflected
    return condition


def _release_address(
    writes: TransactWrite,
    contact: Contact,
    departure: WithdrawnBy | None,
    lost: Set[ClaimedIdentifier] = NOTHING_LOST,
) -> None:
    """Release the address of the contact; a departure remains stored with it."""
    is_claimed = ClaimItem.contact_id == contact.id
    key = claim_key(contact.account_id, contact.list_id, contact.address)
    if ClaimedIdentifier.ADDRESS in lost:
        writes.condition_check(ClaimItem, *key, condition=ClaimItem.contact_id.does_not_exist() | ~is_claimed)
    elif departure is None:
        writes.delete(ClaimItem(*key), condition=is_claimed)
    else:
        writes.save(ClaimItem(*key, withdrawn_by=departure.value), condition=is_claimed)


def _release_external_id(writes: TransactWrite, contact: Contact, lost: Set[ClaimedIdentifier]) -> None:
    item, is_claimed = _external_id_item(contact), ExternalIdItem.contact_id == contact.id
    if ClaimedIdentifier.EXTERNAL_ID in lost:
        is_lost = ExternalIdItem.pk.does_not_exist() | ~is_claimed
        writes.condition_check(ExternalIdItem, item.pk, item.sk, condition=is_lost)
    else:
        writes.delete(item, condition=is_claimed)


def _claim_again_statement(item: ClaimItem) -> dict[str, Any]:
    """Return the statement that claims a free address with a departure."""
    values = item.serialize()
    sets = 'SET "contact_id" = ? SET "subscribed_at" = ?'
    return {
        "Statement": f'UPDATE "{ClaimItem.Meta.table_name}" {sets} WHERE pk = ? AND sk = ? AND contact_id IS MISSING',
        "Parameters": [values[name] for name in ("contact_id", "subscribed_at", "pk", "sk")],
    }


def _external_id_item(contact: Contact) -> ExternalIdItem:
    assert contact.external_id is not None
    key = external_id_key(contact.account_id, contact.list_id, contact.external_id)
    return ExternalIdItem(*key, contact_id=contact.id)


def _is_possible(value: str) -> bool:
    """Return whether a contact can have this identifier: keys have a maximum length, and are valid Unicode."""
    return len(value) <= MAX_VALUE_CHARS and not _HALVES.search(value)
