"""Define a campaign blueprint."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """A blueprint. `file` is the name of its source in the stock."""

    id: int
    name: str
    subject: str
    tags: tuple[str, ...]
    file: str
    created_at: datetime
    updated_at: datetime

    @property
    def tag(self) -> tuple[str, ...]:
        """Return the tags; filters of listings use this name."""
        return self.tags

    @property
    def is_owner(self) -> bool:
        """Return False: no account owns a blueprint."""
        return False

    @property
    def is_not_owner(self) -> bool:
        return not self.is_owner
