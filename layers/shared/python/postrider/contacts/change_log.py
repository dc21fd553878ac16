"""News of contacts as rows of their list's log; what a campaign brought about is logged with the campaign's events."""

from collections import defaultdict
from collections.abc import Sequence

from postrider.contacts.changes import ChangeKind, ContactChange
from postrider.events.model import Event, EventBatch, LogType
from postrider.events.service import EventService
from postrider.kit.clock import unix

_TYPES = {
    ChangeKind.ADDED: (LogType.SUBSCRIBE, None),
    ChangeKind.RESUBSCRIBED: (LogType.SUBSCRIBE, "resubscribe"),
    ChangeKind.CONFIRMED: (LogType.SUBSCRIBE, "subscription_confirmation"),
    ChangeKind.UNSUBSCRIBED: (LogType.UNSUBSCRIBE, None),
    ChangeKind.UPDATED: (LogType.UPDATE, None),
}
"""Type and extra text of a row (reference, section 14). Bounces and complaints are logged where they come in."""


class ContactChangeLog:
    def __init__(self, log: EventService) -> None:
        self._log = log

    def publish(self, account_id: str, list_id: int, news: Sequence[ContactChange]) -> None:
        imported: dict[str, list[ContactChange]] = defaultdict(list)
        for one in news:
            if one.kind == ChangeKind.ADDED and one.contact.origin is not None:
                imported[one.contact.origin].append(one)
            elif one.kind in _TYPES and one.details.get("campaign_id") is None:
                self._log.record([_event(one)])
        for origin, members in imported.items():
            pack = EventBatch(
                event_id=f"subscribe#{origin}",
                type=LogType.SUBSCRIBE,
                at_ms=unix(members[0].contact.subscribed_at) * 1000,
                contact_ids=tuple(one.contact.id for one in members),
                list_id=list_id,
            )
            self._log.record_batch(account_id, pack)


def _event(news: ContactChange) -> Event:
    """Its id and moment come from what is stored, so that telling it again adds nothing."""
    contact = news.contact
    kind, detail = _TYPES[news.kind]
    return Event(
        event_id=f"{news.kind}#{contact.id}#{contact.version}",
        type=kind,
        account_id=contact.account_id,
        list_id=contact.list_id,
        contact_id=contact.id,
        at_ms=unix(contact.updated_at) * 1000,
        detail=detail,
    )
