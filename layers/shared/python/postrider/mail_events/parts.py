"""Measures of a campaign by hour, variant of its content and link, and the names under which they are stored; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from postrider.mail_events.calendar import CODES, HOUR_MS, MEASURE_OF, measures_of, measures_of_row
from postrider.mail_events.model import Event, EventType, LogRow
from postrider.mail_events.source import SourceKind


@dataclass(frozen=True, slots=True, order=True)
class CounterPart:
    """The mails with one variant of a content (0: it has none), or the clicks of one link in them."""

    variant: int = 0
    link: int = 0


PartCounts = Counter[tuple[int, CounterPart, str]]
"""Counts by hour (since 1970), part and measure. Clicks of a link are unique if they are a person's first one of it."""


def parts_of(event: Event, variant: int, counts: Mapping[str, int], *, is_new_link: bool) -> PartCounts:
    """Return the growth of the counters by part for an event that adds `counts` to the totals.

    Contents without variants are counted by link only: their other measures equal the counters of the campaign.
    """
    parts: PartCounts = Counter()
    if event.source is None or event.source.kind != SourceKind.CAMPAIGN:
        return parts
    hour = event.at_ms // HOUR_MS
    if variant:
        for measure, by in measures_of(counts, event.source.kind).items():
            parts[hour, CounterPart(variant), measure] = by
    if event.link_id is not None:
        link = CounterPart(variant, event.link_id)
        parts[hour, link, "bot_clicks" if event.is_bot else "clicks"] = 1
        if is_new_link:
            parts[hour, link, "unique_clicks"] = 1
    return parts


def attribute_of(part: CounterPart, measure: str) -> str:
    """Return the name of the attribute that counts a measure of a part, in the item of an hour."""
    return f"{part.variant}.{part.link}:{CODES.get(measure, measure)}"


def part_of(attribute: str) -> tuple[CounterPart, str]:
    """Return the part and the measure that an attribute counts."""
    name, _, code = attribute.partition(":")
    variant, _, link = name.partition(".")
    return CounterPart(int(variant), int(link)), MEASURE_OF.get(code, code)


def recount(rows: Iterable[LogRow]) -> PartCounts:
    """Compute the counters by part of a campaign from its log; the stored counters must be equal."""
    counts: PartCounts = Counter()
    for row in rows:
        hour = int(row.at.timestamp()) // 3600
        if row.variant:
            counts.update((hour, CounterPart(row.variant), measure) for measure in measures_of_row(row))
        if row.type == EventType.CLICKED and row.link_id is not None:
            link = CounterPart(row.variant, row.link_id)
            counts[hour, link, "bot_clicks" if row.is_bot else "clicks"] += 1
            counts[hour, link, "unique_clicks"] += row.new_link
    return +counts
