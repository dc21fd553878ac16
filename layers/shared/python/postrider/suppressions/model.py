"""Define the entry of a suppression list."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SuppressionSource(StrEnum):
    MANUAL = "manual"
    BOUNCE = "bounce"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    COMPLAINT = "complaint"


LOCKED = frozenset({SuppressionSource.GLOBAL_UNSUBSCRIBE, SuppressionSource.COMPLAINT})
"""Sources of entries that the person has requested. The account cannot remove them (main-api.md, section 7)."""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """An entry. `pattern` is a canonical address, `*@domain` or `local@*`; None after the erasure of the person.

    `earlier_source` is the previous source, or None. `origin` names the rows of an import that added the entry.
    """

    account_id: str
    digest: str
    pattern: str | None
    source: SuppressionSource
    added_at: datetime
    earlier_source: SuppressionSource | None = None
    origin: str | None = None

    @property
    def stops_all_mail(self) -> bool:
        """Whether transactional mails are stopped too: by every source except an unsubscription of the person."""
        return self.source != SuppressionSource.GLOBAL_UNSUBSCRIBE or self.earlier_source not in (
            None,
            SuppressionSource.GLOBAL_UNSUBSCRIBE,
        )

    @property
    def is_erasure(self) -> bool:
        """Whether the person was erased: no data of the person may be stored until the account lifts the erasure."""
        return self.pattern is None
