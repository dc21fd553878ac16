"""Define requests to create or update one contact: its values, its status, and the owners of its identifiers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from postrider.contacts import rules
from postrider.contacts.address import Address, canonical, parse
from postrider.contacts.errors import unnamed
from postrider.contacts.identifiers import Identifier, IdentifierKind, parse_external_id
from postrider.contacts.model import Claim, Contact, StatusChange, WithdrawnBy
from postrider.contacts.rules import MembershipChange
from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.attributes.service import AttributeService
    from postrider.contacts.changes import ConfirmationSender
    from postrider.contacts.memberships import ContactMemberships
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.writer import Change, ContactWriter
    from postrider.lists.service import ListService


class UpsertMode(StrEnum):
    """The contacts that a call may write. REPLACE also clears values that the call lacks."""

    NEW_ONLY = "new_only"
    EXISTING_ONLY = "existing_only"
    BOTH = "both"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class ContactValues:
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
class ConsentRule:
    """The changes of the consent by a call; `needs_confirmation` returns whether to mail a request (None: a new contact).

    `apply_to_new` is applied to a new contact, which may have a departure that the account does not know.
    """

    apply: Change
    apply_to_new: Change
    needs_confirmation: Callable[[Contact | None], bool]
    is_due_until_sent: bool = False


@dataclass(frozen=True, kw_only=True)
class UpsertRequest:
    """A request. `identifiers` are tried in order to find the contact; with `is_tolerant`, refused values are ignored.

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
    consent: ConsentRule
    mode: UpsertMode = UpsertMode.BOTH
    moves: bool = True
    respells: bool = True
    is_tolerant: bool = False
    confirmations: ConfirmationSender
    origin: str | None = None

    @property
    def names_contact_id(self) -> bool:
        return any(identifier.kind == IdentifierKind.CONTACT_ID for identifier in self.identifiers)


@dataclass(frozen=True, kw_only=True)
class IdentifierOwners:
    """The contacts that have the identifiers of a call, with claims by address and contact ids by external id.

    `departures` are from former contacts, by address.
    """

    claims: Mapping[str, Claim]
    departures: Mapping[str, WithdrawnBy]
    external_ids: Mapping[str, int]
    contacts: Mapping[int, Contact]

    def contact_with(self, identifier: Identifier) -> Contact | None:
        if identifier.kind == IdentifierKind.EMAIL:
            claim = self.claims.get(canonical(identifier.value))
            return None if claim is None else self.contacts.get(claim.contact_id)
        contact_id = self.external_ids.get(identifier.value)
        return None if contact_id is None else self.contacts.get(contact_id)


def read_owners(request: UpsertRequest, contacts: ContactRepository, writer: ContactWriter) -> IdentifierOwners:
    """Read the contacts that have the identifiers of a call."""
    key, named = (request.account_id, request.list_id), request.identifiers
    addresses = {canonical(identifier.value) for identifier in named if identifier.kind == IdentifierKind.EMAIL}
    external_ids = {identifier.value for identifier in named if identifier.kind == IdentifierKind.EXTERNAL_ID}
    known = contacts.claims.known(*key, addresses | ({request.address.canonical} if request.address else set()))
    owners = contacts.claims.of_external_ids(
        *key, external_ids | ({request.external_id} if request.external_id else set())
    )
    contact_ids = {claim.contact_id for claim in known.claims.values()} | set(owners.values())
    return IdentifierOwners(
        claims=known.claims,
        departures=known.departures,
        external_ids=owners,
        contacts=writer.current_many(*key, contact_ids) if contact_ids else {},
    )


def named_by(identifier: Identifier, values: ContactValues) -> ContactValues:
    """Return the values with the identifier, so that a new contact has it. An address in the values is a new address."""
    match identifier.kind:
        case IdentifierKind.EMAIL:
            return values if values.email else replace(values, email=identifier.value)
        case IdentifierKind.EXTERNAL_ID:
            return replace(values, external_id=identifier.value)
    return values


def identifiers_of(values: ContactValues) -> list[Identifier]:
    """Return the identifiers of the values, the address first."""
    named = [Identifier.email(values.email)] if values.email else []
    return named + ([Identifier.external_id(values.external_id)] if values.external_id else [])


def consent_rule_of(
    change: StatusChange, by: WithdrawnBy = WithdrawnBy.ACCOUNT, *, is_tolerant: bool = False
) -> ConsentRule:
    """Return the rule for a change of the status; a tolerant call ignores a change that is refused."""

    def apply(contact: Contact) -> Contact:
        try:
            return rules.with_status_change(contact, change, by)
        except Invalid:
            if is_tolerant:
                return contact
            raise

    def needs_confirmation(contact: Contact | None) -> bool:
        return change == StatusChange.REQUEST_CONFIRMATION and rules.can_be_confirmed(contact)

    return ConsentRule(apply=apply, apply_to_new=apply, needs_confirmation=needs_confirmation)


class UpsertRequests:
    def __init__(
        self,
        lists: ListService,
        attributes: AttributeService,
        memberships: ContactMemberships,
        confirmations: ConfirmationSender,
    ) -> None:
        self._lists, self._attributes, self._memberships = lists, attributes, memberships
        self._confirmations = confirmations

    def build(
        self,
        account_id: str,
        list_id: int,
        values: ContactValues,
        identifiers: tuple[Identifier, ...],
        consent: ConsentRule,
        *,
        is_open: bool,
        mode: UpsertMode = UpsertMode.BOTH,
    ) -> UpsertRequest:
        """Return the request of a call with checked values. Raises NotFound for the list, Invalid for the values."""
        self._lists.get(account_id, list_id)
        address = None if values.email is None else parse(values.email)
        external_id = None if values.external_id is None else parse_external_id(values.external_id)
        named = identifiers or tuple(identifiers_of(replace(values, external_id=external_id))[:1])
        if not named:
            raise unnamed()
        attributes = self._attributes.values_of(account_id, list_id, values.attributes, is_open=is_open)
        joined = MembershipChange(add_groups=frozenset(values.groups), add_interests=frozenset(values.interests))

        def with_values(contact: Contact) -> Contact:
            if mode == UpsertMode.REPLACE:
                members = rules.with_memberships(contact, groups=values.groups, interests=values.interests)
                return rules.with_attributes(members, dict.fromkeys(contact.attributes) | attributes)
            return rules.with_attributes(self._memberships.changed(contact, joined), attributes)

        return UpsertRequest(
            account_id=account_id,
            list_id=list_id,
            identifiers=named,
            address=address,
            removes_address=values.removes_email,
            external_id=external_id,
            with_values=with_values,
            consent=consent,
            confirmations=self._confirmations,
        )
