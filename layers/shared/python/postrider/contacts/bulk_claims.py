"""Find or claim the contacts of many people at once, who are named by an address, an external id, or both.

A person is looked up by the key of the import. If no contact has this key, the contact with the other identifier is the
person, provided that it has no key yet. An identifier of another contact is ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from postrider.contacts.identifiers import IdentifierKind
from postrider.contacts.model import Claim, Contact, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.kit.clock import Clock


@dataclass(frozen=True, kw_only=True)
class PersonIdentifiers:
    """The identifiers of a person: a canonical address, "" for none, and an external id. The key is not blank."""

    address: str
    external_id: str | None

    def value_of(self, kind: IdentifierKind) -> str:
        """Return the address or the external id, "" for none."""
        return self.address if kind == IdentifierKind.EMAIL else self.external_id or ""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """The contact of a person: an existing `contact`, or a new one whose identifiers are claimed.

    `address` and `external_id` are the identifiers of a new contact. `is_claimed` is false for a contact that was deleted.
    """

    contact_id: int
    subscribed_at: datetime
    contact: Contact | None = None
    address: str = ""
    external_id: str | None = None
    departure: WithdrawnBy | None = None
    is_claimed: bool = True


@dataclass(frozen=True, kw_only=True)
class _StoredIdentifiers:
    """The stored claims of the identifiers of all people of a call, and their contacts."""

    addresses: Mapping[str, Claim]
    departures: Mapping[str, WithdrawnBy]
    external_ids: Mapping[str, Claim]
    contacts: Mapping[int, Contact]


class BulkClaims:
    def __init__(self, contacts: ContactRepository, now: Clock) -> None:
        self._contacts, self._now = contacts, now

    def known(
        self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers], key: IdentifierKind
    ) -> list[Contact | None]:
        """Return the existing contact of each person, None for a new one; nothing is claimed."""
        stored = self._read(account_id, list_id, people)
        holders = [_holder(names, stored, key) for names in people]
        return [None if holder is None else stored.contacts.get(holder.contact_id) for holder in holders]

    def reserve_addresses(
        self, account_id: str, list_id: int, addresses: Sequence[str], *, part_key: str | None = None
    ) -> dict[str, tuple[Claim, bool]]:
        """Return a claim per canonical address (at most 1,024), and whether it is new; a known address keeps its id.

        `part_key` names the part of an import, as in `write`: a contact that its earlier try inserted and another call deleted
        keeps its id, and its address is not claimed again.
        """
        known = self._contacts.claims.known(account_id, list_id, addresses)
        claimed = {address: (claim, False) for address, claim in known.claims.items()}
        if part_key is not None:
            for contact in self._contacts.import_parts.deleted_contacts(account_id, list_id, part_key):
                if contact.address in addresses:
                    claim = Claim(
                        address=contact.address,
                        contact_id=contact.contact_id,
                        subscribed_at=self._now(),
                        is_stored=False,
                    )
                    claimed[contact.address] = claim, False
        missing = [address for address in dict.fromkeys(addresses) if address not in claimed]
        if missing:
            first, moment = self._contacts.ids.allocate(account_id, list_id, len(missing), self._now())
            if part_key is not None:
                self._contacts.import_parts.add_ids(
                    account_id, list_id, part_key, first_id=first, count=len(missing), now=moment
                )
            claims = [
                Claim(
                    address=address,
                    contact_id=first + offset,
                    subscribed_at=moment,
                    departure=known.departures.get(address),
                )
                for offset, address in enumerate(missing)
            ]
            # Another call claimed the address first, or the SDK repeated this call: the stored claim tells them apart.
            taken = self._contacts.claims.add_many(account_id, list_id, claims, known.departures)
            for claim in claims:
                stored = taken.get(claim.address, claim)
                claimed[claim.address] = (stored, stored.contact_id == claim.contact_id)
        return claimed

    def reserve(
        self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers], key: IdentifierKind, *, part_key: str
    ) -> list[Reservation]:
        """Return the contact of each person, and claim the identifiers of new contacts. At most 1,024 people, no key twice.

        A contact that an earlier try of this part inserted and another call deleted keeps its id, and nothing is claimed.
        """
        deleted = self._deleted(account_id, list_id, key, part_key)
        remaining = [names for names in people if names.value_of(key) not in deleted]
        reservations = iter(self._reserve(account_id, list_id, remaining, key, part_key))
        return [deleted.get(names.value_of(key)) or next(reservations) for names in people]

    def _deleted(self, account_id: str, list_id: int, key: IdentifierKind, part_key: str) -> dict[str, Reservation]:
        """Return the contacts that an earlier try of this part inserted, and another call has deleted, by their key."""
        contacts = self._contacts.import_parts.deleted_contacts(account_id, list_id, part_key)
        return {
            contact.address if key == IdentifierKind.EMAIL else contact.external_id or "": Reservation(
                contact_id=contact.contact_id,
                subscribed_at=self._now(),
                address=contact.address,
                external_id=contact.external_id,
                is_claimed=False,
            )
            for contact in contacts
        }

    def _reserve(
        self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers], key: IdentifierKind, part_key: str
    ) -> list[Reservation]:
        stored = self._read(account_id, list_id, people)
        holders = [_holder(names, stored, key) for names in people]
        count = sum(holder is None for holder in holders)
        first, moment = 0, self._now()
        if count:
            first, moment = self._contacts.ids.allocate(account_id, list_id, count, moment)
            parts = self._contacts.import_parts
            parts.add_ids(account_id, list_id, part_key, first_id=first, count=count, now=moment)
        fresh_ids = iter(range(first, first + count))
        plans: list[Reservation] = []
        used: set[str] = set()
        for names, holder in zip(people, holders, strict=True):
            contact_id = next(fresh_ids) if holder is None else holder.contact_id
            contact = stored.contacts.get(contact_id)
            if contact is not None:
                plans.append(Reservation(contact_id=contact_id, subscribed_at=contact.subscribed_at, contact=contact))
                continue
            plan = _plan(names, stored, contact_id, moment if holder is None else holder.subscribed_at or moment)
            if key == IdentifierKind.EMAIL:
                plan = replace(plan, external_id=None) if plan.external_id in used else plan
            elif plan.address in used:
                plan = replace(plan, address="")
            used |= {plan.address, plan.external_id or ""}
            plans.append(plan)
        return self._claim(account_id, list_id, plans, stored, key)

    def _read(self, account_id: str, list_id: int, people: Sequence[PersonIdentifiers]) -> _StoredIdentifiers:
        claims = self._contacts.claims
        known = claims.known(account_id, list_id, {names.address for names in people})
        external_ids = claims.claims_of_external_ids(
            account_id, list_id, {names.external_id for names in people if names.external_id}
        )
        ids = {claim.contact_id for claim in (*known.claims.values(), *external_ids.values())}
        return _StoredIdentifiers(
            addresses=known.claims,
            departures=known.departures,
            external_ids=external_ids,
            contacts=self._contacts.many(account_id, list_id, ids),
        )

    def _claim(
        self,
        account_id: str,
        list_id: int,
        plans: Sequence[Reservation],
        stored: _StoredIdentifiers,
        key: IdentifierKind,
    ) -> list[Reservation]:
        """Claim the identifiers of new contacts, except those that another call has claimed meanwhile."""
        new = [plan for plan in plans if plan.contact is None]
        claims = self._contacts.claims
        addresses = [
            Claim(address=plan.address, contact_id=plan.contact_id, subscribed_at=plan.subscribed_at)
            for plan in new
            if plan.address and plan.address not in stored.addresses
        ]
        external_ids = [
            Claim(address=plan.external_id, contact_id=plan.contact_id, subscribed_at=plan.subscribed_at)
            for plan in new
            if plan.external_id and plan.external_id not in stored.external_ids
        ]
        # Another call claimed them first, or the SDK repeated this call: the stored claims tell them apart.
        address_claims = claims.add_many(account_id, list_id, addresses, stored.departures)
        id_claims = claims.add_external_ids(account_id, list_id, external_ids)
        departures = dict(stored.departures) | {address: claim.departure for address, claim in address_claims.items()}
        plans = [
            plan if plan.contact is not None else replace(plan, departure=departures.get(plan.address))
            for plan in plans
        ]
        if not address_claims and not id_claims:
            return plans
        return [self._with_stored_claims(account_id, list_id, plan, address_claims, id_claims, key) for plan in plans]

    def _with_stored_claims(
        self,
        account_id: str,
        list_id: int,
        plan: Reservation,
        address_claims: Mapping[str, Claim],
        id_claims: Mapping[str, Claim],
        key: IdentifierKind,
    ) -> Reservation:
        if plan.contact is not None:
            return plan
        address_claim, id_claim = address_claims.get(plan.address), id_claims.get(plan.external_id or "")
        has_address = address_claim is None or address_claim.contact_id == plan.contact_id
        has_external_id = id_claim is None or id_claim.contact_id == plan.contact_id
        claim = (None if has_address else address_claim) if key == IdentifierKind.EMAIL else None
        claim = (None if has_external_id else id_claim) if key == IdentifierKind.EXTERNAL_ID else claim
        kept = replace(
            plan,
            address=plan.address if has_address else "",
            external_id=plan.external_id if has_external_id else None,
        )
        if claim is None:
            return kept
        # Another contact has the key: release the other identifier, and write that contact.
        if kept.address:
            self._contacts.claims.release(account_id, list_id, {kept.address: plan.contact_id})
        if kept.external_id:
            self._contacts.claims.release_external_ids(account_id, list_id, {kept.external_id: plan.contact_id})
        contact = self._contacts.many(account_id, list_id, [claim.contact_id]).get(claim.contact_id)
        return Reservation(
            contact_id=claim.contact_id,
            subscribed_at=claim.subscribed_at or plan.subscribed_at,
            contact=contact,
            address=plan.address if _leads_to(address_claim, claim) else "",
            external_id=plan.external_id if _leads_to(id_claim, claim) else None,
            departure=plan.departure,
        )


def _leads_to(claim: Claim | None, other: Claim) -> bool:
    return claim is not None and claim.contact_id == other.contact_id


def _holder(names: PersonIdentifiers, stored: _StoredIdentifiers, key: IdentifierKind) -> Claim | None:
    """Return the claim of the contact of this person, None for a new person."""
    by_address = stored.addresses.get(names.address)
    by_external_id = stored.external_ids.get(names.external_id or "")
    own, other = (by_address, by_external_id) if key == IdentifierKind.EMAIL else (by_external_id, by_address)
    if own is not None:
        return own
    if other is None:
        return None
    contact = stored.contacts.get(other.contact_id)
    if contact is None:
        return other
    lacks_key = not contact.has_address if key == IdentifierKind.EMAIL else contact.external_id is None
    return other if lacks_key else None


def _plan(names: PersonIdentifiers, stored: _StoredIdentifiers, contact_id: int, moment: datetime) -> Reservation:
    """Return the reservation of a new contact, with the identifiers that no other contact has."""
    by_address = stored.addresses.get(names.address)
    by_external_id = stored.external_ids.get(names.external_id or "")
    has_address = by_address is None or by_address.contact_id == contact_id
    has_external_id = by_external_id is None or by_external_id.contact_id == contact_id
    return Reservation(
        contact_id=contact_id,
        subscribed_at=moment,
        address=names.address if has_address else "",
        external_id=names.external_id if has_external_id else None,
    )
