"""Series of campaigns by calendar periods."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.delivery.model import Slice, SliceKind
from postrider.mail_events.parts import CounterPart
from postrider.reports import calendar
from postrider.reports.calendar import ZONE, Period

NOW = datetime(2026, 3, 4, 3, 30, tzinfo=UTC)
"""Tuesday, 22:30 in the zone of the reports."""


def moments(period: Period, steps: int, now: datetime = NOW) -> list[str]:
    starts = calendar.starts_of(period, steps, now)
    return [datetime.fromtimestamp(hour * 3600, ZONE).strftime("%a %Y-%m-%d %H:%M") for hour in starts]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period.HOURS, ["Tue 2026-03-03 21:00", "Tue 2026-03-03 22:00"]),
        (Period.DAYS, ["Mon 2026-03-02 00:00", "Tue 2026-03-03 00:00"]),
        (Period.WEEKS, ["Sun 2026-02-22 00:00", "Sun 2026-03-01 00:00"]),
        (Period.MONTHS, ["Sun 2026-02-01 00:00", "Sun 2026-03-01 00:00"]),
    ],
)
def test_the_last_period_is_the_present_period(period: Period, expected: list[str]) -> None:
    assert moments(period, 2) == expected


def test_a_sunday_begins_its_week_and_january_follows_december() -> None:
    assert moments(Period.WEEKS, 2, datetime(2026, 3, 1, 5, tzinfo=UTC))[-1] == "Sun 2026-03-01 00:00"
    assert moments(Period.WEEKS, 2, datetime(2026, 3, 1, 4, 59, tzinfo=UTC))[-1] == "Sun 2026-02-22 00:00"
    assert moments(Period.MONTHS, 3, datetime(2026, 1, 31, 12, tzinfo=UTC))[0] == "Sat 2025-11-01 00:00"


@pytest.mark.parametrize(
    ("period", "usual", "most"), [("hours", 24, 24), ("days", 45, 45), ("weeks", 12, 12), ("months", 12, 120)]
)
def test_steps_have_a_usual_number_a_least_and_a_most(period: str, usual: int, most: int) -> None:
    steps = [calendar.steps_of(Period(period), asked) for asked in (None, 0, 1, 2, 3, most, most + 1)]
    assert steps == [usual, most, 2, 2, 3, most, most]


@given(
    st.sampled_from(list(Period)),
    st.lists(st.tuples(st.integers(0, 60 * 24), st.integers(1, 5)), max_size=20),
    st.integers(2, 120),
)
def test_each_event_is_in_one_period_unless_it_is_older_than_all_periods(
    period: Period, happened: list[tuple[int, int]], steps: int
) -> None:
    starts = calendar.starts_of(period, calendar.steps_of(period, steps), NOW)
    hours: Counter[tuple[int, str]] = Counter()
    for ago, count in happened:
        hours[int((NOW - timedelta(hours=ago)).timestamp()) // 3600, "opens"] += count
    series = calendar.series(starts, hours)
    assert len(series.values("opens")) == len(starts)
    assert sum(series.values("opens")) == sum(by for (hour, _), by in hours.items() if hour >= starts[0])
    assert sorted(starts) == list(starts)


def test_recipients_are_told_apart_by_outcome_and_variant() -> None:
    slices = {Slice(kind, 10, variant): 1 for kind in SliceKind for variant in (0, 5)}
    hours = calendar.hours_of_outcomes(slices, 5)
    assert hours == {
        (10, "created"): 5,
        (10, "attempted"): 3,
        (10, "sent"): 1,
        (10, "not_sent"): 1,
        (10, "skipped"): 1,
        (10, "suppressed"): 1,
        (10, "unknown"): 1,
    }
    assert calendar.hours_of_outcomes(slices)[10, "created"] == 10


def test_links_of_a_variant_have_its_clicks_alone() -> None:
    parts: Counter[tuple[int, CounterPart, str]] = Counter(
        {
            (5, CounterPart(7, 1), "clicks"): 2,
            (5, CounterPart(7, 1), "unique_clicks"): 1,
            (6, CounterPart(8, 1), "clicks"): 4,
            (6, CounterPart(8), "clicks"): 4,
        }
    )
    whole = calendar.link_series([5, 6], parts, {1: "https://a", 2: "https://b"})
    assert [(link.id, link.target, link.clicks, link.unique) for link in whole] == [
        (1, "https://a", [2, 4], [1, 0]),
        (2, "https://b", [0, 0], [0, 0]),
    ]
    (of_variant,) = calendar.link_series([5, 6], parts, {1: "https://a"}, 7)
    assert of_variant.clicks == [2, 0]
