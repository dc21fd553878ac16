"""From events of a campaign's recipients to rows, flags and counters; pure.

The counters are sums over the rows by construction: an event changes both or neither. What is over a recipient's
allowance changes neither, so that somebody who fetches one pixel ten thousand times leaves a bounded trace.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from postrider.events.model import BOUNCES, Engagement, Event, LogRow, LogType, Recipient
from postrider.events.rules import digest, row_id
from postrider.kit.clock import from_unix

MAX_OPENS = 20
"""Rows kept of one recipient's opens of one campaign, and as many of its machine's; more are dropped."""
MAX_CLICKS = 50
MAX_VIEWS = 20
SCANNER_CLICK_MS = 2000
"""Nobody reads a mail and clicks within two seconds of its sending; a security scanner does."""
LINKS_PER_ITEM = 64

ONCE = BOUNCES | {LogType.SPAM, LogType.UNSUBSCRIBE, LogType.GLOBAL_UNSUBSCRIBE, LogType.RECEIVED, LogType.SENT}
"""These count once for each recipient of a campaign, however often they are reported."""

LEAVING = frozenset({LogType.UNSUBSCRIBE, LogType.GLOBAL_UNSUBSCRIBE})
LEFT = "left"
"""Counts recipients who left by either, or by both."""

_TEXT_CHARS = 512
_URL_CHARS = 2048


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one group of events changes: all of it or nothing is written.

    `rows` by digest of their event; `recipients` are those changed, with the version they were read at; `links` are
    counters `t<link>` and `u<link>` (total, unique) by the number of their item.
    """

    rows: dict[str, LogRow] = field(default_factory=dict)
    recipients: dict[int, Engagement] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    links: dict[int, Counter[str]] = field(default_factory=dict)


def plan(events: Iterable[Event], recipients: Mapping[int, Recipient]) -> Plan:
    """What is to be written for these events; those of contacts who are no recipients (any more) are dropped."""
    planned = Plan()
    for event in events:
        recipient = recipients.get(event.contact_id)
        mark = digest(event.event_id)
        if recipient is None or mark in planned.rows:
            continue
        event = _judged(event, recipient)
        before = planned.recipients.get(event.contact_id, recipient.engagement)
        after, counts = respond(before, event)
        if after is None:
            continue
        planned.rows[mark] = _row(event, mark, before, after)
        planned.recipients[event.contact_id] = after
        planned.versions[event.contact_id] = recipient.engagement.version
        planned.counts.update(counts)
        if event.link_id is not None and not event.is_bot:
            links = planned.links.setdefault(event.link_id // LINKS_PER_ITEM, Counter())
            links[f"t{event.link_id}"] += 1
            links[f"u{event.link_id}"] += event.link_id not in before.links
    return planned


def respond(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    """The recipient after the event and by how much each counter grows; None when the event does not count."""
    if event.type == LogType.OPEN:
        return _opened(before, event)
    if event.type == LogType.CLICKTHRU:
        return _clicked(before, event)
    if event.type in ONCE:
        if event.type in before.marks:
            return None, {}
        counts = {event.type.value: 1}
        if event.type in LEAVING and not LEAVING & before.marks:
            counts[LEFT] = 1
        return replace(before, marks=before.marks | {event.type.value}), counts
    if before.views >= MAX_VIEWS or (event.is_bot and event.type == LogType.FORWARD):
        return None, {}
    return replace(before, views=before.views + 1), {event.type.value: 1}


def _opened(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    if event.is_bot:
        if before.bot_opens >= MAX_OPENS:
            return None, {}
        return replace(before, bot_opens=before.bot_opens + 1), {"bot_opens": 1}
    if before.opens >= MAX_OPENS:
        return None, {}
    first = before.opens == 0
    counts = {"opens": 1, "unique_opens": int(first)}
    if first and before.clicks:  # it was implied by the click, now it is seen
        counts["implied_opens"] = -1
    return replace(before, opened=tuple(sorted((*before.opened, event.at_ms // 1000)))), counts


def _clicked(before: Engagement, event: Event) -> tuple[Engagement | None, dict[str, int]]:
    if event.is_bot:
        if before.bot_clicks >= MAX_CLICKS:
            return None, {}
        return replace(before, bot_clicks=before.bot_clicks + 1), {"bot_clicks": 1}
    if before.clicks >= MAX_CLICKS:
        return None, {}
    first = before.clicks == 0
    counts = {"clicks": 1, "unique_clicks": int(first), "implied_opens": int(first and not before.opens)}
    click = (event.at_ms // 1000, event.link_id or 0)
    return replace(before, clicked=tuple(sorted((*before.clicked, click)))), counts


def _judged(event: Event, recipient: Recipient) -> Event:
    too_soon = (
        event.type in (LogType.CLICKTHRU, LogType.FORWARD)
        and recipient.sent_at_ms is not None
        and event.at_ms - recipient.sent_at_ms < SCANNER_CLICK_MS
    )
    return replace(event, is_bot=True) if too_soon else event


def _row(event: Event, mark: str, before: Engagement, after: Engagement) -> LogRow:
    nth = {
        LogType.OPEN: after.bot_opens if event.is_bot else after.opens,
        LogType.CLICKTHRU: after.bot_clicks if event.is_bot else after.clicks,
    }.get(event.type, 1)
    new_link = event.link_id is not None and not event.is_bot and event.link_id not in before.links
    return row_of(event, mark, nth=nth, new_link=new_link)


def row_of(event: Event, mark: str, *, nth: int = 1, new_link: bool = False) -> LogRow:
    return LogRow(
        id=row_id(event.at_ms, event.contact_id),
        mark=mark,
        type=event.type,
        contact_id=event.contact_id,
        list_id=event.list_id,
        at=from_unix(event.at_ms // 1000),
        campaign_id=event.campaign_id,
        is_bot=event.is_bot,
        nth=nth,
        new_link=new_link,
        link_id=event.link_id,
        url=_cut(event.url, _URL_CHARS),
        ip=_cut(event.ip, 45),
        user_agent=_cut(event.user_agent, _TEXT_CHARS),
        detail=_cut(event.detail, _TEXT_CHARS),
    )


def _cut(text: str | None, chars: int) -> str | None:
    return text[:chars] if text else None


def recount(rows: Iterable[LogRow]) -> tuple[Counter[str], dict[int, Counter[str]]]:
    """The counters of a campaign and of its links, from nothing but its log. What the stored ones must equal."""
    counts: Counter[str] = Counter()
    links: dict[int, Counter[str]] = {}
    opened, clicked, followed, left = set(), set(), set(), set()
    for row in rows:
        if row.type == LogType.OPEN:
            counts["bot_opens" if row.is_bot else "opens"] += 1
            opened |= set() if row.is_bot else {row.contact_id}
        elif row.type == LogType.CLICKTHRU:
            counts["bot_clicks" if row.is_bot else "clicks"] += 1
            clicked |= set() if row.is_bot else {row.contact_id}
            if row.link_id is not None and not row.is_bot:
                link = links.setdefault(row.link_id, Counter())
                link["total"] += 1
                link["unique"] += (row.link_id, row.contact_id) not in followed
                followed.add((row.link_id, row.contact_id))
        else:
            counts[row.type.value] += 1
            left |= {row.contact_id} if row.type in LEAVING else set()
    counts[LEFT] = len(left)
    counts.update({"unique_opens": len(opened), "unique_clicks": len(clicked), "implied_opens": len(clicked - opened)})
    return counts, links
