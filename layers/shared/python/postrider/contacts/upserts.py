"""Create or update one contact with a wish for its consent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from postrider.attributes.service import AttributeService
from postrider.contacts import rules
from postrider.contacts.changes import ChangeKind, OptIn
from postrider.contacts.model import Contact, DoubleOptIn, LeftBy, Wish
from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.kit.errors import Conflict, Invalid, NotFound

_KINDS = {Wish.SUBSCRIBE: ChangeKind.RESUBSCRIBED, Wish.UNSUBSCRIBE: ChangeKind.UNSUBSCRIBED}


class Upsert(StrEnum):
    """Say which contacts a call may write, and REPLACE: values that the draft lacks are cleared."""

    NEW_ONLY = "new_only"
    EXISTING_ONLY = "existing_only"
    BOTH = "both"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class ContactDraft:
    """The values of a contact. Groups and interests are added to those of the contact, or replace them with REPLACE."""

    email: str | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    groups: Collection[int] = ()
    interests: Collection[int] = ()


@dataclass(frozen=True, kw_only=True)
class Upserted:
    contact: Contact
    created: bool


class ContactUpserts:
    def __init__(self, contacts: ContactService, attributes: AttributeService, opt_in: OptIn) -> None:
        self._contacts, self._attributes, self._opt_in = contacts, attributes, opt_in

    def upsert(
        self,
        account_id: str,
        list_id: int,
        draft: ContactDraft,
        *,
        contact_id: int | None = None,
        wish: Wish = Wish.KEEP,
        mode: Upsert = Upsert.BOTH,
        by: LeftBy = LeftBy.ACCOUNT,
    ) -> Upserted:
        """Write the contact with this id, or else with the address of the draft. A new contact is active but for the wish.

        Nothing is written when the wish is refused. Raises NotFound for list and contact, Conflict for a known contact
        (NEW_ONLY) or an address that another contact has, Invalid for invalid values and a refused wish (in_compliance_state).
        """
        existing = self._existing(account_id, list_id, draft, contact_id)
        if existing is None:
            if mode == Upsert.EXISTING_ONLY:
                raise NotFound("Unknown contact.", code="contact_not_found", field="email")
            return Upserted(contact=self._create(account_id, list_id, draft, wish, by), created=True)
        if mode == Upsert.NEW_ONLY:
            raise Conflict("The list already has a contact with this address.", code="contact_exists", field="email")
        rules.wished(existing, wish, by)  # refuses before anything is written
        self._update(existing, draft, mode)
        return Upserted(contact=self._wished(existing, wish, by), created=False)

    def _existing(self, account_id: str, list_id: int, draft: ContactDraft, contact_id: int | None) -> Contact | None:
        if contact_id is not None:
            return self._contacts.get(account_id, list_id, contact_id)
        if draft.email is None:
            raise Invalid("Neither an id nor an address: give one of them.", code="contact_unnamed", field="email")
        return self._contacts.find_or_complete(account_id, list_id, draft.email)

    def _create(self, account_id: str, list_id: int, draft: ContactDraft, wish: Wish, by: LeftBy) -> Contact:
        contact = self._contacts.create(
            account_id,
            list_id,
            email=draft.email or "",
            attributes=draft.attributes,
            groups=draft.groups,
            interests=draft.interests,
            resubscribe=False,
            double_opt_in=DoubleOptIn.ALWAYS if wish == Wish.ASK else DoubleOptIn.NEVER,
            opt_in=self._opt_in,
            first=lambda contact: rules.wished(contact, wish, by),
        )
        # Another call may have created the contact meanwhile, without the wish.
        return contact if wish == Wish.ASK else self._wished(contact, wish, by)

    def _update(self, existing: Contact, draft: ContactDraft, mode: Upsert) -> None:
        key = existing.account_id, existing.list_id
        attributes = dict(draft.attributes)
        if mode == Upsert.REPLACE:
            attributes = dict.fromkeys(self._attributes.schema(*key).types) | attributes
            self._contacts.patch(
                *key,
                existing.id,
                email=draft.email,
                attributes=attributes,
                groups=draft.groups,
                interests=draft.interests,
            )
            return
        self._contacts.patch(*key, existing.id, email=draft.email, attributes=attributes)
        joined = MembershipChange(add_groups=frozenset(draft.groups), add_interests=frozenset(draft.interests))
        if joined.touches_groups or joined.touches_interests:
            self._contacts.change(
                *key,
                existing.id,
                lambda contact: self._contacts.without_deleted([contact], joined).apply(contact),
                ChangeKind.UPDATED,
            )

    def _wished(self, contact: Contact, wish: Wish, by: LeftBy) -> Contact:
        """Store the contact as wished, and ask it to confirm if that is the wish."""
        key = contact.account_id, contact.list_id
        kind = _KINDS.get(wish, ChangeKind.UPDATED)
        stored = self._contacts.change(*key, contact.id, lambda current: rules.wished(current, wish, by), kind)
        if wish == Wish.ASK:
            self._opt_in.request(*key, [stored])
        return stored
