"""Moments as dialects write them."""

from datetime import UTC, datetime


def iso_z(moment: datetime) -> str:
    """Return the moment in UTC to the second: 2024-11-18T18:08:20Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
