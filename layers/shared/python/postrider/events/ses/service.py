"""Takes in what SES tells: the log, the contact's fate, and proof that a mail of unknown fate was sent."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from postrider.contacts.service import ContactService
from postrider.delivery.service import DeliveryService
from postrider.events.model import Event, LogType
from postrider.events.service import EventService
from postrider.events.ses.model import Fact, Happening, Place, SesEvent
from postrider.events.ses.rules import kind_of_bounce, place_of, without_addresses
from postrider.events.source import MailSource
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.observability import logger
from postrider.suppressions.model import Source
from postrider.usecases.suppress_address import AddressSuppression

CAMPAIGN = frozenset({"", "campaign"})
"""Tag `kind` of a mail of a campaign; test mails count nowhere, other kinds have takers of their own."""
TEST = "test"

PROOFS = frozenset({Happening.SEND, Happening.DELIVERY, Happening.BOUNCE, Happening.COMPLAINT})
"""Events that only a mail which SES took can have."""


Taker = Callable[[SesEvent], None]


class SesEventService:
    def __init__(
        self,
        events: EventService,
        contacts: ContactService,
        suppression: AddressSuppression,
        delivery: DeliveryService,
        campaigns: "CampaignLists",
        takers: Mapping[str, Taker],
        settle: Callable[[str, int], None],
    ) -> None:
        """`takers` by tag `kind` get events of other mails; `settle` is told of campaigns that have sent more."""
        self._events, self._contacts, self._suppression = events, contacts, suppression
        self._delivery, self._campaigns, self._takers = delivery, campaigns, takers
        self._settle = settle

    def take_in(self, events: Sequence[SesEvent]) -> list[SesEvent]:
        """Record a batch; those that failed are returned and may be given again, each counts once all the same."""
        failed: dict[int, SesEvent] = {}
        rows: list[tuple[SesEvent, Event]] = []
        proofs: dict[tuple[str, int, str], dict[int, tuple[SesEvent, str]]] = {}
        for event in events:
            try:
                for place, fact in self._facts(event):
                    rows += [(event, row) for row in self._happened(place, fact)]
                    if fact.happening in PROOFS:
                        seen = proofs.setdefault((place.account_id, place.campaign_id, place.run_id), {})
                        seen[place.contact_id] = (event, fact.message_id)
            except Exception:
                logger.exception("delivery event failed", message_id=event.mail.message_id)
                failed[id(event)] = event
        for (account_id, campaign_id, run_id), seen in proofs.items():
            try:
                accepted = {contact_id: message_id for contact_id, (_, message_id) in seen.items()}
                if self._delivery.confirm(account_id, MailSource.campaign(campaign_id), run_id, accepted):
                    self._settle(account_id, campaign_id)
            except Exception:
                logger.exception("proof failed", campaign_id=campaign_id)
                failed |= {id(event): event for event, _ in seen.values()}
        not_recorded = {row.event_id for row in self._events.record([row for _, row in rows])}
        failed |= {id(event): event for event, row in rows if row.event_id in not_recorded}
        return list(failed.values())

    def _facts(self, event: SesEvent) -> Iterator[tuple[Place, Fact]]:
        """What to do with it; nothing for other kinds of mail, which have takers of their own, and for tests."""
        kind = event.mail.tag("kind")
        if kind in CAMPAIGN and event.mail.tag("campaign"):
            place = place_of(event.mail)
            for fact in event.facts():
                yield place, fact
        elif kind in self._takers:
            self._takers[kind](event)
        elif kind != TEST:
            logger.warning("a mail that is not ours", message_id=event.mail.message_id)

    def _happened(self, place: Place, fact: Fact) -> Iterator[Event]:
        """Tell the contact, and give the row of the log; both count an event once."""
        if fact.happening in (Happening.SEND, Happening.DELIVERY) or fact.not_spam:
            return
        list_id = place.list_id or self._campaigns.list_of(place.account_id, place.campaign_id)
        if list_id is None:
            return
        if fact.happening == Happening.BOUNCE:
            kind = kind_of_bounce(fact)
            self._contacts.mark_bounced(
                place.account_id,
                list_id,
                place.contact_id,
                kind=kind.code,
                hard=kind.hard,
                event_id=fact.event_id,
                campaign_id=place.campaign_id,
            )
            detail = " ".join(filter(None, (fact.status, fact.diagnostic))) or f"{fact.kind} {fact.sub_kind}"
            yield _row(place, list_id, fact, LogType(f"bounce_{kind.code}"), detail)
        elif fact.happening == Happening.COMPLAINT:
            self._complained(place, list_id, fact)
            yield _row(place, list_id, fact, LogType.SPAM, None)
        else:
            yield _row(place, list_id, fact, LogType.OTHER, f"{fact.happening}: {fact.reason}")

    def _complained(self, place: Place, list_id: int, fact: Fact) -> None:
        contact = self._contacts.mark_complained(
            place.account_id, list_id, place.contact_id, event_id=fact.event_id, campaign_id=place.campaign_id
        )
        address = contact.email if contact is not None else fact.address
        if not address:
            return
        try:
            self._suppression.suppress(place.account_id, address, Source.COMPLAINT)
        except Invalid:
            logger.warning("a complaint without a usable address", message_id=fact.message_id)


def _row(place: Place, list_id: int, fact: Fact, kind: LogType, detail: str | None) -> Event:
    return Event(
        event_id=fact.event_id,
        type=kind,
        account_id=place.account_id,
        list_id=list_id,
        campaign_id=place.campaign_id,
        contact_id=place.contact_id,
        at_ms=int(fact.at.timestamp() * 1000),
        detail=None if detail is None else without_addresses(detail),
    )


class CampaignLists:
    """Lists of campaigns, remembered: they do not change once mail has left."""

    def __init__(self, list_of: Callable[[str, int], int | None]) -> None:
        self._read = list_of
        self._known: dict[tuple[str, int], int | None] = {}

    def list_of(self, account_id: str, campaign_id: int) -> int | None:
        key = (account_id, campaign_id)
        if key not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            try:
                self._known[key] = self._read(account_id, campaign_id)
            except NotFound:
                return None
        return self._known[key]
