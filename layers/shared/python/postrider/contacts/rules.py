"""Pure rules of contacts: consent, bounces, attributes and memberships. Each function returns the changed contact.

Consent changes only by an explicit act of the person, or of the account about one person:
- an import or a batch never activates an unsubscribed, invalid, flagged or pending contact;
- creating one contact with `resubscribe` makes an unsubscribed or pending contact active, never an invalid or flagged
  one: the account can state the wish of a person, but not that a dead mailbox works or that a complaint is void;
- a call that requests confirmation does not state what the person wants: a pending contact stays pending, however often
  it is repeated;
- the confirmation by the person proves that the mailbox works, so it also makes an invalid contact active;
- a complaint is final: the address is suppressed account-wide as well;
- every act on consent ends the confirmation links that were mailed before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from postrider.attributes.rules import check_together
from postrider.contacts.address import Address
from postrider.contacts.model import (
    NEVER_BOUNCED,
    Contact,
    DoubleOptIn,
    Status,
    StatusChange,
    SuppressionMark,
    Value,
    WithdrawnBy,
)
from postrider.kit.errors import Invalid
from postrider.suppressions.model import LOCKED, Suppression

SOFT_BOUNCES_ALLOWED = 2
"""Maximum number of soft bounces of a valid contact; the next one makes it invalid (main-api.md, section 7)."""
BOUNCE_TYPES = (
    *("address_changed", "auto_reply", "challenged", "no_domain", "mailbox_full"),
    *("hard", "blocked", NEVER_BOUNCED, "soft", "transient"),
)
"""In the order of listings; the events of bounces have the same names, e.g. `bounced_hard`."""
BOUNCE_EVENTS_KEPT = 16
MAX_TAGS = 1024
"""Maximum number of tags of a contact, and of a call (main-api.md, section 7)."""
MAX_INTERESTS = 256

AWAY = (Status.UNSUBSCRIBED, Status.FLAGGED)
"""Statuses of contacts that unsubscribed or complained, or were unsubscribed."""
CONFIRMABLE = frozenset({Status.PENDING, Status.UNSUBSCRIBED, Status.ARCHIVED})
"""Statuses in which the person can subscribe by a mailed link."""

BY_STRICTNESS = (Status.ACTIVE, Status.PENDING, Status.INVALID, Status.UNSUBSCRIBED, Status.FLAGGED)
"""Statuses that a row of a file can have, the strictest last."""

_STATUS_AFTER = {
    None: Status.ACTIVE,
    WithdrawnBy.PERSON: Status.UNSUBSCRIBED,
    WithdrawnBy.ACCOUNT: Status.UNSUBSCRIBED,
    WithdrawnBy.BOUNCE: Status.INVALID,
    WithdrawnBy.COMPLAINT: Status.FLAGGED,
}
"""The status of a contact that gets its first address, by the cause that took its consent away before."""

_KEPT = (WithdrawnBy.COMPLAINT, WithdrawnBy.PERSON, WithdrawnBy.BOUNCE)
"""Departures that are stored with a free address, the strictest first."""

_NOT_COUNTED = {"auto_reply"}
"""Kinds that do not make a contact invalid: an auto-reply proves that the mailbox works."""


def after_bounces(contact: Contact) -> Status:
    """Return the status of a contact that wants mail: active, or invalid if the mailbox is dead."""
    is_dead = contact.hard_bounced or contact.soft_bounces > SOFT_BOUNCES_ALLOWED
    return Status.INVALID if is_dead else Status.ACTIVE


def bounced(contact: Contact, kind: str, *, hard: bool, event_id: str, address: str = "") -> Contact:
    """Count a bounce of a mail to this address; nothing changes by the same event again, or if the contact has moved."""
    if event_id in contact.bounce_events or not is_mailed_at(contact, address):
        return contact
    is_counted = kind not in _NOT_COUNTED
    after = replace(
        contact,
        last_bounce_type=kind,
        bounces_count=contact.bounces_count + 1,
        soft_bounces=contact.soft_bounces + (1 if is_counted and not hard else 0),
        hard_bounced=contact.hard_bounced or hard,
        bounce_events=(*contact.bounce_events, event_id)[-BOUNCE_EVENTS_KEPT:],
    )
    # An unsubscribed contact stays unsubscribed: the wish of the person has precedence.
    wants_mail = contact.status in (Status.ACTIVE, Status.PENDING)
    if not wants_mail or after_bounces(after) == Status.ACTIVE:
        return after
    # Confirmation links stay valid: their use proves that the mailbox works.
    return replace(after, status=Status.INVALID, withdrawn_by=WithdrawnBy.BOUNCE)


def complained(contact: Contact) -> Contact:
    """Flag the contact after a complaint."""
    if contact.status == Status.FLAGGED or (not contact.has_address and contact.withdrawn_by == WithdrawnBy.COMPLAINT):
        return contact
    return _after_act(contact, Status.FLAGGED, WithdrawnBy.COMPLAINT)


def unsubscribed(contact: Contact, by: WithdrawnBy = WithdrawnBy.ACCOUNT) -> Contact:
    """Unsubscribe the contact; a flagged contact stays flagged, because a complaint has precedence.

    If the person has unsubscribed before, a later act of the account keeps the person as the cause.
    """
    if contact.status == Status.FLAGGED or (not contact.has_address and contact.withdrawn_by == WithdrawnBy.COMPLAINT):
        return contact
    has_left = contact.status == Status.UNSUBSCRIBED or (
        not contact.has_address and contact.withdrawn_by not in (None, WithdrawnBy.BOUNCE)
    )
    is_repeated = has_left and (by == contact.withdrawn_by or by == WithdrawnBy.ACCOUNT)
    if by == WithdrawnBy.ACCOUNT and contact.withdrawn_by == WithdrawnBy.PERSON:
        by = WithdrawnBy.PERSON  # a contact with a confirmation request, or an archived one
    return contact if is_repeated else _after_act(contact, Status.UNSUBSCRIBED, by)


def resubscribed(contact: Contact) -> Contact:
    """Resubscribe the contact, because the account states that the person wants mail again."""
    is_away = not contact.has_address and contact.withdrawn_by in (WithdrawnBy.PERSON, WithdrawnBy.ACCOUNT)
    if contact.status not in CONFIRMABLE and not is_away:
        return contact
    status = after_bounces(contact)
    return _after_act(contact, status, WithdrawnBy.BOUNCE if status == Status.INVALID else None)


def confirmed(contact: Contact) -> Contact:
    """Activate the contact, because the person followed the link of a mail: the mailbox works, and its owner wants mail."""
    if contact.status == Status.FLAGGED:
        return contact
    return replace(_after_act(contact, Status.ACTIVE, None), soft_bounces=0, hard_bounced=False)


def is_mailed_at(contact: Contact, address: str) -> bool:
    """Return whether a mail to this canonical address, "" if it is unknown, is for the address that the contact has now."""
    return not address or contact.address_since is None or contact.address == address


def needs_confirmation(contact: Contact | None, mode: DoubleOptIn, *, resubscribe: bool) -> bool:
    """Return whether adding this contact (None: the address is new to the list) sends a confirmation request."""
    if contact is None:
        return mode != DoubleOptIn.NEVER
    reachable = {Status.ACTIVE, Status.PENDING} | (CONFIRMABLE if resubscribe else set())
    if contact.status not in reachable or contact.suppressed:
        return False
    if mode == DoubleOptIn.NEW:
        return contact.confirmation_due  # a call that created the contact was interrupted
    return mode == DoubleOptIn.ALWAYS or (mode == DoubleOptIn.NOT_ACTIVE and contact.status != Status.ACTIVE)


def can_be_confirmed(contact: Contact | None) -> bool:
    """Return whether a confirmation request can be sent to the contact (None: an address new to the list)."""
    return needs_confirmation(contact, DoubleOptIn.ALWAYS, resubscribe=True)


def added_again(contact: Contact, mode: DoubleOptIn, *, resubscribe: bool) -> Contact:
    """Set the status of a contact whose address was added again."""
    if needs_confirmation(contact, mode, resubscribe=resubscribe):
        return awaiting_confirmation(contact)
    if mode in (DoubleOptIn.ALWAYS, DoubleOptIn.NOT_ACTIVE):
        return contact  # suppressed, flagged, invalid, or active
    is_waiting = mode == DoubleOptIn.NEW and contact.status == Status.PENDING
    return resubscribed(contact) if resubscribe and not is_waiting else contact


def imported_again(
    contact: Contact,
    target: Status,
    mode: DoubleOptIn,
    unsubscribed_by: WithdrawnBy = WithdrawnBy.ACCOUNT,
    *,
    is_own: bool = False,
) -> Contact:
    """Set the status of a contact that was imported again; an import may only withdraw consent.

    `is_own` says that the import has created the contact by an earlier row: a row with the status pending then also applies,
    unless the consent has changed since.
    """
    if target == Status.ACTIVE:
        return added_again(contact, mode, resubscribe=False)
    if target == Status.PENDING and is_own and contact.status == Status.ACTIVE and contact.consent_number == 0:
        return replace(contact, status=Status.PENDING)
    return withdrawn(contact, target, unsubscribed_by)


def strictest(*statuses: Status | None) -> Status | None:
    """Return the strictest of the statuses of rows with one address; None if no row has a status."""
    return max((status for status in statuses if status is not None), key=BY_STRICTNESS.index, default=None)


def withdrawn(contact: Contact, status: Status, unsubscribed_by: WithdrawnBy = WithdrawnBy.ACCOUNT) -> Contact:
    """Apply a status of another list or tool that takes away consent or reachability; other statuses change nothing."""
    match status:
        case Status.UNSUBSCRIBED:
            return contact if contact.status == Status.UNSUBSCRIBED else unsubscribed(contact, unsubscribed_by)
        case Status.FLAGGED:
            return complained(contact)
        case Status.INVALID:
            wants_mail = contact.status in (Status.ACTIVE, Status.PENDING)
            dead = replace(contact, status=Status.INVALID, withdrawn_by=WithdrawnBy.BOUNCE, hard_bounced=True)
            return dead if wants_mail else contact
        case _:
            return contact


def awaiting_confirmation(contact: Contact) -> Contact:
    """Make the contact wait for its confirmation; a flagged contact stays flagged, and one without an address cannot wait.

    The cause that took the consent away is kept until the confirmation.
    """
    if contact.status in (Status.PENDING, Status.FLAGGED, Status.UNADDRESSED):
        return contact
    return _after_act(contact, Status.PENDING, contact.withdrawn_by)


def invalidated(contact: Contact) -> Contact:
    """Treat the mailbox of the contact as dead, because the account knows so."""
    if contact.status in (Status.INVALID, Status.FLAGGED):
        return contact
    return replace(_after_act(contact, Status.INVALID, WithdrawnBy.BOUNCE), hard_bounced=True)


def archived(contact: Contact) -> Contact:
    """Keep the contact without mailing or listing it; a flagged contact stays flagged, because a complaint is final."""
    if contact.status in (Status.ARCHIVED, Status.FLAGGED):
        return contact
    return _after_act(contact, Status.ARCHIVED, contact.withdrawn_by or WithdrawnBy.ACCOUNT)


def reason_against_subscription(contact: Contact) -> str | None:
    """Return why the account cannot subscribe the contact without its confirmation, or None if it can."""
    if contact.mark is not None and contact.mark.source in LOCKED:
        return contact.mark.source.value
    if contact.status == Status.FLAGGED:
        return WithdrawnBy.COMPLAINT.value
    if contact.hard_bounced:
        return WithdrawnBy.BOUNCE.value
    return WithdrawnBy.PERSON.value if contact.withdrawn_by == WithdrawnBy.PERSON else None


def has_left(contact: Contact) -> bool:
    """Return whether an act of the person or of the account, or a complaint, took the consent away."""
    is_locked = contact.mark is not None and contact.mark.source in LOCKED
    return is_locked or contact.status in AWAY or contact.withdrawn_by not in (None, WithdrawnBy.BOUNCE)


def departure_of(contact: Contact) -> WithdrawnBy | None:
    """Return the departure that remains stored with the address of the contact after its release; None without a departure.

    Unsubscriptions by the account are not stored.
    """
    return next((departure for departure in _KEPT if departure in reflected_departures(contact)), None)


def reflected_departures(contact: Contact) -> frozenset[WithdrawnBy]:
    """Return the departures that the consent of the contact already includes."""
    if contact.status == Status.FLAGGED or contact.withdrawn_by == WithdrawnBy.COMPLAINT:
        return frozenset(_KEPT)
    has_left = {WithdrawnBy.PERSON} if contact.withdrawn_by == WithdrawnBy.PERSON else set()
    return frozenset(has_left | ({WithdrawnBy.BOUNCE} if contact.hard_bounced else set()))


def with_departure(contact: Contact, departure: WithdrawnBy | None) -> Contact:
    """Apply the departure that is stored with the address of the contact."""
    if departure is None or departure in reflected_departures(contact):
        return contact
    match departure:
        case WithdrawnBy.COMPLAINT:
            return complained(contact)
        case WithdrawnBy.PERSON:
            return unsubscribed(contact, WithdrawnBy.PERSON)
    return replace(withdrawn(contact, Status.INVALID), hard_bounced=True)


def with_status_change(contact: Contact, change: StatusChange, by: WithdrawnBy) -> Contact:
    """Change the status of one contact as a call requests.

    SUBSCRIBE is refused if the person left or complained, or the mailbox is dead, and a pending contact stays pending.
    REQUEST_CONFIRMATION changes a contact that `can_be_confirmed`. Raises Invalid.
    """
    match change:
        case StatusChange.SUBSCRIBE:
            is_waiting = contact.status == Status.PENDING
            if is_waiting or (contact.status in (Status.ACTIVE, Status.UNADDRESSED) and contact.withdrawn_by is None):
                return contact
            reason = reason_against_subscription(contact)
            if reason is not None:
                raise Invalid(
                    f"The contact cannot be subscribed without its confirmation ({reason}): ask it to confirm.",
                    code="in_compliance_state",
                    details={"reason": reason},
                    field="status",
                )
            return resubscribed(contact)
        case StatusChange.REQUEST_CONFIRMATION:
            return added_again(contact, DoubleOptIn.ALWAYS, resubscribe=True)
        case StatusChange.UNSUBSCRIBE:
            return unsubscribed(contact, by)
        case StatusChange.MARK_INVALID:
            return invalidated(contact)
        case StatusChange.ARCHIVE:
            return archived(contact)
    return contact


def _after_act(contact: Contact, status: Status, withdrawn_by: WithdrawnBy | None) -> Contact:
    """Return the contact after an act that gave the consent or took it away.

    A contact without an address stays UNADDRESSED: `withdrawn_by` keeps the act until it has one.
    """
    number = contact.consent_number + 1
    status = status if contact.has_address else Status.UNADDRESSED
    return replace(contact, status=status, withdrawn_by=withdrawn_by, consent_number=number, confirmation_due=False)


def with_address(contact: Contact, address: Address, mark: SuppressionMark | None) -> Contact:
    """Give the contact this address, with the mark of its suppression. The consent stays as it is.

    A contact without an address becomes active, unless its consent was taken away before.
    """
    if address.canonical == contact.address:
        return replace(contact, email=address.original)
    after = replace(contact, email=address.original, address=address.canonical, mark=mark)
    return (
        after if contact.has_address else _after_act(after, _STATUS_AFTER[contact.withdrawn_by], contact.withdrawn_by)
    )


def without_address(contact: Contact) -> Contact:
    """Take the address from the contact. A later address does not bring back a consent that was missing before."""
    if not contact.has_address:
        return contact
    withdrawn_by = contact.withdrawn_by or (None if contact.status == Status.ACTIVE else WithdrawnBy.ACCOUNT)
    bare = replace(contact, email="", address="", mark=None)
    return _after_act(bare, Status.UNADDRESSED, withdrawn_by)


def next_version(before: Contact, after: Contact) -> Contact:
    """Return a changed contact as it is stored: with the next version, and one more departure if it ceased to be mailable."""
    departures = before.departures + (before.is_mailable and not after.is_mailable)
    since = before.address_since if after.address == before.address else after.updated_at
    return replace(after, version=before.version + 1, departures=departures, address_since=since)


def mark_of(suppression: Suppression | None) -> SuppressionMark | None:
    """Return the mark for contacts whose address has this suppression."""
    return None if suppression is None else SuppressionMark(source=suppression.source, since=suppression.added_at)


def with_attributes(contact: Contact, changes: Mapping[int, Value | None]) -> Contact:
    """Set values of attributes; None clears a value. Raises Invalid if all values together are too large."""
    merged = {**contact.attributes, **changes}
    check_together(merged, field="custom_attributes")
    return replace(contact, attributes={key: value for key, value in merged.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class MembershipChange:
    """Ids of groups and interests to add to contacts, and to remove from them first."""

    add_groups: frozenset[int] = frozenset()
    remove_groups: frozenset[int] = frozenset()
    add_interests: frozenset[int] = frozenset()
    remove_interests: frozenset[int] = frozenset()

    @property
    def size(self) -> int:
        """Return the number of ids."""
        return sum(map(len, (self.add_groups, self.remove_groups, self.add_interests, self.remove_interests)))

    @property
    def touches_groups(self) -> bool:
        return bool(self.add_groups or self.remove_groups)

    @property
    def touches_interests(self) -> bool:
        return bool(self.add_interests or self.remove_interests)

    def apply(self, contact: Contact) -> Contact:
        """Return the contact with this change. Raises Invalid if it exceeds the limits."""
        return with_memberships(
            contact,
            groups=(contact.groups - self.remove_groups) | self.add_groups,
            interests=(contact.interests - self.remove_interests) | self.add_interests,
        )


def with_memberships(
    contact: Contact, *, groups: Iterable[int] | None = None, interests: Iterable[int] | None = None
) -> Contact:
    """Replace the sets; None keeps a set. Raises Invalid if they exceed the limits."""
    changed = replace(
        contact,
        groups=contact.groups if groups is None else frozenset(groups),
        interests=contact.interests if interests is None else frozenset(interests),
    )
    if len(changed.groups) > MAX_TAGS:
        raise Invalid(f"A contact has at most {MAX_TAGS} tags.", code="too_many_tags", field="tags")
    if len(changed.interests) > MAX_INTERESTS:
        raise Invalid(f"A contact has at most {MAX_INTERESTS} interests.", code="too_many_interests", field="interests")
    return changed
