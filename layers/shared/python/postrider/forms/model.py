"""Define the sign-up form of a list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ACTIVE, DELETED = "active", "deleted"


class FormPlace(StrEnum):
    """The place where a form is shown: on a public page of Postrider, or embedded in another site."""

    LINKED = "linked"
    EMBEDDED = "embedded"


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form. `content` is the owner's HTML by place; it is untrusted, and cleaned before it is shown."""

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
