"""An entry of an account's suppression list."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    MANUAL = "manual"
    BOUNCE = "bounce"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    COMPLAINT = "complaint"


LOCKED = frozenset({Source.GLOBAL_UNSUBSCRIBE, Source.COMPLAINT})
"""What people themselves asked for: the account cannot take it back (reference, section 7)."""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """`pattern` is a canonical address, `*@domain` or `local@*`; None once the person was erased: the digest stays."""

    account_id: str
    digest: str
    pattern: str | None
    source: Source
    added_at: datetime

    @property
    def wildcard(self) -> bool:
        return self.pattern is not None and "*" in self.pattern
