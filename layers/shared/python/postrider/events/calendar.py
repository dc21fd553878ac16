"""Counters by hour: one item a day for each slot of a counter partition, with an attribute for each hour and measure.

They are written in the transaction of the events that they count, so that they always equal a recount of the log.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from postrider.events import counters
from postrider.events.model import UNSUBSCRIBED_RECIPIENTS, UNSUBSCRIPTIONS, EventType, LogRow
from postrider.events.source import SourceKind

HOUR_MS = 3_600_000
HOURS_A_DAY = 24
KEPT_DAYS = 400
"""As long as the rows of the log."""
OPENERS = "openers"
"""Recipients who opened, or clicked without a recorded open, in the hour of the first of these."""

_IMPLIED = "implied_opens"
_DAY = "day#"
_HOUR_DIGITS = 2

HourCounts = Counter[tuple[int, str]]
"""Counts by hour (since 1970) and measure."""

CODES: Mapping[str, str] = {
    "opens": "o",
    "unique_opens": "u",
    OPENERS: "p",
    "bot_opens": "m",
    "clicks": "c",
    "unique_clicks": "k",
    "bot_clicks": "n",
    EventType.COMPLAINED: "x",
    EventType.UNSUBSCRIBED: "l",
    EventType.UNSUBSCRIBED_FROM_ACCOUNT: "g",
    UNSUBSCRIBED_RECIPIENTS: "r",
    EventType.SUBSCRIBED: "j",
    EventType.BOUNCED: "b",
    EventType.BOUNCED_HARD: "bh",
    EventType.BOUNCED_SOFT: "bs",
    EventType.BOUNCED_MAILBOX_FULL: "bf",
    EventType.BOUNCED_BLOCKED: "bb",
    EventType.BOUNCED_TRANSIENT: "bt",
    EventType.BOUNCED_CHALLENGED: "bc",
    EventType.BOUNCED_ADDRESS_CHANGED: "ba",
    EventType.BOUNCED_NO_DOMAIN: "bd",
    EventType.BOUNCED_AUTO_REPLY: "br",
    f"sent_{SourceKind.CAMPAIGN}": "sc",
    f"sent_{SourceKind.WORKFLOW_ACTION}": "sw",
    f"sent_{SourceKind.TRANSACTIONAL}": "st",
}
"""The stored name of a measure, which never changes; short, so that a day of a busy slot is about a kilobyte. Measures
without a code are stored by their name."""
_MEASURE_OF = {code: measure for measure, code in CODES.items()}


def hour_of(at_ms: int) -> int:
    """Return the hour since 1970 of a moment in Unix milliseconds."""
    return at_ms // HOUR_MS


def day_of(hour: int) -> int:
    """Return the day since 1970 of an hour."""
    return hour // HOURS_A_DAY


def sent_measure(kind: SourceKind) -> str:
    """Return the measure of mails sent by sources of this kind."""
    return f"sent_{kind}"


def measures_of(counts: Mapping[str, int], kind: SourceKind) -> Counter[str]:
    """Return the measures of an hour for the growth of the totals by one event of a source of this kind.

    An open that a click implied moves from the hour of the click to that of the open in the totals only: `openers` counts
    each recipient once, when the first of both is recorded.
    """
    measures = Counter({name: by for name, by in counts.items() if name != _IMPLIED})
    measures[OPENERS] = counts.get("unique_opens", 0) + counts.get(_IMPLIED, 0)
    if sent := measures.pop(EventType.SENT, 0):
        measures[sent_measure(kind)] = sent
    return +measures


def increments_of(pk: str, shard: int, slot: int, counts: HourCounts) -> list[dict[str, Any]]:
    """Return the writes that add to the counters of hours, one for each day, as parts of a transaction."""
    days: dict[int, Counter[str]] = {}
    for (hour, measure), by in counts.items():
        name = f"{hour % HOURS_A_DAY:0{_HOUR_DIGITS}d}{CODES.get(measure, measure)}"
        days.setdefault(day_of(hour), Counter())[name] += by
    return [
        counters.increment_of(pk, _day_key(day, shard, slot), names, expires_at=(day + KEPT_DAYS + 1) * 86_400)
        for day, names in sorted(days.items())
    ]


def read_hours(pk: str, first_hour: int, last_hour: int) -> HourCounts:
    """Return the counters of the hours from the first to the last one, both included. Reads the items of these days."""
    counts: HourCounts = Counter()
    first, last = f"{_DAY}{day_of(first_hour):06d}", f"{_DAY}{day_of(last_hour):06d}~"
    for sk, names in counters.items_between(pk, first, last):
        day = int(sk.split("#")[1])
        for name, by in names.items():
            hour = day * HOURS_A_DAY + int(name[:_HOUR_DIGITS])
            if first_hour <= hour <= last_hour:
                code = name[_HOUR_DIGITS:]
                counts[hour, _MEASURE_OF.get(code, code)] += by
    return counts


def _day_key(day: int, shard: int, slot: int) -> str:
    return f"{_DAY}{day:06d}#{shard}#{slot}"


def recount(rows: Iterable[LogRow]) -> HourCounts:
    """Compute the counters of hours of a source from its log alone; the stored ones must equal them."""
    counts: HourCounts = Counter()
    for row in rows:
        for measure in measures_of_row(row):
            counts[int(row.at.timestamp()) // 3600, measure] += 1
    return counts


def measures_of_row(row: LogRow) -> Iterator[str]:
    """Yield the measures that a row counts for."""
    if row.type in (EventType.OPENED, EventType.CLICKED):
        noun = "opens" if row.type == EventType.OPENED else "clicks"
        yield f"bot_{noun}" if row.is_bot else noun
        if row.nth == 1 and not row.is_bot:
            yield f"unique_{noun}"
        if row.is_new:
            yield OPENERS
        return
    yield row.type
    if row.type in UNSUBSCRIPTIONS and row.is_new:
        yield UNSUBSCRIBED_RECIPIENTS
