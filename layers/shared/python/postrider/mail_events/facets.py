"""Measures of a source by device, mail client and domain of the recipient, and the names under which they are stored; pure."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from postrider.kit.provider_domains import OTHER
from postrider.mail_events.calendar import CODES, MEASURE_OF, measures_of, measures_of_row
from postrider.mail_events.model import Event, EventType, LogRow

_BY_SOFTWARE = frozenset({"opens", "unique_opens", "clicks", "unique_clicks"})


class Facet(StrEnum):
    """A property by which events are counted. The values are stored."""

    DEVICE = "d"
    CLIENT = "c"
    DOMAIN = "m"


FacetCounts = Counter[tuple[Facet, str, str]]
"""Counts by facet, its value and measure."""


def facets_of(event: Event, domain: str, counts: Mapping[str, int]) -> FacetCounts:
    """Return the growth of the counters by facet for an event that adds `counts` to the totals.

    Devices and clients are counted for people only. Unique numbers count the first open and click of each recipient.
    """
    assert event.source is not None
    facets: FacetCounts = Counter()
    for measure, by in measures_of(counts, event.source.kind).items():
        facets[Facet.DOMAIN, domain, measure] = by
        if measure in _BY_SOFTWARE:
            facets[Facet.DEVICE, event.device or OTHER, measure] = by
            facets[Facet.CLIENT, event.client or OTHER, measure] = by
    return facets


def attribute_of(facet: Facet, value: str, measure: str) -> str:
    """Return the name of the attribute that counts a measure."""
    return f"{facet}:{value}:{CODES.get(measure, measure)}"


def facet_of(attribute: str) -> tuple[Facet, str, str]:
    """Return the facet, its value and the measure that an attribute counts."""
    facet, value, code = attribute.split(":")
    return Facet(facet), value, MEASURE_OF.get(code, code)


def recount(rows: list[LogRow], domains: Mapping[int, str]) -> FacetCounts:
    """Compute the counters of a source from its log and the domains of its recipients; the stored counters must be equal."""
    counts: FacetCounts = Counter()
    for row in rows:
        for measure in measures_of_row(row):
            counts[Facet.DOMAIN, domains.get(row.contact_id, OTHER), measure] += 1
            if measure in _BY_SOFTWARE and row.type in (EventType.OPENED, EventType.CLICKED):
                counts[Facet.DEVICE, row.device or OTHER, measure] += 1
                counts[Facet.CLIENT, row.client or OTHER, measure] += 1
    return counts
