"""Compute figures of a campaign or a variant of its content by calendar period; pure.

Days begin at midnight of a time zone without daylight saving time, weeks on Sunday, months on the first day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from postrider.delivery.model import Slice, SliceKind
from postrider.mail_events.parts import CounterPart, PartCounts

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.mail_events.calendar import HourCounts

ZONE: Final = timezone(timedelta(hours=-5))
_HOUR_S: Final = 3600
_MONTHS_A_YEAR: Final = 12


class Period(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


MOST: Final[Mapping[Period, int]] = {Period.HOURS: 24, Period.DAYS: 45, Period.WEEKS: 12, Period.MONTHS: 120}
USUAL: Final[Mapping[Period, int]] = {**MOST, Period.MONTHS: 12}
LEAST: Final = 2
"""Numbers of steps of a series: the maximum, the default, and the minimum."""

CREATED, ATTEMPTED, SENT = "created", "attempted", "sent"
FAILED, SKIPPED, SUPPRESSED, UNKNOWN = "not_sent", "skipped", "suppressed", "unknown"
"""Measures of recipients by outcome, in addition to measures of events. CREATED counts all decided recipients."""
_MEASURES: Final[Mapping[SliceKind, tuple[str, ...]]] = {
    SliceKind.SENT: (CREATED, ATTEMPTED, SENT),
    SliceKind.FAILED: (CREATED, ATTEMPTED, FAILED),
    SliceKind.SKIPPED: (CREATED, SKIPPED),
    SliceKind.SUPPRESSED: (CREATED, SUPPRESSED),
    SliceKind.UNKNOWN: (CREATED, ATTEMPTED, UNKNOWN),
}


def steps_of(period: Period, steps: int | None) -> int:
    """Return the number of steps of a series; 0 and numbers above the maximum mean the maximum."""
    if steps is None:
        return USUAL[period]
    return min(max(steps, LEAST), MOST[period]) if steps else MOST[period]


def starts_of(period: Period, steps: int, now: datetime) -> list[int]:
    """Return the first hours (since 1970) of the latest periods, the oldest first; the last period is the current one."""
    local = now.astimezone(ZONE)
    if period == Period.HOURS:
        last = int(now.timestamp()) // _HOUR_S
        return list(range(last - steps + 1, last + 1))
    if period == Period.MONTHS:
        months = local.year * _MONTHS_A_YEAR + local.month - 1
        days = [
            date(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1)
            for month in range(months - steps + 1, months + 1)
        ]
    else:
        length = 7 if period == Period.WEEKS else 1
        since_sunday = local.isoweekday() % 7 if period == Period.WEEKS else 0
        first = local.date() - timedelta(days=since_sunday + (steps - 1) * length)
        days = [first + timedelta(days=place * length) for place in range(steps)]
    return [int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) // _HOUR_S for day in days]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Counts by measure for each period. `starts` are the first hours of the periods, the oldest first."""

    starts: Sequence[int]
    counts: Sequence[Counter[str]]

    def values(self, *measures: str) -> list[int]:
        """Return the sum of some measures in each period."""
        return [sum(count[measure] for measure in measures) for count in self.counts]


@dataclass(frozen=True, kw_only=True)
class LinkSeries:
    """The clicks of people on a link in each period; `unique` counts the first click of each person on the link.

    `machines` are the clicks of machines, which the other numbers exclude.
    """

    id: int
    target: str
    clicks: Sequence[int]
    unique: Sequence[int]
    machines: Sequence[int]


def hours_of_outcomes(slices: Mapping[Slice, int], variant: int | None = None) -> HourCounts:
    """Return the recipients in slices by hour and measure, of one variant or of all."""
    hours: HourCounts = Counter()
    for part, count in slices.items():
        if variant in (None, part.variant):
            for measure in _MEASURES[part.kind]:
                hours[part.hour, measure] += count
    return hours


def hours_of_sent(sent_by_hour: Mapping[int, int]) -> HourCounts:
    """Return the mails sent by hour in the form of `hours_of_outcomes`."""
    measures = _MEASURES[SliceKind.SENT]
    return Counter({(hour, measure): sent for hour, sent in sent_by_hour.items() for measure in measures})


def hours_of_variant(parts: PartCounts, variant: int) -> HourCounts:
    """Return the events by hour and measure of the mails with a variant."""
    return Counter({(hour, measure): by for (hour, part, measure), by in parts.items() if part == CounterPart(variant)})


def series(starts: Sequence[int], counts: HourCounts) -> Series:
    """Return the counts by period, for periods that begin at these hours."""
    totals = [Counter[str]() for _ in starts]
    for (hour, measure), by in counts.items():
        if (place := bisect_right(starts, hour) - 1) >= 0:
            totals[place][measure] += by
    return Series(starts=starts, counts=totals)


def link_series(
    starts: Sequence[int], parts: PartCounts, targets: Mapping[int, str], variant: int | None = None
) -> list[LinkSeries]:
    """Return the clicks of the links with these targets by number of the link, in one variant or in all mails."""
    links: dict[int, HourCounts] = {number: Counter() for number in targets}
    for (hour, part, measure), by in parts.items():
        if part.link and variant in (None, part.variant):
            links.setdefault(part.link, Counter())[hour, measure] += by
    return [
        LinkSeries(
            id=number,
            target=targets.get(number, ""),
            clicks=series(starts, counts).values("clicks"),
            unique=series(starts, counts).values("unique_clicks"),
            machines=series(starts, counts).values("bot_clicks"),
        )
        for number, counts in sorted(links.items())
    ]
