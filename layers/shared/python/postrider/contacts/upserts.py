"""Create and update one contact: the values of a call, and its change of the status, are stored in one write.

Every API adds and changes single contacts here, so that all of them follow the same rules of consent (see `rules`).
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import replace

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.address import NO_ADDRESS, Address
from postrider.contacts.changes import ChangeKind, ConfirmationSender
from postrider.contacts.claims import ClaimedIdentifier
from postrider.contacts.errors import StaleContact, address_taken, external_id_taken, unnamed
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.memberships import ContactMemberships
from postrider.contacts.model import Contact, DoubleOptIn, Status, StatusChange, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.upsert_requests import (
    ConsentRule,
    ContactValues,
    IdentifierOwners,
    UpsertMode,
    UpsertRequest,
    UpsertRequests,
    UpsertResult,
    consent_rule_of,
    identifiers_of,
    named_by,
    read_owners,
)
from postrider.contacts.writer import TRIES, ContactWriter, too_busy
from postrider.kit.clock import Clock
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.lists.service import ListService
from postrider.suppressions.model import Suppression
from postrider.suppressions.rules import ErasedAddress
from postrider.suppressions.service import SuppressionService


class ContactUpserts:
    def __init__(
        self,
        contacts: ContactRepository,
        writer: ContactWriter,
        memberships: ContactMemberships,
        lists: ListService,
        attributes: AttributeService,
        suppressions: SuppressionService,
        now: Clock,
        confirmations: ConfirmationSender,
    ) -> None:
        self._contacts, self._writer, self._memberships = contacts, writer, memberships
        self._suppressions, self._now, self._confirmations = suppressions, now, confirmations
        self._requests = UpsertRequests(lists, attributes, memberships, confirmations)

    def create(
        self,
        account_id: str,
        list_id: int,
        *,
        email: str | None,
        external_id: str | None = None,
        attributes: Mapping[str, str | None] | None = None,
        groups: Collection[int] = (),
        interests: Collection[int] = (),
        resubscribe: bool = True,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
        confirmations: ConfirmationSender | None = None,
        origin: str | None = None,
    ) -> Contact:
        """Create a contact, or update the contact with this address; groups and interests are added to its own.

        A contact needs an address or an external id. `confirmations` replaces the usual sender of confirmation requests, and
        `origin` names the call for which a new contact was created. Raises
        NotFound for the list, ErasedAddress for the address of an erased person, Conflict for the external id of another
        contact, Invalid for invalid values.
        """
        contact_values = ContactValues(
            email=email, external_id=external_id, attributes=attributes or {}, groups=groups, interests=interests
        )
        consent = ConsentRule(
            apply=lambda contact: rules.added_again(contact, double_opt_in, resubscribe=resubscribe),
            apply_to_new=lambda contact: contact,
            needs_confirmation=lambda contact: rules.needs_confirmation(
                contact, double_opt_in, resubscribe=resubscribe
            ),
            is_due_until_sent=double_opt_in == DoubleOptIn.NEW,
        )
        request = self._requests.build(account_id, list_id, contact_values, (), consent, is_open=False)
        request = replace(
            request, moves=False, respells=False, confirmations=confirmations or self._confirmations, origin=origin
        )
        return self._written(request).contact

    def patch(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        email: str | None = None,
        attributes: Mapping[str, str | None] | None = None,
        tags: Collection[int] | None = None,
        interests: Collection[int] | None = None,
    ) -> Contact:
        """Set the arguments that are not None; interests replace the whole set, tags those groups that are tags.

        Groups of other APIs, such as segments of people, are kept.

        Raises NotFound, Invalid for invalid values, ErasedAddress for the new address of an erased person, Conflict if the
        list already has the new address.
        """
        contact_values = ContactValues(email=email, attributes=attributes or {})
        request = self._requests.build(
            account_id,
            list_id,
            contact_values,
            (Identifier.contact_id(contact_id),),
            consent_rule_of(StatusChange.KEEP),
            is_open=False,
        )

        def with_values(contact: Contact) -> Contact:
            groups = None if tags is None else self._memberships.other_groups(contact).union(tags)
            return request.with_values(rules.with_memberships(contact, groups=groups, interests=interests))

        return self._written(replace(request, with_values=with_values)).contact

    def upsert(
        self,
        account_id: str,
        list_id: int,
        contact_values: ContactValues,
        *,
        identifier: Identifier | None = None,
        status_change: StatusChange = StatusChange.KEEP,
        mode: UpsertMode = UpsertMode.BOTH,
        by: WithdrawnBy = WithdrawnBy.ACCOUNT,
        is_open: bool = False,
    ) -> UpsertResult:
        """Write the contact with this identifier, or else with the address in the values, or else with its external id.

        A new contact is active but for `status_change`. Nothing is written if this change is refused. With `is_open`, unknown
        attributes are created. Raises NotFound for list and contact, Conflict for a known contact (NEW_ONLY) or an identifier
        that another contact has, Invalid for invalid values and a refused change (in_compliance_state).
        """
        respells = contact_values.email is not None
        identifiers = () if identifier is None else (identifier,)
        contact_values = contact_values if identifier is None else named_by(identifier, contact_values)
        request = self._requests.build(
            account_id,
            list_id,
            contact_values,
            identifiers,
            consent_rule_of(status_change, by),
            is_open=is_open,
            mode=mode,
        )
        return self._written(replace(request, mode=mode, respells=respells))

    def identify(
        self,
        account_id: str,
        list_id: int,
        identifier: Identifier,
        contact_values: ContactValues,
        *,
        status_change: StatusChange = StatusChange.KEEP,
        by: WithdrawnBy = WithdrawnBy.ACCOUNT,
    ) -> UpsertResult | None:
        """Write the contact with this identifier, or else a contact without external id that has the address in the values.

        Identifiers of another contact, the address of an erased person, and a refused `status_change` are ignored; the rest
        is written. An external id is replaced only if `identifier` is our id. Unknown attributes are created. Return None if
        a new contact would have no identifier. Raises NotFound for the list and for an unknown id of ours, Invalid for
        invalid values.
        """
        respells = contact_values.email is not None
        contact_values = named_by(identifier, contact_values)
        identifiers = [identifier]
        if identifier.kind != IdentifierKind.CONTACT_ID:
            identifiers += identifiers_of(contact_values)
        consent = consent_rule_of(status_change, by, is_tolerant=True)
        request = self._requests.build(account_id, list_id, contact_values, tuple(identifiers), consent, is_open=True)
        return self._write(replace(request, respells=respells, is_tolerant=True))

    def _written(self, request: UpsertRequest) -> UpsertResult:
        upserted = self._write(request)
        assert upserted is not None, "only tolerant orders leave out what would name the contact"
        return upserted

    def _write(self, request: UpsertRequest) -> UpsertResult | None:
        for _ in range(TRIES):
            owners = read_owners(request, self._contacts, self._writer)
            contact = self._contact_of(request, owners)
            try:
                if contact is None:
                    return self._create(request, owners)
                return UpsertResult(contact=self._update(request, owners, contact), created=False)
            except StaleContact:
                continue
        raise too_busy()

    def _contact_of(self, request: UpsertRequest, owners: IdentifierOwners) -> Contact | None:
        """Return the contact to update, None for a new one. Raises NotFound or Conflict if the mode forbids the contact."""
        contact = None
        for position, identifier in enumerate(request.identifiers):
            if identifier.kind == IdentifierKind.CONTACT_ID:
                contact = self._writer.current(request.account_id, request.list_id, int(identifier.value))
            else:
                contact = owners.contact_with(identifier)
            is_other_person = (
                position > 0
                and contact is not None
                and contact.external_id is not None
                and contact.external_id != request.external_id
            )
            if contact is not None and not is_other_person:
                break
            contact = None
        if contact is None and request.mode == UpsertMode.EXISTING_ONLY:
            raise NotFound("Unknown contact.", code="contact_not_found", field="email")
        if contact is not None and request.mode == UpsertMode.NEW_ONLY:
            raise Conflict("The list already has a contact with this address.", code="contact_exists", field="email")
        return contact

    # A new contact

    def _create(self, request: UpsertRequest, owners: IdentifierOwners) -> UpsertResult | None:
        blank, claimed = self._blank(request, owners)
        if not blank.has_address and blank.external_id is None:
            if request.is_tolerant:
                return None
            raise unnamed()
        is_departed = blank.status not in (Status.ACTIVE, Status.UNADDRESSED)
        is_asked = blank.has_address and request.consent.needs_confirmation(blank if is_departed else None)
        if is_asked:
            blank = replace(blank, status=Status.PENDING, confirmation_due=request.consent.is_due_until_sent)
        contact = request.with_values(blank if is_asked else request.consent.apply_to_new(blank))
        self._contacts.create(contact, claimed=claimed)
        contact = self._writer.marked(contact)
        if is_asked and not contact.suppressed:
            contact = self._request_confirmation(contact, request.confirmations)
        self._writer.record(ChangeKind.ADDED, [contact])
        return UpsertResult(contact=contact, created=True)

    def _blank(self, request: UpsertRequest, owners: IdentifierOwners) -> tuple[Contact, Set[ClaimedIdentifier]]:
        """Return a new contact, and its identifiers that an import has claimed; then it gets the id of the claim.

        Raises Conflict and ErasedAddress.
        """
        address, external_id = request.address or NO_ADDRESS, request.external_id
        claim = owners.claims.get(address.canonical)
        if claim is not None and claim.contact_id in owners.contacts:
            self._refuse(request, address_taken())
            address, claim = NO_ADDRESS, None
        owner_id = owners.external_ids.get(external_id or "")
        is_own = owner_id not in owners.contacts and (claim is None or claim.contact_id == owner_id)
        if owner_id is not None and not is_own:
            self._refuse(request, external_id_taken())
            external_id = owner_id = None
        suppression = self._suppression_of(request.account_id, address)
        if claim is not None:  # also of an erased person, whose claim an erasure completes and then deletes
            contact_id, moment = claim.contact_id, claim.subscribed_at
        else:
            if suppression is not None and suppression.is_erasure:
                self._refuse(request, ErasedAddress())
                address, suppression = NO_ADDRESS, None
            if owner_id is None:
                contact_id, moment = self._contacts.ids.allocate(request.account_id, request.list_id, 1, self._now())
            else:
                contact_id, moment = owner_id, self._now()
        blank = Contact(
            account_id=request.account_id,
            list_id=request.list_id,
            id=contact_id,
            email=address.original,
            address=address.canonical,
            external_id=external_id,
            status=Status.UNADDRESSED if address == NO_ADDRESS else Status.ACTIVE,
            subscribed_at=moment,
            updated_at=moment,
            mark=rules.mark_of(suppression),
            origin=request.origin,
        )
        blank = rules.with_departure(blank, owners.departures.get(blank.address))
        claimed = {ClaimedIdentifier.ADDRESS} if claim is not None else set()
        return blank, claimed | ({ClaimedIdentifier.EXTERNAL_ID} if owner_id is not None else set())

    @staticmethod
    def _refuse(request: UpsertRequest, error: Conflict | Invalid) -> None:
        """Raise the error, unless the call ignores refused values."""
        if not request.is_tolerant:
            raise error

    # A known contact

    def _update(self, request: UpsertRequest, owners: IdentifierOwners, before: Contact) -> Contact:
        named = self._addressed(request, owners, self._identified(request, owners, before))
        is_asked = request.consent.needs_confirmation(named)
        stored = self._writer.store(before, request.with_values(request.consent.apply(named)))
        if stored.address != before.address:
            stored = self._writer.marked(stored)
        if is_asked:
            stored = self._request_confirmation(stored, request.confirmations)
        if stored.version != before.version:
            self._writer.record(_kind_of(before, stored), [stored])
        return stored

    def _identified(self, request: UpsertRequest, owners: IdentifierOwners, contact: Contact) -> Contact:
        """Give the contact the external id. Raises Conflict if it has another one, or another contact has it."""
        external_id = request.external_id
        if external_id is None or external_id == contact.external_id:
            return contact
        can_change = contact.external_id is None or request.names_contact_id
        if owners.external_ids.get(external_id, contact.id) != contact.id or not can_change:
            self._refuse(request, external_id_taken())
            return contact
        return replace(contact, external_id=external_id)

    def _addressed(self, request: UpsertRequest, owners: IdentifierOwners, contact: Contact) -> Contact:
        """Give the contact the address, or take it away. Raises Conflict, ErasedAddress, and Invalid for no identifier."""
        address = request.address
        if request.removes_address:
            if contact.external_id is not None:
                return rules.without_address(contact)
            self._refuse(request, unnamed())
            return contact
        if address is None or not request.moves:
            return contact
        if address.canonical == contact.address:
            return rules.with_address(contact, address, contact.mark) if request.respells else contact
        suppression = self._suppression_of(request.account_id, address)
        claim = owners.claims.get(address.canonical)
        if claim is not None and claim.contact_id != contact.id:
            self._refuse(request, address_taken())
        elif suppression is not None and suppression.is_erasure:
            self._refuse(request, ErasedAddress())
        else:
            after = rules.with_address(contact, address, rules.mark_of(suppression))
            return rules.with_departure(after, owners.departures.get(address.canonical))
        return contact

    # Both

    def _suppression_of(self, account_id: str, address: Address) -> Suppression | None:
        if address == NO_ADDRESS:
            return None
        return self._suppressions.suppressed(account_id, [address.canonical]).get(address.canonical)

    def _request_confirmation(self, contact: Contact, confirmations: ConfirmationSender) -> Contact:
        """Enqueue the request, then note that it is not due any longer: a retry after a crash in between enqueues it again."""
        key = contact.account_id, contact.list_id
        confirmations.request(*key, [contact])
        if not contact.confirmation_due:
            return contact
        try:
            return self._writer.change(*key, contact.id, lambda current: replace(current, confirmation_due=False), None)
        except NotFound:
            return contact


def _kind_of(before: Contact, after: Contact) -> ChangeKind:
    """Return the kind of the change for the logs, which show a contact from its first address on."""
    if not before.has_address:
        return ChangeKind.ADDED
    kinds = {Status.ACTIVE: ChangeKind.RESUBSCRIBED, Status.UNSUBSCRIBED: ChangeKind.UNSUBSCRIBED}
    return ChangeKind.UPDATED if after.status == before.status else kinds.get(after.status, ChangeKind.UPDATED)
