"""Derive the events of a contact from its states before and after a change."""

from collections.abc import Iterator, Sequence

from postrider.contacts.model import Contact, Status
from postrider.outbox.model import DomainEventType, NewEvent

Change = tuple[Contact | None, Contact | None]


def events_of(changes: Sequence[Change]) -> list[NewEvent]:
    """Return the events of changes: pairs (before, after); None stands for a contact that does not exist.

    A contact without an address is treated as if it did not exist: most APIs do not show it.
    """
    return [event for before, after in changes for event in _events(_if_shown(before), _if_shown(after))]


def events_of_import(contacts: Sequence[Contact], *, starts_workflows: bool = False) -> list[NewEvent]:
    """Return the events of contacts that an import created; a repeated part of the import has events with the same ids.

    Their data says that they are of an import, and whether it lets the contacts enter workflows.
    """
    about_import = {"is_imported": True, "starts_workflows": starts_workflows}
    return [
        NewEvent(
            type=event.type,
            data={**event.data, **about_import},
            list_id=event.list_id,
            id=f"{event.type}-{contact.list_id}-{contact.id}",
            at_ms=int(contact.subscribed_at.timestamp() * 1000),
        )
        for contact in contacts
        for event in _events(None, contact)
    ]


def _events(before: Contact | None, after: Contact | None) -> Iterator[NewEvent]:
    if after is None:
        if before is not None:
            yield _event(DomainEventType.CONTACT_REMOVED, before)
        return
    if before is None:
        yield _event(DomainEventType.CONTACT_ADDED, after)
    elif _shown(before) != _shown(after):
        yield _event(DomainEventType.CONTACT_UPDATED, after)
    if before is not None and before.interests != after.interests:
        yield _event(DomainEventType.CONTACT_PREFERENCES_CHANGED, after)
    old_status = None if before is None else before.status
    if after.status == Status.ACTIVE != old_status:
        yield _event(DomainEventType.CONTACT_SUBSCRIBED, after)
    if before is not None and after.status == Status.UNSUBSCRIBED != old_status:
        yield _event(DomainEventType.CONTACT_UNSUBSCRIBED, after)
    old_groups = before.groups if before is not None else frozenset()
    if joined := after.groups - old_groups:
        yield _event(DomainEventType.CONTACT_TAGGED, after, joined)
    if left := old_groups - after.groups:
        yield _event(DomainEventType.CONTACT_UNTAGGED, after, left)


def _if_shown(contact: Contact | None) -> Contact | None:
    return contact if contact is not None and contact.has_address else None


def _shown(contact: Contact) -> tuple[object, ...]:
    """Return the fields that an update event reports: tags have events of their own, and counters of bounces have none."""
    return contact.email, contact.status, contact.attributes, contact.interests


def _event(event_type: DomainEventType, contact: Contact, groups: frozenset[int] = frozenset()) -> NewEvent:
    data: dict[str, object] = {"contact_id": contact.id, "consent_number": contact.consent_number}
    if groups:
        data["groups"] = sorted(groups)
    return NewEvent(type=event_type, data=data, list_id=contact.list_id)
