"""Measures that are counted by hour, and the names under which they are stored; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from postrider.mail_events.model import UNSUBSCRIBED_RECIPIENTS, UNSUBSCRIPTIONS, EventType, LogRow
from postrider.mail_events.source import SourceKind

HOUR_MS = 3_600_000
HOURS_A_DAY = 24
KEPT_DAYS = 400
"""Retention of the counters: the same as of the rows of the log."""
OPENERS = "openers"
"""Recipients who opened, or clicked without a recorded open, counted in the hour of their first open or click."""

_IMPLIED = "implied_opens"
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
"""The stored names of measures, which never change. They are short: an item of a busy day has about a kilobyte. Measures
without a code are stored by their name."""
MEASURE_OF = {code: measure for measure, code in CODES.items()}


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

    If an open is recorded after a click that implied it, only the totals change: `openers` counts each recipient once, in
    the hour of the first recorded open or click.
    """
    measures = Counter({name: by for name, by in counts.items() if name != _IMPLIED})
    measures[OPENERS] = counts.get("unique_opens", 0) + counts.get(_IMPLIED, 0)
    if sent := measures.pop(EventType.SENT, 0):
        measures[sent_measure(kind)] = sent
    return +measures


def attribute_of(hour: int, measure: str) -> str:
    """Return the name of the attribute that counts a measure of an hour, in the item of its day."""
    return f"{hour % HOURS_A_DAY:0{_HOUR_DIGITS}d}{CODES.get(measure, measure)}"


def measure_of(day: int, attribute: str) -> tuple[int, str]:
    """Return the hour and the measure that an attribute of the item of a day counts."""
    hour, code = int(attribute[:_HOUR_DIGITS]), attribute[_HOUR_DIGITS:]
    return day * HOURS_A_DAY + hour, MEASURE_OF.get(code, code)


def recount(rows: Iterable[LogRow]) -> HourCounts:
    """Compute the counters by hour of a source from its log; the stored counters must be equal."""
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
