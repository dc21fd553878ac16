"""Define calls that create or update one contact: their values, their wish for the consent, and who has their identifiers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from postrider.contacts import rules
from postrider.contacts.address import Address, canonical
from postrider.contacts.changes import OptIn
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Claim, Contact, LeftBy, Wish
from postrider.contacts.writer import Change
from postrider.kit.errors import Invalid


class Upsert(StrEnum):
    """Say which contacts a call may write, and REPLACE: values that the draft lacks are cleared."""

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
class Upserted:
    contact: Contact
    created: bool


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The change of the consent by a call. `asks` says whether it sends a confirmation request; None: a new contact."""

    apply: Change
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
    """The contacts that have the identifiers of a call, with claims by address and contact ids by external id."""

    claims: Mapping[str, Claim]
    external_ids: Mapping[str, int]
    contacts: Mapping[int, Contact]

    def contact_with(self, identifier: Identifier) -> Contact | None:
        if identifier.kind == IdentifierKind.EMAIL:
            claim = self.claims.get(canonical(identifier.value))
            return None if claim is None else self.contacts.get(claim.contact_id)
        contact_id = self.external_ids.get(identifier.value)
        return None if contact_id is None else self.contacts.get(contact_id)


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
    """Return what a wish does to the consent of a contact; a tolerant call leaves out a wish that is refused."""

    def apply(contact: Contact) -> Contact:
        try:
            return rules.wished(contact, wish, by)
        except Invalid:
            if is_tolerant:
                return contact
            raise

    return Consent(apply=apply, asks=lambda contact: wish == Wish.ASK and rules.can_be_asked(contact))
