"""A sign-up form of a list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ACTIVE, DELETED = "active", "deleted"


class Place(StrEnum):
    """Where a form is shown: on a page of ours, or inside somebody's site."""

    LINKED = "linked"
    EMBEDDED = "embedded"


@dataclass(frozen=True, kw_only=True)
class Form:
    """`content` is HTML by place, as the owner gave it: it is cleaned when it is shown, never trusted."""

    id: str
    account_id: str
    list_id: int
    name: str
    language: str
    created_at: datetime
    updated_at: datetime
    content: dict[str, str | None] = field(default_factory=dict)
    redirections: dict[str, str | None] = field(default_factory=dict)
    double_opt_in: bool = True
    status: str = ACTIVE
