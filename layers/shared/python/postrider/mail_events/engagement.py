"""Derive rows, engagements and counters from events of the recipients of a mail source; pure.

Counters are sums over the rows by construction: an event changes both or neither. An event past a recipient's limit
changes neither, so that ten thousand requests of one pixel store a bounded number of rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from postrider.kit.clock import from_unix
from postrider.mail_events.calendar import OPENERS, HourCounts, hour_of, measures_of
from postrider.mail_events.facets import FacetCounts, facets_of
from postrider.mail_events.model import (
    BOUNCES,
    UNSUBSCRIBED_RECIPIENTS,
    UNSUBSCRIPTIONS,
    EngagedRecipient,
    Engagement,
    Event,
    EventType,
    LogRow,
)
from postrider.mail_events.parts import PartCounts, parts_of
from postrider.mail_events.rules import day_of_ms, digest, row_id

MAX_OPENS = 20
"""Maximum number of rows for opens of a recipient by a person, and again by machines; further opens are ignored."""
MAX_CLICKS = 50
MAX_VIEWS = 20
SCANNER_CLICK_MS = 2000
"""Time after sending in which a click is attributed to a security scanner: a person has not read the mail yet."""
LINKS_PER_ITEM = 64
MAX_WRITES = 92
"""Maximum number of items that a plan changes; together with the counters, a transaction has at most 100 items."""

ONCE = BOUNCES | UNSUBSCRIPTIONS | {EventType.COMPLAINED, EventType.CONVERTED, EventType.DELIVERED, EventType.SENT}
"""Types that count once for each recipient of a source, even if they are reported repeatedly."""
_FAULTS = frozenset({EventType.FAILED, EventType.DELAYED, EventType.SKIPPED})
"""Other types whose first moment is stored."""

_TEXT_CHARS = 512
_URL_CHARS = 2048
_IP_CHARS = 45


@dataclass(frozen=True, kw_only=True)
class WritePlan:
    """The changes by a group of events, which are written in one transaction.

    `rows` are by digest of their event. `deferred` are events for a later plan, because they need the id of another event of
    the group, or the transaction is full. `recipients` are the changed engagements, `versions` the versions that were read;
    `links` are counters `t<link>` and `u<link>` (total and unique clicks) by the number of their item. `hours` and `facets`
    are the same growth as `counts`, by hour, and by device, client and domain; `parts` is the growth by variant and link.
    `days` is the growth by the day on which a transactional mail was sent: such a mail has no counters of its own.
    """

    rows: dict[str, LogRow] = field(default_factory=dict)
    deferred: list[Event] = field(default_factory=list)
    recipients: dict[int, Engagement] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    links: dict[int, Counter[str]] = field(default_factory=dict)
    hours: HourCounts = field(default_factory=Counter)
    facets: FacetCounts = field(default_factory=Counter)
    parts: PartCounts = field(default_factory=Counter)
    days: dict[str, Counter[str]] = field(default_factory=dict)

    def has_room_for(self, event: Event) -> bool:
        """Return whether a transaction can also write this event."""
        hours = {hour for hour, _, _ in self.parts} | {hour_of(event.at_ms)}
        links = self.links.keys() | ({event.link_id // LINKS_PER_ITEM} if event.link_id is not None else set())
        recipients = self.recipients.keys() | {event.contact_id}
        return len(self.rows) + 1 + len(recipients) + len(links) + len(hours) <= MAX_WRITES

    def count(self, event: Event, domain: str, counts: Mapping[str, int]) -> None:
        """Count an event that adds `counts` to the totals."""
        assert event.source is not None
        self.counts.update(counts)
        for measure, by in measures_of(counts, event.source.kind).items():
            self.hours[hour_of(event.at_ms), measure] += by
        self.facets.update(facets_of(event, domain, counts))


def plan_writes(
    events: Iterable[Event], recipients: Mapping[int, EngagedRecipient], shifts: Mapping[str, int] | None = None
) -> WritePlan:
    """Return the changes by these events; events of contacts that are not recipients are ignored.

    `shifts` has, by digest, the number of ids of an event that other events have taken.
    """
    plan, row_ids, shifts = WritePlan(), set[int](), shifts or {}
    for event in events:
        recipient = recipients.get(event.contact_id)
        mark = digest(event.event_id)
        if recipient is None or mark in plan.rows:
            continue
        if not plan.has_room_for(event):
            plan.deferred.append(event)
            continue
        event = replace(
            event, mailbox=recipient.mailbox, group_id=recipient.group_id, variant=recipient.variant or event.variant
        )
        event = _with_scanner_detected(event, recipient)
        before = plan.recipients.get(event.contact_id, recipient.engagement)
        after, counts = apply_event(before, event)
        if after is None:
            continue
        row = _row(event, mark, before, after, counts, shifts.get(mark, 0))
        if row.id in row_ids:
            plan.deferred.append(event)
            continue
        row_ids.add(row.id)
        plan.rows[mark] = row
        plan.recipients[event.contact_id] = after
        plan.versions[event.contact_id] = recipient.engagement.version
        plan.count(event, recipient.domain, counts)
        plan.parts.update(parts_of(event, event.variant, counts, is_new_link=row.new_link))
        if recipient.mailbox is not None:
            plan.days.setdefault(day_of_ms(recipient.sent_at_ms or event.at_ms), Counter()).update(counts)
            continue
        if event.link_id is not None and not event.is_bot:
            links = plan.links.setdefault(event.link_id // LINKS_PER_ITEM, Counter())
            links[f"t{event.link_id}"] += 1
            links[f"u{event.link_id}"] += event.link_id not in before.links
    return plan


def apply_event(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    """Return the engagement after the event and the growth of each counter, or None if the event is not counted."""
    if event.type == EventType.OPENED:
        return _apply_open(before, event)
    if event.type == EventType.CLICKED:
        return _apply_click(before, event)
    if event.type in ONCE:
        if event.type in before.marks:
            return None, {}
        counts = {event.type.value: 1}
        if event.type in UNSUBSCRIPTIONS and not UNSUBSCRIPTIONS & before.marks:
            counts[UNSUBSCRIBED_RECIPIENTS] = 1
        return _marked(before, event), counts
    if before.views >= MAX_VIEWS or (event.is_bot and event.type == EventType.FORWARDED):
        return None, {}
    after = _marked(before, event) if event.type in _FAULTS else before
    return replace(after, views=before.views + 1), {event.type.value: 1}


def _marked(before: Engagement, event: Event) -> Engagement:
    """Return the engagement with the moment of an event, unless it has an earlier event of the type."""
    return replace(before, marked_at={event.type.value: event.at_ms // 1000, **before.marked_at})


def _apply_open(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    if event.is_bot:
        if before.bot_opens >= MAX_OPENS:
            return None, {}
        return replace(before, bot_opens=before.bot_opens + 1), {"bot_opens": 1}
    if before.opens >= MAX_OPENS:
        return None, {}
    is_first = before.opens == 0
    counts = {"opens": 1, "unique_opens": int(is_first)}
    if is_first and before.clicks:  # the open that the click implied is recorded now
        counts["implied_opens"] = -1
    return replace(before, opened=tuple(sorted((*before.opened, event.at_ms // 1000)))), counts


def _apply_click(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    if event.is_bot:
        if before.bot_clicks >= MAX_CLICKS:
            return None, {}
        return replace(before, bot_clicks=before.bot_clicks + 1), {"bot_clicks": 1}
    if before.clicks >= MAX_CLICKS:
        return None, {}
    is_first = before.clicks == 0
    counts = {"clicks": 1, "unique_clicks": int(is_first), "implied_opens": int(is_first and not before.opens)}
    click = (event.at_ms // 1000, event.link_id or 0)
    return replace(before, clicked=tuple(sorted((*before.clicked, click)))), counts


def _with_scanner_detected(event: Event, recipient: EngagedRecipient) -> Event:
    is_too_soon = (
        event.type in (EventType.CLICKED, EventType.FORWARDED)
        and not event.is_reported
        and recipient.sent_at_ms is not None
        and event.at_ms - recipient.sent_at_ms < SCANNER_CLICK_MS
    )
    return replace(event, is_bot=True) if is_too_soon else event


def _row(
    event: Event, mark: str, before: Engagement, after: Engagement, counts: Mapping[str, int], shift: int
) -> LogRow:
    nth = {
        EventType.OPENED: after.bot_opens if event.is_bot else after.opens,
        EventType.CLICKED: after.bot_clicks if event.is_bot else after.clicks,
    }.get(event.type, 1)
    is_new_link = event.link_id is not None and not event.is_bot and event.link_id not in before.links
    measures = () if event.source is None else measures_of(counts, event.source.kind)
    is_new = OPENERS in measures or UNSUBSCRIBED_RECIPIENTS in measures
    return row_of(event, mark, nth=nth, new_link=is_new_link, is_new=is_new, shift=shift)


def row_of(
    event: Event, mark: str, *, nth: int = 1, new_link: bool = False, is_new: bool = False, shift: int = 0
) -> LogRow:
    """Return the row of an event, with texts cut to their maximum length."""
    return LogRow(
        id=row_id(event.type, event.contact_id, event.at_ms, shift),
        mark=mark,
        type=event.type,
        contact_id=event.contact_id,
        list_id=event.list_id,
        at=from_unix(event.at_ms // 1000),
        source=None if event.source is None else event.source.whole,
        entry=0 if event.source is None else event.source.entry,
        is_bot=event.is_bot,
        is_reported=event.is_reported,
        nth=nth,
        new_link=new_link,
        is_new=is_new,
        link_id=event.link_id,
        url=_cut(event.url, _URL_CHARS),
        ip=_cut(event.ip, _IP_CHARS),
        user_agent=_cut(event.user_agent, _TEXT_CHARS),
        device=event.device,
        client=event.client,
        detail=_cut(event.detail, _TEXT_CHARS),
        mailbox=event.mailbox,
        group_id=event.group_id,
        variant=event.variant,
    )


def _cut(text: str | None, chars: int) -> str | None:
    return text[:chars] if text else None


def recount(rows: Iterable[LogRow]) -> tuple[Counter[str], dict[int, Counter[str]]]:
    """Compute the counters of a source and of its links from its log; the stored counters must be equal."""
    counts: Counter[str] = Counter()
    links: dict[int, Counter[str]] = {}
    openers, clickers, unsubscribed = set(), set(), set()
    followed: set[tuple[int, int]] = set()
    for row in rows:
        if row.type == EventType.OPENED:
            counts["bot_opens" if row.is_bot else "opens"] += 1
            openers |= set() if row.is_bot else {row.contact_id}
        elif row.type == EventType.CLICKED:
            counts["bot_clicks" if row.is_bot else "clicks"] += 1
            clickers |= set() if row.is_bot else {row.contact_id}
            if row.link_id is not None and not row.is_bot:
                link = links.setdefault(row.link_id, Counter())
                link["total"] += 1
                link["unique"] += (row.link_id, row.contact_id) not in followed
                followed.add((row.link_id, row.contact_id))
        else:
            counts[row.type.value] += 1
            unsubscribed |= {row.contact_id} if row.type in UNSUBSCRIPTIONS else set()
    counts[UNSUBSCRIBED_RECIPIENTS] = len(unsubscribed)
    counts["unique_opens"] = len(openers)
    counts["unique_clicks"] = len(clickers)
    counts["implied_opens"] = len(clickers - openers)
    return counts, links
