"""Define calls that create or update one contact: values, wish for the consent, and the holders of the identifiers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from postrider.contacts import rules
from postrider.contacts.address import Address, canonical
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Claim, Contact, LeftBy, Wish
from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.contacts.changes import OptIn
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.writer import Change, ContactWriter


class Upsert(StrEnum):
    """The contacts that a call may write. REPLACE also clears values that the draft lacks."""

    NEW_ONLY = "new_only"
    EXISTING_ONLY = "existing_only"
    BOTH = "both"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class ContactDraft:
    """The values of a contact. None keeps a value of the contact.

    `removes_email` takes the address away from a contact with an external id. Groups and interests are added to those of
    the contact, or replace them with REPLACE.
    """

    email: str | None = None
    removes_email: bool = False
    external_id: str | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    groups: Collection[int] = ()
    interests: Collection[int] = ()


@dataclass(frozen=True, kw_only=True)
class UpsertResult:
    contact: Contact
    created: bool


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The change of the consent by a call. `asks` returns whether to send a confirmation request; None: a new contact.

    `apply_to_new` is applied to a new contact, which may have a departure that the account does not know.
    """

    apply: Change
    apply_to_new: Change
    asks: Callable[[Contact | None], bool]
    is_due_until_sent: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """A call. `identifiers` are tried in order to find the contact; with `is_tolerant`, refused values are left out.

    A new contact gets `address` and `origin`. A known one gets the address too with `moves`, and with `respells` also
    another spelling of its own.
    """

    account_id: str
    list_id: int
    identifiers: tuple[Identifier, ...]
    address: Address | None
    removes_address: bool
    external_id: str | None
    with_values: Change
    consent: Consent
    mode: Upsert = Upsert.BOTH
    moves: bool = True
    respells: bool = True
    is_tolerant: bool = False
    opt_in: OptIn
    origin: str | None = None

    @property
    def names_contact_id(self) -> bool:
        return any(identifier.kind == IdentifierKind.CONTACT_ID for identifier in self.identifiers)


@dataclass(frozen=True, kw_only=True)
class Holders:
    """The contacts that have the identifiers of a call, with claims by address and contact ids by external id.

    `departures` are from former contacts, by address.
    """

    claims: Mapping[str, Claim]
    departures: Mapping[str, LeftBy]
    external_ids: Mapping[str, int]
    contacts: Mapping[int, Contact]

    def contact_with(self, identifier: Identifier) -> Contact | None:
        if identifier.kind == IdentifierKind.EMAIL:
            claim = self.claims.get(canonical(identifier.value))
            return None if claim is None else self.contacts.get(claim.contact_id)
        contact_id = self.external_ids.get(identifier.value)
        return None if contact_id is None else self.contacts.get(contact_id)


def holders_of(order: Order, contacts: ContactRepository, writer: ContactWriter) -> Holders:
    """Read the contacts that have the identifiers of a call."""
    key, named = (order.account_id, order.list_id), order.identifiers
    addresses = {canonical(identifier.value) for identifier in named if identifier.kind == IdentifierKind.EMAIL}
    external_ids = {identifier.value for identifier in named if identifier.kind == IdentifierKind.EXTERNAL_ID}
    known = contacts.claims.known(*key, addresses | ({order.address.canonical} if order.address else set()))
    owners = contacts.claims.of_external_ids(*key, external_ids | ({order.external_id} if order.external_id else set()))
    contact_ids = {claim.contact_id for claim in known.claims.values()} | set(owners.values())
    return Holders(
        claims=known.claims,
        departures=known.departures,
        external_ids=owners,
        contacts=writer.current_many(*key, contact_ids) if contact_ids else {},
    )


def named_by(identifier: Identifier, draft: ContactDraft) -> ContactDraft:
    """Return the draft with the identifier, so that a new contact has it. An address in the draft is a new address."""
    match identifier.kind:
        case IdentifierKind.EMAIL:
            return draft if draft.email else replace(draft, email=identifier.value)
        case IdentifierKind.EXTERNAL_ID:
            return replace(draft, external_id=identifier.value)
    return draft


def identifiers_of(draft: ContactDraft) -> list[Identifier]:
    """Return the identifiers of the draft, the address first."""
    named = [Identifier.email(draft.email)] if draft.email else []
    return named + ([Identifier.external_id(draft.external_id)] if draft.external_id else [])


def consent_of(wish: Wish, by: LeftBy = LeftBy.ACCOUNT, *, is_tolerant: bool = False) -> Consent:
    """Return the change of the consent by a wish; a tolerant call ignores a wish that is refused."""

    def apply(contact: Contact) -> Contact:
        try:
            return rules.wished(contact, wish, by)
        except Invalid:
            if is_tolerant:
                return contact
            raise

    return Consent(
        apply=apply, apply_to_new=apply, asks=lambda contact: wish == Wish.ASK and rules.can_be_asked(contact)
    )
