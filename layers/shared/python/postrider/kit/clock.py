"""Read the clock and convert moments. A Clock is passed as an argument and called for the current moment."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def unix(moment: datetime) -> int:
    """Return a moment as Unix seconds, rounded down."""
    return int(moment.timestamp())


def unix_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else unix(moment)


def from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
