"""Store counters by hour, by facet and by part.

They are written in the transaction of their events, so that they always equal a recount of the log. Each slot of a counter
partition has one item per day for counters by hour, one item for counters by facet, and one item per hour for counters by
variant and link: an item per day would become too large to be written with every event.
"""

from collections import Counter
from typing import Any

from postrider.mail_events import calendar, counters, facets, parts
from postrider.mail_events.calendar import HourCounts
from postrider.mail_events.facets import FacetCounts
from postrider.mail_events.parts import PartCounts

_DAY, _FACETS, _PARTS = "day#", "facets#", "parts#"
_DAY_S = 86_400


def increments_of_hours(pk: str, shard: int, slot: int, counts: HourCounts) -> list[dict[str, Any]]:
    """Return the writes that add to the counters of hours, one for each day, as parts of a transaction."""
    days: dict[int, Counter[str]] = {}
    for (hour, measure), by in counts.items():
        days.setdefault(calendar.day_of(hour), Counter())[calendar.attribute_of(hour, measure)] += by
    return [
        counters.increment_of(
            pk,
            f"{_DAY}{day:06d}#{shard}#{slot}",
            attributes,
            expires_at=(day + calendar.KEPT_DAYS + 1) * _DAY_S,
        )
        for day, attributes in sorted(days.items())
    ]


def read_hours(pk: str, first_hour: int, last_hour: int) -> HourCounts:
    """Return the counters by hour, from the first to the last hour, inclusive; the items of these days are read."""
    counts: HourCounts = Counter()
    first, last = f"{_DAY}{calendar.day_of(first_hour):06d}", f"{_DAY}{calendar.day_of(last_hour):06d}~"
    for sk, attributes in counters.items_between(pk, first, last):
        day = int(sk.split("#")[1])
        for attribute, by in attributes.items():
            hour, measure = calendar.measure_of(day, attribute)
            if first_hour <= hour <= last_hour:
                counts[hour, measure] += by
    return counts


def increments_of_parts(pk: str, shard: int, slot: int, counts: PartCounts) -> list[dict[str, Any]]:
    """Return the writes that add to the counters by variant and link, one for each hour, as parts of a transaction."""
    hours: dict[int, Counter[str]] = {}
    for (hour, part, measure), by in counts.items():
        hours.setdefault(hour, Counter())[parts.attribute_of(part, measure)] += by
    return [
        counters.increment_of(
            pk,
            f"{_PARTS}{hour:08d}#{shard}#{slot}",
            attributes,
            expires_at=(calendar.day_of(hour) + calendar.KEPT_DAYS + 1) * _DAY_S,
        )
        for hour, attributes in sorted(hours.items())
    ]


def read_parts(pk: str, first_hour: int, last_hour: int) -> PartCounts:
    """Return the counters by variant and link, from the first to the last hour, inclusive."""
    counts: PartCounts = Counter()
    for sk, attributes in counters.items_between(pk, f"{_PARTS}{first_hour:08d}", f"{_PARTS}{last_hour:08d}~"):
        hour = int(sk.split("#")[1])
        for attribute, by in attributes.items():
            counts[hour, *parts.part_of(attribute)] += by
    return counts


def increment_of_facets(pk: str, shard: int, slot: int, counts: FacetCounts) -> dict[str, Any]:
    """Return the write that adds to the counters by facet, as a part of a transaction."""
    attributes = {facets.attribute_of(*key): by for key, by in counts.items()}
    return counters.increment_of(pk, f"{_FACETS}{shard}#{slot}", attributes)


def read_facets(pk: str) -> FacetCounts:
    """Return the sums over all shards."""
    counts: FacetCounts = Counter()
    for _, attributes in counters.items_with(pk, _FACETS):
        for attribute, by in attributes.items():
            counts[facets.facet_of(attribute)] += by
    return counts
