"""A segment: a selection with a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The expression is kept in the language it was given in, `language` None means every contact of the list."""

    id: int
    account_id: str
    list_id: int
    name: str
    created_at: datetime
    language: str | None = None
    expression: str | dict[str, Any] | None = None
    campaigns_count: int = 0
    last_used_at: datetime | None = None
