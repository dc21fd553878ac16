"""Define a segment: a filter with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A named filter of a list; without a `language` it matches all contacts.

    `expression` is the text of the author, and `tree` the stored form of its bound tree. `names` are the names of the ids in
    the tree when it was bound: the expression is current as long as these names are.
    """

    id: int
    account_id: str
    list_id: int
    name: str
    created_at: datetime
    language: str | None = None
    expression: str | dict[str, Any] | None = None
    tree: list[Any] | None = None
    names: Mapping[str, dict[str, str]] = field(default_factory=dict)
    campaigns_count: int = 0
    last_used_at: datetime | None = None
