"""A segment: a filter with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The contacts of a list that match a tree; without `language` all of them.

    `expression` is as it was given, and `tree` the stored form of its tree with ids. `names` are those in the tree, by kind
    and id, when it was bound: the expression is right as long as they have not changed.
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
