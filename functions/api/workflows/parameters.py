"""Parameters of the routes of workflows, and the ids in them: numbers as decimal text."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

WorkflowId = Annotated[str, Path()]
ActionId = Annotated[str, Path()]
BlueprintId = Annotated[str, Path()]
LOCK_KEY_PATTERN = r"^[a-zA-Z0-9-_]{8,}$"
LockKey = Annotated[
    str | None,
    Query(
        pattern=LOCK_KEY_PATTERN,
        description="Key of a lock held by the caller; a workflow locked with another key refuses the call.",
    ),
]
MAX_ID_CHARS = 15
NO_ID = 0
"""The id of nothing."""


def number(text: str) -> int:
    """Return an id as a number, and NO_ID for a text that is no id."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= MAX_ID_CHARS and not text.startswith("0")
    return int(text) if is_id else NO_ID
