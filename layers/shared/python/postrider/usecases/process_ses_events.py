"""Process events of SES: log them, mark contacts, and confirm mails whose sending was unknown."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from cachetools import LRUCache

from postrider.campaigns.service import CampaignService
from postrider.delivery.service import DeliveryService
from postrider.kit.errors import NotFound
from postrider.kit.observability import logger
from postrider.kit.pauses import Throttled
from postrider.mail_events.model import Event, EventType
from postrider.mail_events.service import EventService
from postrider.mail_events.ses.model import MailTags, RecipientEvent, SesEvent, SesEventType
from postrider.mail_events.ses.rules import bounce_class_of, tags_of, without_addresses
from postrider.mail_events.source import MailSource, SourceKind
from postrider.suppressions.model import SuppressionSource
from postrider.usecases.mail_reactions import MailReactions
from postrider.usecases.suppress_address import AddressSuppression

TEST = "test"
"""Value of the tag `kind` of test mails, which are not counted."""

PROOFS = frozenset({SesEventType.SEND, SesEventType.DELIVERY, SesEventType.BOUNCE, SesEventType.COMPLAINT})
"""Types of events that prove that SES accepted the mail."""
NOT_LOGGED = frozenset({SesEventType.SEND, SesEventType.DELIVERY})

_FAILURES = {
    SesEventType.REJECT: EventType.FAILED,
    SesEventType.RENDERING_FAILURE: EventType.FAILED,
    SesEventType.DELIVERY_DELAY: EventType.DELAYED,
}
CAMPAIGNS_KEPT = 1000


SesEventHandler = Callable[[SesEvent], None]


class SesEventService:
    def __init__(
        self,
        events: EventService,
        reactions: MailReactions,
        suppression: AddressSuppression,
        delivery: DeliveryService,
        campaigns: "CampaignLists",
        handlers: Mapping[str, SesEventHandler],
    ) -> None:
        """Initialize the service. `handlers` process mails of other kinds, by their tag `kind`."""
        self._events, self._reactions, self._suppression = events, reactions, suppression
        self._delivery, self._campaigns, self._handlers = delivery, campaigns, handlers

    def process(self, events: Sequence[SesEvent]) -> list[SesEvent]:
        """Record a batch; return the events that failed. An event that is processed again is counted once."""
        failed: dict[int, SesEvent] = {}
        rows: list[tuple[SesEvent, Event]] = []
        proofs: dict[tuple[str, MailSource, str], dict[int, tuple[SesEvent, str]]] = defaultdict(dict)
        for event in events:
            try:
                for tags, recipient_event in self._recipient_events(event):
                    rows += [(event, row) for row in self._apply(tags, recipient_event)]
                    if recipient_event.type in PROOFS:
                        run = (tags.account_id, tags.source, tags.run_id)
                        proofs[run][tags.contact_id] = (event, recipient_event.message_id)
            except Exception:
                logger.exception("ses event failed", message_id=event.mail.message_id)
                failed[id(event)] = event
        for (account_id, source, run_id), proven in proofs.items():
            try:
                accepted = {contact_id: message_id for contact_id, (_, message_id) in proven.items()}
                self._delivery.confirm(account_id, source, run_id, accepted)
            except Exception:
                logger.exception("confirmation of sent mails failed", source=str(source))
                failed |= {id(event): event for event, _ in proven.values()}
        not_recorded = {row.event_id for row in self._events.record([row for _, row in rows])}
        failed |= {id(event): event for event, row in rows if row.event_id in not_recorded}
        return list(failed.values())

    def record(self, tags: MailTags, event: RecipientEvent) -> None:
        """Record an event of a recipient; it can be repeated. Raises Throttled if other writers were faster each time."""
        if self._events.record(list(self._apply(tags, event))):
            raise Throttled("the event was not recorded")

    def _recipient_events(self, event: SesEvent) -> Iterator[tuple[MailTags, RecipientEvent]]:
        """Yield the events of recipients of a mail source; pass events of other mails to their handlers."""
        kind = event.mail.tag("kind")
        if kind in self._handlers:
            self._handlers[kind](event)
        elif kind in set(SourceKind):
            tags = tags_of(event.mail)
            for recipient_event in event.recipient_events():
                yield tags, recipient_event
        elif kind != TEST:
            logger.warning("ses event of an unknown mail", message_id=event.mail.message_id)

    def _apply(self, tags: MailTags, event: RecipientEvent) -> Iterator[Event]:
        """Mark the contact with the address of the mail, and yield the row of the log; both count a repeated event once."""
        if event.type in NOT_LOGGED or event.is_not_spam:
            return
        list_id = tags.list_id
        if list_id is None and tags.campaign_id is not None:
            list_id = self._campaigns.list_of(tags.account_id, tags.campaign_id)
        if list_id is None:
            return
        if event.type == SesEventType.BOUNCE:
            bounce = bounce_class_of(event)
            self._reactions.count_bounce(
                tags.account_id,
                list_id,
                tags.contact_id,
                address=event.address,
                kind=bounce.kind,
                hard=bounce.hard,
                event_id=event.event_id,
                campaign_id=tags.campaign_id,
            )
            answer = " ".join(filter(None, (event.status, event.diagnostic)))
            yield _row(tags, list_id, event, bounce.type, answer or f"{event.bounce_type} {event.bounce_sub_type}")
        elif event.type == SesEventType.COMPLAINT:
            self._mark_complained(tags, list_id, event)
            yield _row(tags, list_id, event, EventType.COMPLAINED, None)
        else:
            yield _row(tags, list_id, event, _FAILURES[event.type], f"{event.type}: {event.reason}")

    def _mark_complained(self, tags: MailTags, list_id: int, event: RecipientEvent) -> None:
        address = self._reactions.apply_complaint(
            tags.account_id,
            list_id,
            tags.contact_id,
            address=event.address,
            event_id=event.event_id,
            campaign_id=tags.campaign_id,
        )
        if address:
            self._suppression.suppress(tags.account_id, address, SuppressionSource.COMPLAINT)
        else:
            logger.warning("complaint without a usable address", message_id=event.message_id)


def _row(tags: MailTags, list_id: int, event: RecipientEvent, event_type: EventType, detail: str | None) -> Event:
    return Event(
        event_id=event.event_id,
        type=event_type,
        account_id=tags.account_id,
        list_id=list_id,
        source=tags.source,
        contact_id=tags.contact_id,
        variant=tags.variant,
        at_ms=int(event.at.timestamp() * 1000),
        detail=None if detail is None else without_addresses(detail),
        is_reported=event.is_reported,
    )


class CampaignLists:
    """A cache of the lists of campaigns, which do not change after mail was sent."""

    def __init__(self, campaigns: CampaignService) -> None:
        self._campaigns = campaigns
        self._lists: LRUCache[tuple[str, int], int | None] = LRUCache(CAMPAIGNS_KEPT)

    def list_of(self, account_id: str, campaign_id: int) -> int | None:
        """Return the list of a campaign; None if the campaign is deleted."""
        key = (account_id, campaign_id)
        if key not in self._lists:
            try:
                self._lists[key] = self._campaigns.get(account_id, campaign_id).list_id
            except NotFound:
                return None
        return self._lists[key]
