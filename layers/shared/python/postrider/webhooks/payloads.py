"""Look up the payloads of events.

Events of contacts and mails have only ids: their payload is read when the callback is sent, so that the address of an
erased person is not sent. Other events contain a copy of their payload.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from postrider.contacts.model import Contact
from postrider.contacts.naming import ContactNames, ListNames
from postrider.contacts.service import ContactService
from postrider.groups.service import GroupService
from postrider.kit.clock import unix
from postrider.kit.errors import NotFound
from postrider.mail_events.model import EventType, LogQuery, LogRow
from postrider.mail_events.service import EventService
from postrider.mail_events.source import MailSource, SourceKind
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.suppressions.service import SuppressionService
from postrider.transactional.copies import CopyService
from postrider.webhooks.model import EventPayload, Webhook

_CONTACTS, _MAILS, _SUPPRESSIONS = "contact.", "email.", "suppression."
_WITH_DETAILS = {DomainEventType.EMAIL_OPENED, DomainEventType.EMAIL_CLICKED, DomainEventType.EMAIL_BOUNCED}
"""Types of events whose row of the log has more data: link, IP address and software of the reader, answer of the server."""


class CallbackSubjects:
    def __init__(
        self,
        contacts: ContactService,
        names: ContactNames,
        groups: GroupService,
        events: EventService,
        suppressions: SuppressionService,
        copies: Callable[[], CopyService],
    ) -> None:
        """Initialize the reader. `copies` builds the service of transactional mails when it is needed."""
        self._contacts, self._names, self._groups = contacts, names, groups
        self._events, self._suppressions, self._copies = events, suppressions, copies

    def read(self, webhook: Webhook, events: Sequence[DomainEvent]) -> list[EventPayload]:
        """Return the payloads of events of one account, in their order; contacts are read together."""
        contacts = self._read_contacts(events)
        return [self._payload(event, contacts) for event in events]

    def _read_contacts(self, events: Sequence[DomainEvent]) -> dict[tuple[int, int], tuple[Contact, ListNames]]:
        """Return the existing contacts of events with the names of their lists, by list and contact."""
        wanted: dict[tuple[str, int], set[int]] = defaultdict(set)
        for event in events:
            if event.list_id is not None and event.type.value.startswith((_CONTACTS, _MAILS)):
                wanted[event.account_id, event.list_id].add(int(event.data["contact_id"]))
        contacts: dict[tuple[int, int], tuple[Contact, ListNames]] = {}
        for (account_id, list_id), ids in wanted.items():
            stored = self._contacts.many(account_id, list_id, ids)
            existing = {contact.id: contact for contact in stored.values() if contact.has_address}
            try:
                names = self._names.to_show(account_id, list_id, list(existing.values()))
            except NotFound:  # the list is being deleted
                continue
            contacts |= {(list_id, contact.id): (contact, names) for contact in existing.values()}
        return contacts

    def _payload(
        self, event: DomainEvent, contacts: Mapping[tuple[int, int], tuple[Contact, ListNames]]
    ) -> EventPayload:
        if event.type.value.startswith(_SUPPRESSIONS):
            return self._suppressed(event)
        if event.list_id is None or not event.type.value.startswith((_CONTACTS, _MAILS)):
            return event.data
        contact_id = int(event.data["contact_id"])
        contact, names = contacts.get((event.list_id, contact_id), (None, None))
        if event.type.value.startswith(_MAILS):
            return self._mail(event, contact_id, contact)
        subject: dict[str, Any] = {"id": contact_id, "list_id": event.list_id, "email": None}
        if contact is None or names is None:
            subject["email"] = self._contacts.address_of_deleted(event.account_id, event.list_id, contact_id)
        else:
            subject |= _fields(contact, names)
        if "groups" in event.data:
            changed = self._groups.names_of(event.account_id, event.data["groups"])
            subject["changed_tags"] = sorted(changed.values())
        return subject

    def _mail(self, event: DomainEvent, contact_id: int, contact: Contact | None) -> EventPayload:
        """Return an event of a mail with the data of its log row. A transactional mail has a copy instead of a contact."""
        source = MailSource.parse(str(event.data["source"])).whole if "source" in event.data else None
        kind = source.kind if source is not None else None
        row = self._row(event, contact_id) if event.type in _WITH_DETAILS else None
        email = contact.email if contact is not None else None
        is_copy = source is not None and kind == SourceKind.TRANSACTIONAL
        if is_copy:
            assert source is not None
            email = self._copies().address_of(event.account_id, source.id, contact_id)
        return {
            "contact_id": None if is_copy else contact_id,
            "list_id": None if is_copy else event.list_id,
            "email": email,
            "source": kind.value if kind is not None else None,
            "source_id": source.id if source is not None else None,
            "campaign_id": source.id if source is not None and kind == SourceKind.CAMPAIGN else None,
            "log_type": event.data["log_type"],
            "at": event.at_ms // 1000,
            "link_id": row.link_id if row is not None else None,
            "url": row.url if row is not None else None,
            "ip": row.ip if row is not None else None,
            "user_agent": row.user_agent if row is not None else None,
            "detail": row.detail if row is not None and event.type == DomainEventType.EMAIL_BOUNCED else None,
        }

    def _row(self, event: DomainEvent, contact_id: int) -> LogRow | None:
        query = LogQuery(
            types=frozenset({EventType(event.data["log_type"])}),
            contact_ids=frozenset({contact_id}),
            start_ms=event.at_ms,
            end_ms=event.at_ms,
        )
        assert event.list_id is not None
        return self._events.first(event.account_id, event.list_id, query)

    def _suppressed(self, event: DomainEvent) -> EventPayload:
        """Return the suppressed address; None for an erased address."""
        digest = str(event.data.get("digest") or "")
        pattern = self._suppressions.pattern_of(event.account_id, digest) if digest else None
        return {"email": pattern, "source": event.data.get("source")}


def _fields(contact: Contact, names: ListNames) -> dict[str, Any]:
    return {
        "email": contact.email,
        "status": contact.status.value,
        "subscribed_at": unix(contact.subscribed_at),
        "bounces_count": contact.bounces_count,
        "attributes": [
            {"name": name, "value": str(value)} for name, value in sorted(names.attributes_of(contact).items())
        ],
        "groups": names.tags_of(contact),
        "interests": names.interests_of(contact),
    }
