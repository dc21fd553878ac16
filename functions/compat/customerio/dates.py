"""Convert dates of Customer.io: whole Unix seconds."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from postrider.kit.clock import from_unix, unix


def _seconds(value: Any) -> Any:
    return unix(value) if isinstance(value, datetime) else value


UnixTime = Annotated[int, BeforeValidator(_seconds), Field(json_schema_extra={"format": "unix-timestamp"})]
"""A moment of the domain as Unix seconds."""


def deduplicate_id(number: int | str, changed_at: datetime) -> str:
    """Return the id and the moment of the last change, by which clients distinguish versions of an object."""
    return f"{number}:{unix(changed_at)}"


_LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""


def check_seconds(seconds: int | None) -> int | None:
    """Check the moment of a caller. Raises ValueError for seconds out of range."""
    if seconds is not None and not 0 <= seconds <= _LAST_SECOND:
        raise ValueError("expected Unix seconds")
    return seconds


def moment_of(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_unix(seconds)
