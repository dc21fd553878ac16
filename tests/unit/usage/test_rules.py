"""Months of usage, and limits."""

from datetime import UTC, datetime

import pytest

from postrider.usage.rules import limit_of, period_of, share


def day(year: int, month: int, number: int, hour: int = 0) -> datetime:
    return datetime(year, month, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "starts_on", "start", "end"),
    [
        (day(2026, 3, 15, 12), None, day(2026, 3, 1), day(2026, 4, 1)),
        (day(2026, 3, 15), day(2024, 1, 15), day(2026, 3, 15), day(2026, 4, 15)),
        (day(2026, 3, 14, 23), day(2024, 1, 15), day(2026, 2, 15), day(2026, 3, 15)),
        (day(2026, 3, 1), day(2024, 1, 31), day(2026, 2, 28), day(2026, 3, 31)),
        (day(2026, 2, 28), day(2024, 1, 31), day(2026, 2, 28), day(2026, 3, 31)),
        (day(2026, 1, 5), day(2024, 1, 20), day(2025, 12, 20), day(2026, 1, 20)),
        (day(2025, 12, 31), None, day(2025, 12, 1), day(2026, 1, 1)),
    ],
)
def test_a_month_begins_on_the_day_that_the_partner_chose(
    now: datetime, starts_on: datetime | None, start: datetime, end: datetime
) -> None:
    period = period_of(now, None if starts_on is None else int(starts_on.timestamp()))
    assert (period.start, period.end) == (start, end)


def test_a_limit_below_zero_is_none() -> None:
    limits = {"per_month": -1, "per_campaign": 0}
    assert [limit_of(limits, name) for name in ("per_month", "per_campaign", "maximum_contacts")] == [None, 0, None]


def test_the_used_share_of_a_limit() -> None:
    assert [share(5, None), share(5, 20), share(5, 0), share(30, 20)] == [0.0, 0.25, 1.0, 1.5]
