"""Dates of Customer.io: whole Unix seconds."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from postrider.kit.clock import unix


def _seconds(value: Any) -> Any:
    return unix(value) if isinstance(value, datetime) else value


UnixTime = Annotated[int, BeforeValidator(_seconds), Field(json_schema_extra={"format": "unix-timestamp"})]
"""A moment of the domain as Unix seconds."""


def deduplicate_id(number: int | str, changed_at: datetime) -> str:
    """Return the id and the moment of the last change, by which clients tell versions of an object apart."""
    return f"{number}:{unix(changed_at)}"
