"""Compute series and breakdowns of mails from counters by hour and facet; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from postrider.kit.provider_domains import OTHER
from postrider.mail_events.calendar import OPENERS, HourCounts, sent_measure
from postrider.mail_events.facets import Facet, FacetCounts
from postrider.mail_events.model import UNSUBSCRIBED_RECIPIENTS, UNSUBSCRIPTIONS, EventType
from postrider.mail_events.source import SourceKind
from postrider.reports.rules import COUNTED_BOUNCES

HOURLY_HOURS: Final = 48
"""Number of hours from the start of a source with hourly steps in its series; later steps are days."""
SERIES_DAYS: Final = 92
"""Maximum number of days in the series of a source, which bounds its cost; later opens and clicks are rare."""
HOUR_S: Final = 3600
DAY_HOURS: Final = 24


@dataclass(frozen=True, kw_only=True)
class SeriesStep:
    """A step of a series: `counts` by measure for `hours` hours from `start` (Unix seconds)."""

    start: int
    hours: int
    counts: Counter[str]

    @property
    def sent(self) -> int:
        return sum(self.counts[sent_measure(kind)] for kind in SourceKind)

    @property
    def bounced(self) -> int:
        return bounces_in(self.counts)

    @property
    def left(self) -> int:
        """Return the number of unsubscriptions of contacts, from the list or from all lists."""
        return sum(self.counts[event_type] for event_type in UNSUBSCRIPTIONS)


def bounces_in(counts: Mapping[str, int]) -> int:
    """Return the number of bounces of all classes."""
    return sum(counts.get(bounce, 0) for bounce in COUNTED_BOUNCES)


def last_hour_of_series(first_hour: int, this_hour: int) -> int:
    """Return the last hour of the series of a source that began in `first_hour`."""
    return min(this_hour, first_hour + SERIES_DAYS * DAY_HOURS - 1)


def series(counts: HourCounts, first_hour: int, last_hour: int) -> list[SeriesStep]:
    """Return the steps from the first to the last hour: HOURLY_HOURS hours, then spans of 24 hours."""
    hourly_end = min(last_hour + 1, first_hour + HOURLY_HOURS)
    steps = [(hour, 1) for hour in range(first_hour, hourly_end)]
    steps += [(hour, DAY_HOURS) for hour in range(hourly_end, last_hour + 1, DAY_HOURS)]
    return list(_steps(counts, steps))


def days(counts: HourCounts, first_hour: int, last_hour: int) -> list[SeriesStep]:
    """Return a step for each calendar day (UTC) from the first to the last hour."""
    first_day, last_day = first_hour // DAY_HOURS, last_hour // DAY_HOURS
    return list(_steps(counts, [(day * DAY_HOURS, DAY_HOURS) for day in range(first_day, last_day + 1)]))


def _steps(counts: HourCounts, steps: Iterable[tuple[int, int]]) -> Iterator[SeriesStep]:
    by_hour: dict[int, Counter[str]] = {}
    for (hour, measure), count in counts.items():
        by_hour.setdefault(hour, Counter())[measure] += count
    for first, hours in steps:
        total: Counter[str] = Counter()
        for hour in range(first, first + hours):
            total.update(by_hour.get(hour, {}))
        yield SeriesStep(start=first * HOUR_S, hours=hours, counts=total)


class Breakdown(StrEnum):
    """A property by which the figures of a source are divided."""

    DEVICE = "device"
    CLIENT = "client"
    DOMAIN = "domain"
    BOUNCE = "bounce"


FACETS: Final = {Breakdown.DEVICE: Facet.DEVICE, Breakdown.CLIENT: Facet.CLIENT, Breakdown.DOMAIN: Facet.DOMAIN}


@dataclass(frozen=True, kw_only=True)
class BreakdownPart:
    """A part of a breakdown. A figure that cannot be divided is None: only domains have sent mails, bounces and complaints."""

    value: str
    sent: int | None = None
    opens: int | None = None
    unique_opens: int | None = None
    clicks: int | None = None
    unique_clicks: int | None = None
    bounced: int | None = None
    bounced_hard: int | None = None
    complaints: int | None = None
    unsubscribed: int | None = None

    @property
    def weight(self) -> tuple[int, str]:
        """Return the sort key of a part: the largest first, then by value; the part of all other values is the last."""
        size = self.sent or self.unique_opens or self.opens or self.bounced or self.clicks or 0
        return (-size if self.value != OTHER else 1, self.value)


def parts_by_software(facets: FacetCounts, by: Breakdown) -> list[BreakdownPart]:
    """Return the opens and clicks of people by device or by client."""
    return sorted(
        (
            BreakdownPart(
                value=value,
                opens=counts["opens"],
                unique_opens=counts["unique_opens"],
                clicks=counts["clicks"],
                unique_clicks=counts["unique_clicks"],
            )
            for value, counts in _by_value(facets, FACETS[by]).items()
        ),
        key=lambda part: part.weight,
    )


def parts_by_domain(facets: FacetCounts, sent_by_domain: Mapping[str, int]) -> list[BreakdownPart]:
    """Return the outcomes of mails by domain of their recipients; unique opens include opens that a click implies."""
    by_value = _by_value(facets, Facet.DOMAIN)
    parts = []
    for value in by_value.keys() | sent_by_domain.keys():
        counts = by_value.get(value, Counter[str]())
        part = BreakdownPart(
            value=value,
            sent=sent_by_domain.get(value, 0),
            opens=counts["opens"],
            unique_opens=counts[OPENERS],
            clicks=counts["clicks"],
            unique_clicks=counts["unique_clicks"],
            bounced=bounces_in(counts),
            bounced_hard=counts[EventType.BOUNCED_HARD],
            complaints=counts[EventType.COMPLAINED],
            unsubscribed=counts[UNSUBSCRIBED_RECIPIENTS],
        )
        parts.append(part)
    return sorted(parts, key=lambda part: part.weight)


def parts_by_bounce(counts: Mapping[str, int]) -> list[BreakdownPart]:
    """Return the numbers of bounces by class, without classes that did not occur."""
    parts = [
        BreakdownPart(value=bounce.value, bounced=counts[bounce]) for bounce in COUNTED_BOUNCES if counts.get(bounce)
    ]
    return sorted(parts, key=lambda part: part.weight)


def _by_value(facets: FacetCounts, wanted: Facet) -> dict[str, Counter[str]]:
    by_value: dict[str, Counter[str]] = {}
    for (facet, value, measure), count in facets.items():
        if facet == wanted:
            by_value.setdefault(value, Counter())[measure] += count
    return by_value
