"""Format moments for dialects, and check periods."""

from datetime import UTC, datetime

from postrider.kit.errors import Invalid


def iso_z(moment: datetime) -> str:
    """Return the moment in UTC to the second: 2024-11-18T18:08:20Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_offset(moment: datetime | None) -> str:
    """Return the moment in UTC to the second, with a numeric offset: 2024-11-18T18:08:20+00:00; blank for None."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def check_period(start_time: int | None, end_time: int | None) -> None:
    """Raise Invalid for a period, between two moments in Unix seconds, that ends before it begins."""
    if start_time is not None and end_time is not None and end_time < start_time:
        reason = "The period ends before it begins: give an end_time that is not before start_time."
        raise Invalid(reason, code="period_invalid", field="end_time")
