"""Merge two contacts of a list that are one person: one is kept, and gets the values of the other that it lacks."""

from contextlib import suppress
from dataclasses import replace

from postrider.contacts import rules
from postrider.contacts.changes import ChangeKind
from postrider.contacts.claims import NOTHING_LOST, ClaimedIdentifier
from postrider.contacts.errors import StaleContact
from postrider.contacts.model import Contact, Status, WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.writer import TRIES, ContactWriter, too_busy
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid


class ContactMerging:
    def __init__(self, contacts: ContactRepository, writer: ContactWriter, now: Clock) -> None:
        self._contacts, self._writer, self._now = contacts, writer, now

    def merge(self, kept: Contact, dropped: Contact) -> Contact | None:
        """Store `kept` with the values that it gets from `dropped`, and delete `dropped`, in one transaction.

        Return None if one of them was deleted meanwhile, or has got records since it was read. Raises Invalid if the contact
        would exceed limits.
        """
        for _ in range(TRIES):
            contacts = self._contacts.many(kept.account_id, kept.list_id, [kept.id, dropped.id])
            if len(contacts) < 2 or _has_more_records(contacts[dropped.id], dropped):
                return None
            kept, dropped = contacts[kept.id], contacts[dropped.id]
            after = self._writer.stamped(merged(kept, dropped))
            try:
                stored = self._contacts.merge(
                    kept,
                    after,
                    dropped,
                    departure=rules.departure_of(_with_departure_of(dropped, after)),
                    deleted_at=self._now(),
                )
            except StaleContact:
                self._remove_lost_identifiers(dropped)
                continue
            self._writer.record(ChangeKind.DELETED, [dropped])
            self._writer.record(_kind_of(kept, stored), [stored])
            return stored
        raise too_busy()

    def _remove_lost_identifiers(self, contact: Contact) -> None:
        """Take the identifiers from the contact whose claims it has lost: it may not pass them on.

        A call had completed and deleted the contact before an import inserted it, and the import crashed before its check.
        """
        lost = self._contacts.claims.lost_by([contact]).get(contact.id, NOTHING_LOST)
        without_lost = rules.without_address(contact) if ClaimedIdentifier.ADDRESS in lost else contact
        if ClaimedIdentifier.EXTERNAL_ID in lost:
            without_lost = replace(without_lost, external_id=None)
        with suppress(StaleContact):
            self._writer.store(contact, without_lost)


def merged(kept: Contact, dropped: Contact) -> Contact:
    """Return `kept` with the identifiers, attributes, groups and interests of `dropped` that it lacks.

    The stricter consent wins: a complaint or a departure of one is one of both. An address comes with its status, bounces and
    suppression. Raises Invalid if the contact would exceed limits.
    """
    if kept.account_id != dropped.account_id or kept.list_id != dropped.list_id or kept.id == dropped.id:
        raise Invalid("Two contacts of one list are needed.", code="contacts_not_mergeable", field="contact_id")
    person = replace(
        kept,
        external_id=kept.external_id or dropped.external_id,
        opted_in_at=kept.opted_in_at or dropped.opted_in_at,
        has_consents=kept.has_consents or dropped.has_consents,
    )
    takes_mailbox = dropped.has_address and not kept.has_address
    if takes_mailbox:
        person = _with_mailbox(person, dropped)
    person = rules.with_memberships(
        person, groups=kept.groups | dropped.groups, interests=kept.interests | dropped.interests
    )
    person = rules.with_attributes(person, dropped.attributes | kept.attributes)
    return _with_departure_of(person, kept if takes_mailbox else dropped)


def _has_more_records(contact: Contact, before: Contact) -> bool:
    """Return whether the contact has got its first records, or consent records, since it was read before."""
    return (contact.has_records, contact.has_consents) != (before.has_records, before.has_consents)


def _with_mailbox(contact: Contact, other: Contact) -> Contact:
    """Return the contact with the address of another one, and all that depends on it."""
    return replace(
        contact,
        email=other.email,
        address=other.address,
        status=other.status,
        withdrawn_by=other.withdrawn_by,
        mark=other.mark,
        last_bounce_type=other.last_bounce_type,
        bounces_count=other.bounces_count,
        soft_bounces=other.soft_bounces,
        hard_bounced=other.hard_bounced,
        bounce_events=other.bounce_events,
        # Links that were mailed to either contact become invalid.
        consent_number=max(contact.consent_number, other.consent_number) + 1,
        departures=max(contact.departures, other.departures),
    )


def _with_departure_of(contact: Contact, other: Contact) -> Contact:
    if other.status == Status.FLAGGED or other.withdrawn_by == WithdrawnBy.COMPLAINT:
        return rules.complained(contact)
    if rules.has_left(other):
        is_own_act = WithdrawnBy.PERSON in (contact.withdrawn_by, other.withdrawn_by)
        return rules.unsubscribed(
            contact, WithdrawnBy.PERSON if is_own_act else other.withdrawn_by or WithdrawnBy.ACCOUNT
        )
    return contact


def _kind_of(before: Contact, after: Contact) -> ChangeKind:
    if not before.has_address:
        return ChangeKind.ADDED
    has_left = after.status == Status.UNSUBSCRIBED != before.status
    return ChangeKind.UNSUBSCRIBED if has_left else ChangeKind.UPDATED
