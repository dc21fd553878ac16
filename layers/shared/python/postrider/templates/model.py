"""Define a template."""

from dataclasses import dataclass
from datetime import datetime

NO_TEMPLATE = 1
"""The number that stands for mails without a template; no template has it."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template. `content_id` is the id of its stored content. `trigger_name` is a second, unique name for programs."""

    id: int
    account_id: str
    name: str
    content_id: str
    created_at: datetime
    updated_at: datetime
    tags: list[str]
    trigger_name: str | None = None
    snippets: list[str] | None = None

    @property
    def tag(self) -> list[str]:
        """Return the tags; filters of listings use this name."""
        return self.tags

    @property
    def is_owner(self) -> bool:
        """Return True: the account owns all of its templates."""
        return True

    @property
    def is_not_owner(self) -> bool:
        return not self.is_owner
