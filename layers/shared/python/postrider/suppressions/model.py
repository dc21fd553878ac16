"""Define the entry of a suppression list."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    MANUAL = "manual"
    BOUNCE = "bounce"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    COMPLAINT = "complaint"


LOCKED = frozenset({Source.GLOBAL_UNSUBSCRIBE, Source.COMPLAINT})
"""Sources of entries that people requested themselves. The account cannot remove them (main-api.md, section 7)."""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """An entry. `pattern` is a canonical address, `*@domain` or `local@*`; None after the erasure of the person."""

    account_id: str
    digest: str
    pattern: str | None
    source: Source
    added_at: datetime

    @property
    def is_erasure(self) -> bool:
        """Whether the person was erased: nothing may be stored about them until the account lifts the erasure."""
        return self.pattern is None
