"""Rules of contacts, pure: consent, bounces, attributes and memberships. Each returns the changed contact.

Consent moves only by an explicit act of the person, or of the account about one person:
- an import or a batch never makes an unsubscribed, invalid, flagged or pending contact active;
- creating one contact with `resubscribe` brings an unsubscribed or pending one back, never an invalid or flagged one:
  the account can state a person's wish, but not that a dead mailbox lives or that a complaint was not meant;
- a call that asks for confirmation states no wish: a pending contact stays so however often it is repeated;
- the person's own confirmation proves that the mailbox lives, so it also brings an invalid one back;
- a complaint is final: the address is suppressed account-wide as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from postrider.attributes.rules import check_together
from postrider.contacts.model import Contact, DoubleOptIn, Status, Value
from postrider.kit.errors import Invalid

SOFT_BOUNCES_ALLOWED = 2
"""The third one makes a contact invalid (main-api.md, section 7)."""
BOUNCE_KINDS = ("ac", "ar", "cr", "df", "fm", "hb", "mb", "sb", "tr")
"""Address changed, auto-reply, challenge, DNS failure, full mailbox, hard, blocked, soft, transient."""
BOUNCE_EVENTS_KEPT = 16
MAX_TAGS = 1024
"""Per contact; also the most that one call may give (main-api.md, section 7)."""
MAX_INTERESTS = 256

_NOT_REPEATED = {"ar"}
"""An auto-reply proves that the mailbox works: it is remembered and does not count towards invalid."""


def after_bounces(contact: Contact) -> Status:
    """Return the status of a person who wants mail: active, unless the mailbox has proved dead."""
    dead = contact.hard_bounced or contact.soft_bounces > SOFT_BOUNCES_ALLOWED
    return Status.INVALID if dead else Status.ACTIVE


def bounced(contact: Contact, kind: str, *, hard: bool, event_id: str) -> Contact:
    """Count a bounce; the same event again changes nothing."""
    if event_id in contact.bounce_events:
        return contact
    counts = kind not in _NOT_REPEATED
    after = replace(
        contact,
        last_bounce_type=kind,
        bounces_count=contact.bounces_count + 1,
        soft_bounces=contact.soft_bounces + (1 if counts and not hard else 0),
        hard_bounced=contact.hard_bounced or hard,
        bounce_events=(*contact.bounce_events, event_id)[-BOUNCE_EVENTS_KEPT:],
    )
    # An unsubscribed contact stays so: what the person said outlives what the mailbox did.
    wanted = contact.status in (Status.ACTIVE, Status.PENDING)
    return replace(after, status=Status.INVALID) if wanted and after_bounces(after) == Status.INVALID else after


def complained(contact: Contact) -> Contact:
    return replace(contact, status=Status.FLAGGED)


def unsubscribed(contact: Contact) -> Contact:
    """Unsubscribe the contact; a flagged one stays flagged, because a complaint says more."""
    return contact if contact.status == Status.FLAGGED else replace(contact, status=Status.UNSUBSCRIBED)


def resubscribed(contact: Contact) -> Contact:
    """Apply the account's word that this person wants mail again."""
    if contact.status not in (Status.UNSUBSCRIBED, Status.PENDING):
        return contact
    return replace(contact, status=after_bounces(contact))


def confirmed(contact: Contact) -> Contact:
    """Apply that the person followed the link of a mail that we sent: the mailbox lives and its owner wants mail."""
    if contact.status == Status.FLAGGED:
        return contact
    return replace(contact, status=Status.ACTIVE, soft_bounces=0, hard_bounced=False)


def asked_to_confirm(contact: Contact | None, mode: DoubleOptIn, *, resubscribe: bool) -> bool:
    """Return whether adding this contact (None: the email is new to the list) sends a confirmation mail."""
    if contact is None:
        return mode != DoubleOptIn.NEVER
    reachable = {Status.ACTIVE, Status.PENDING} | ({Status.UNSUBSCRIBED} if resubscribe else set())
    if contact.status not in reachable or contact.suppressed:
        return False
    return mode == DoubleOptIn.ALWAYS or (mode == DoubleOptIn.NOT_ACTIVE and contact.status != Status.ACTIVE)


def added_again(contact: Contact, mode: DoubleOptIn, *, resubscribe: bool) -> Contact:
    """Set the status after an email was added that the list has."""
    if asked_to_confirm(contact, mode, resubscribe=resubscribe):
        return replace(contact, status=Status.PENDING)
    if mode in (DoubleOptIn.ALWAYS, DoubleOptIn.NOT_ACTIVE):
        return contact  # suppressed, flagged, invalid, or active
    waits = mode == DoubleOptIn.NEW and contact.status == Status.PENDING
    return resubscribed(contact) if resubscribe and not waits else contact


def imported_again(contact: Contact, target: Status, mode: DoubleOptIn) -> Contact:
    """Set the status after an import named an email that the list has: it may only take consent away."""
    if target == Status.UNSUBSCRIBED:
        return unsubscribed(contact)
    return added_again(contact, mode, resubscribe=False)


def with_attributes(contact: Contact, given: Mapping[int, Value | None]) -> Contact:
    """Set the values that are given, None clears; the others stay. Raises Invalid when they are too much together."""
    merged = {**contact.attributes, **given}
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
    def touches_groups(self) -> bool:
        return bool(self.add_groups or self.remove_groups)

    @property
    def touches_interests(self) -> bool:
        return bool(self.add_interests or self.remove_interests)

    def applied(self, contact: Contact) -> Contact:
        """Return the changed contact. Raises Invalid past the limits."""
        return with_memberships(
            contact,
            groups=(contact.groups - self.remove_groups) | self.add_groups,
            interests=(contact.interests - self.remove_interests) | self.add_interests,
        )


def with_memberships(
    contact: Contact, *, groups: Iterable[int] | None = None, interests: Iterable[int] | None = None
) -> Contact:
    """Replace the whole sets; None leaves a set as it is. Raises Invalid past their limits."""
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
