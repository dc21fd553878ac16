"""Define a template."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Template:
    """`content_id` names the stored content. `trigger_name` is a second, unique name that programs send mails by."""

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
        """Return the tags under the name that filters of listings use."""
        return self.tags

    @property
    def is_owner(self) -> bool:
        """Return whether the account made the template itself. No template is shared between accounts."""
        return True

    @property
    def is_not_owner(self) -> bool:
        return not self.is_owner
