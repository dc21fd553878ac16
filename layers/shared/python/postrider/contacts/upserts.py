"""Create and update one contact: the values that a call has, and its wish for the consent, are stored in one write.

Every API adds and changes single contacts here, so that all of them follow the same rules of consent (see `rules`).
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import replace

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.address import NO_ADDRESS, Address, parse
from postrider.contacts.changes import ChangeKind, OptIn
from postrider.contacts.claims import ClaimedIdentifier
from postrider.contacts.errors import Stale, address_taken, external_id_taken, unnamed
from postrider.contacts.identifiers import Identifier, IdentifierKind, parse_external_id
from postrider.contacts.memberships import ContactMemberships
from postrider.contacts.model import Contact, DoubleOptIn, LeftBy, Status, Wish
from postrider.contacts.repository import ContactRepository
from postrider.contacts.rules import MembershipChange
from postrider.contacts.upsert_orders import (
    Consent,
    ContactDraft,
    Holders,
    Order,
    Upsert,
    UpsertResult,
    consent_of,
    holders_of,
    identifiers_of,
    named_by,
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
        opt_in: OptIn,
    ) -> None:
        self._contacts, self._writer, self._memberships = contacts, writer, memberships
        self._lists, self._attributes, self._suppressions = lists, attributes, suppressions
        self._now, self._opt_in = now, opt_in

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
        opt_in: OptIn | None = None,
        origin: str | None = None,
    ) -> Contact:
        """Create a contact, or update the contact with this address; groups and interests are added to its own.

        A contact needs an address or an external id. `opt_in` replaces the usual sender of confirmation requests, and
        `origin` names the call for which a new contact was created. Raises
        NotFound for the list, ErasedAddress for the address of an erased person, Conflict for the external id of another
        contact, Invalid for invalid values.
        """
        draft = ContactDraft(
            email=email, external_id=external_id, attributes=attributes or {}, groups=groups, interests=interests
        )
        consent = Consent(
            apply=lambda contact: rules.added_again(contact, double_opt_in, resubscribe=resubscribe),
            apply_to_new=lambda contact: contact,
            asks=lambda contact: rules.asked_to_confirm(contact, double_opt_in, resubscribe=resubscribe),
            is_due_until_sent=double_opt_in == DoubleOptIn.NEW,
        )
        order = self._order(account_id, list_id, draft, (), consent, is_open=False)
        order = replace(order, moves=False, respells=False, opt_in=opt_in or self._opt_in, origin=origin)
        return self._written(order).contact

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
        draft = ContactDraft(email=email, attributes=attributes or {})
        order = self._order(
            account_id, list_id, draft, (Identifier.contact_id(contact_id),), consent_of(Wish.KEEP), is_open=False
        )

        def with_values(contact: Contact) -> Contact:
            groups = None if tags is None else self._memberships.other_groups(contact).union(tags)
            return order.with_values(rules.with_memberships(contact, groups=groups, interests=interests))

        return self._written(replace(order, with_values=with_values)).contact

    def upsert(
        self,
        account_id: str,
        list_id: int,
        draft: ContactDraft,
        *,
        identifier: Identifier | None = None,
        wish: Wish = Wish.KEEP,
        mode: Upsert = Upsert.BOTH,
        by: LeftBy = LeftBy.ACCOUNT,
        is_open: bool = False,
    ) -> UpsertResult:
        """Write the contact with this identifier, or else with the address of the draft, or else with its external id.

        A new contact is active but for the wish. Nothing is written when the wish is refused. With `is_open`, unknown
        attributes are created. Raises NotFound for list and contact, Conflict for a known contact (NEW_ONLY) or an identifier
        that another contact has, Invalid for invalid values and a refused wish (in_compliance_state).
        """
        respells = draft.email is not None
        identifiers = () if identifier is None else (identifier,)
        draft = draft if identifier is None else named_by(identifier, draft)
        order = self._order(account_id, list_id, draft, identifiers, consent_of(wish, by), is_open=is_open, mode=mode)
        return self._written(replace(order, mode=mode, respells=respells))

    def identify(
        self,
        account_id: str,
        list_id: int,
        identifier: Identifier,
        draft: ContactDraft,
        *,
        wish: Wish = Wish.KEEP,
        by: LeftBy = LeftBy.ACCOUNT,
    ) -> UpsertResult | None:
        """Write the contact with this identifier, or else a contact without external id that has the address of the draft.

        Identifiers of another contact, the address of an erased person, and a refused wish are ignored; the rest is written.
        An external id is replaced only if `identifier` is our id. Unknown attributes are created. Return None if a new contact
        would have no identifier. Raises NotFound for the list and for an unknown id of ours, Invalid for invalid values.
        """
        respells = draft.email is not None
        draft = named_by(identifier, draft)
        identifiers = [identifier]
        if identifier.kind != IdentifierKind.CONTACT_ID:
            identifiers += identifiers_of(draft)
        consent = consent_of(wish, by, is_tolerant=True)
        order = self._order(account_id, list_id, draft, tuple(identifiers), consent, is_open=True)
        return self._write(replace(order, respells=respells, is_tolerant=True))

    def _order(
        self,
        account_id: str,
        list_id: int,
        draft: ContactDraft,
        identifiers: tuple[Identifier, ...],
        consent: Consent,
        *,
        is_open: bool,
        mode: Upsert = Upsert.BOTH,
    ) -> Order:
        """Check the values of a call. Raises NotFound for the list, Invalid for the values."""
        self._lists.get(account_id, list_id)
        address = None if draft.email is None else parse(draft.email)
        external_id = None if draft.external_id is None else parse_external_id(draft.external_id)
        named = identifiers or tuple(identifiers_of(replace(draft, external_id=external_id))[:1])
        if not named:
            raise unnamed()
        values = self._attributes.values_of(account_id, list_id, draft.attributes, is_open=is_open)
        joined = MembershipChange(add_groups=frozenset(draft.groups), add_interests=frozenset(draft.interests))

        def with_values(contact: Contact) -> Contact:
            if mode == Upsert.REPLACE:
                members = rules.with_memberships(contact, groups=draft.groups, interests=draft.interests)
                return rules.with_attributes(members, dict.fromkeys(contact.attributes) | values)
            return rules.with_attributes(self._memberships.changed(contact, joined), values)

        return Order(
            account_id=account_id,
            list_id=list_id,
            identifiers=named,
            address=address,
            removes_address=draft.removes_email,
            external_id=external_id,
            with_values=with_values,
            consent=consent,
            opt_in=self._opt_in,
        )

    def _written(self, order: Order) -> UpsertResult:
        upserted = self._write(order)
        assert upserted is not None, "only tolerant orders leave out what would name the contact"
        return upserted

    def _write(self, order: Order) -> UpsertResult | None:
        for _ in range(TRIES):
            holders = holders_of(order, self._contacts, self._writer)
            contact = self._contact_of(order, holders)
            try:
                if contact is None:
                    return self._create(order, holders)
                return UpsertResult(contact=self._update(order, holders, contact), created=False)
            except Stale:
                continue
        raise too_busy()

    def _contact_of(self, order: Order, holders: Holders) -> Contact | None:
        """Return the contact to update, None for a new one. Raises NotFound or Conflict if the mode forbids the contact."""
        contact = None
        for position, identifier in enumerate(order.identifiers):
            if identifier.kind == IdentifierKind.CONTACT_ID:
                contact = self._writer.current(order.account_id, order.list_id, int(identifier.value))
            else:
                contact = holders.contact_with(identifier)
            is_other_person = (
                position > 0
                and contact is not None
                and contact.external_id is not None
                and contact.external_id != order.external_id
            )
            if contact is not None and not is_other_person:
                break
            contact = None
        if contact is None and order.mode == Upsert.EXISTING_ONLY:
            raise NotFound("Unknown contact.", code="contact_not_found", field="email")
        if contact is not None and order.mode == Upsert.NEW_ONLY:
            raise Conflict("The list already has a contact with this address.", code="contact_exists", field="email")
        return contact

    # A new contact

    def _create(self, order: Order, holders: Holders) -> UpsertResult | None:
        blank, claimed = self._blank(order, holders)
        if not blank.has_address and blank.external_id is None:
            if order.is_tolerant:
                return None
            raise unnamed()
        is_departed = blank.status not in (Status.ACTIVE, Status.UNADDRESSED)
        is_asked = blank.has_address and order.consent.asks(blank if is_departed else None)
        if is_asked:
            blank = replace(blank, status=Status.PENDING, confirmation_due=order.consent.is_due_until_sent)
        contact = order.with_values(blank if is_asked else order.consent.apply_to_new(blank))
        self._contacts.create(contact, claimed=claimed)
        contact = self._writer.marked(contact)
        if is_asked and not contact.suppressed:
            contact = self._request_confirmation(contact, order.opt_in)
        self._writer.record(ChangeKind.ADDED, [contact])
        return UpsertResult(contact=contact, created=True)

    def _blank(self, order: Order, holders: Holders) -> tuple[Contact, Set[ClaimedIdentifier]]:
        """Return a new contact, and its identifiers that an import has claimed; then it gets the id of the claim.

        Raises Conflict and ErasedAddress.
        """
        address, external_id = order.address or NO_ADDRESS, order.external_id
        claim = holders.claims.get(address.canonical)
        if claim is not None and claim.contact_id in holders.contacts:
            self._refuse(order, address_taken())
            address, claim = NO_ADDRESS, None
        owner_id = holders.external_ids.get(external_id or "")
        is_own = owner_id not in holders.contacts and (claim is None or claim.contact_id == owner_id)
        if owner_id is not None and not is_own:
            self._refuse(order, external_id_taken())
            external_id = owner_id = None
        suppression = self._suppression_of(order.account_id, address)
        if claim is not None:  # also of an erased person, whose claim an erasure completes and then deletes
            contact_id, moment = claim.contact_id, claim.subscribed_at
        else:
            if suppression is not None and suppression.is_erasure:
                self._refuse(order, ErasedAddress())
                address, suppression = NO_ADDRESS, None
            if owner_id is None:
                contact_id, moment = self._contacts.ids.allocate(order.account_id, order.list_id, 1, self._now())
            else:
                contact_id, moment = owner_id, self._now()
        blank = Contact(
            account_id=order.account_id,
            list_id=order.list_id,
            id=contact_id,
            email=address.original,
            address=address.canonical,
            external_id=external_id,
            status=Status.UNADDRESSED if address == NO_ADDRESS else Status.ACTIVE,
            subscribed_at=moment,
            updated_at=moment,
            mark=rules.mark_of(suppression),
            origin=order.origin,
        )
        blank = rules.with_departure(blank, holders.departures.get(blank.address))
        claimed = {ClaimedIdentifier.ADDRESS} if claim is not None else set()
        return blank, claimed | ({ClaimedIdentifier.EXTERNAL_ID} if owner_id is not None else set())

    @staticmethod
    def _refuse(order: Order, error: Conflict | Invalid) -> None:
        """Raise the error, unless the call ignores refused values."""
        if not order.is_tolerant:
            raise error

    # A known contact

    def _update(self, order: Order, holders: Holders, before: Contact) -> Contact:
        named = self._addressed(order, holders, self._identified(order, holders, before))
        is_asked = order.consent.asks(named)
        stored = self._writer.store(before, order.with_values(order.consent.apply(named)))
        if stored.address != before.address:
            stored = self._writer.marked(stored)
        if is_asked:
            stored = self._request_confirmation(stored, order.opt_in)
        if stored.version != before.version:
            self._writer.record(_kind_of(before, stored), [stored])
        return stored

    def _identified(self, order: Order, holders: Holders, contact: Contact) -> Contact:
        """Give the contact the external id. Raises Conflict if it has another one, or another contact has it."""
        external_id = order.external_id
        if external_id is None or external_id == contact.external_id:
            return contact
        can_change = contact.external_id is None or order.names_contact_id
        if holders.external_ids.get(external_id, contact.id) != contact.id or not can_change:
            self._refuse(order, external_id_taken())
            return contact
        return replace(contact, external_id=external_id)

    def _addressed(self, order: Order, holders: Holders, contact: Contact) -> Contact:
        """Give the contact the address, or take it away. Raises Conflict, ErasedAddress, and Invalid for no identifier."""
        address = order.address
        if order.removes_address:
            if contact.external_id is not None:
                return rules.without_address(contact)
            self._refuse(order, unnamed())
            return contact
        if address is None or not order.moves:
            return contact
        if address.canonical == contact.address:
            return rules.with_address(contact, address, contact.mark) if order.respells else contact
        suppression = self._suppression_of(order.account_id, address)
        claim = holders.claims.get(address.canonical)
        if claim is not None and claim.contact_id != contact.id:
            self._refuse(order, address_taken())
        elif suppression is not None and suppression.is_erasure:
            self._refuse(order, ErasedAddress())
        else:
            after = rules.with_address(contact, address, rules.mark_of(suppression))
            return rules.with_departure(after, holders.departures.get(address.canonical))
        return contact

    # Both

    def _suppression_of(self, account_id: str, address: Address) -> Suppression | None:
        if address == NO_ADDRESS:
            return None
        return self._suppressions.suppressed(account_id, [address.canonical]).get(address.canonical)

    def _request_confirmation(self, contact: Contact, opt_in: OptIn) -> Contact:
        """Enqueue the request, then note that it is not due any longer: a retry after a crash in between enqueues it again."""
        key = contact.account_id, contact.list_id
        opt_in.request(*key, [contact])
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
