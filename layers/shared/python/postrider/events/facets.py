"""Counters of a source by device, mail client and domain of the recipient, written with its totals."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from postrider.events import counters
from postrider.events.calendar import CODES, measures_of, measures_of_row
from postrider.events.model import Event, EventType, LogRow
from postrider.kit.mailbox_domains import OTHER

_FACETS = "facets#"
_BY_SOFTWARE = frozenset({"opens", "unique_opens", "clicks", "unique_clicks"})
_MEASURE_OF = {code: measure for measure, code in CODES.items()}


class Facet(StrEnum):
    """A property by which the counters are told apart. The values are stored."""

    DEVICE = "d"
    CLIENT = "c"
    DOMAIN = "m"


FacetCounts = Counter[tuple[Facet, str, str]]
"""Counts by facet, its value and measure."""


def facet_key(shard: int, slot: int) -> str:
    """Return the sort key of a part of the counters of one shard."""
    return f"{_FACETS}{shard}#{slot}"


def facets_of(event: Event, domain: str, counts: Mapping[str, int]) -> FacetCounts:
    """Return the growth of the counters by facet for an event that makes the totals grow by `counts`.

    Devices and clients are those of people. The unique numbers are those of the first opens and clicks of recipients.
    """
    assert event.source is not None
    facets: FacetCounts = Counter()
    for measure, by in measures_of(counts, event.source.kind).items():
        facets[Facet.DOMAIN, domain, measure] = by
        if measure in _BY_SOFTWARE:
            facets[Facet.DEVICE, event.device or OTHER, measure] = by
            facets[Facet.CLIENT, event.client or OTHER, measure] = by
    return facets


def stored_names(facets: FacetCounts) -> dict[str, int]:
    """Return the counters by the names of their attributes."""
    return {f"{facet}:{value}:{CODES.get(measure, measure)}": by for (facet, value, measure), by in facets.items()}


def read_facets(pk: str) -> FacetCounts:
    """Return the sums over all shards."""
    counts: FacetCounts = Counter()
    for _, names in counters.items_with(pk, _FACETS):
        for name, by in names.items():
            facet, value, code = name.split(":")
            counts[Facet(facet), value, _MEASURE_OF.get(code, code)] += by
    return counts


def recount(rows: list[LogRow], domains: Mapping[int, str]) -> FacetCounts:
    """Compute the counters of a source from its log and the domains of its recipients; the stored ones must equal them."""
    counts: FacetCounts = Counter()
    for row in rows:
        for measure in measures_of_row(row):
            counts[Facet.DOMAIN, domains.get(row.contact_id, OTHER), measure] += 1
            if measure in _BY_SOFTWARE and row.type in (EventType.OPENED, EventType.CLICKED):
                counts[Facet.DEVICE, row.device or OTHER, measure] += 1
                counts[Facet.CLIENT, row.client or OTHER, measure] += 1
    return counts
