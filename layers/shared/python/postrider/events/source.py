"""Define the source of a mail, the value by which ledgers, events, links and reports are kept."""

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    CAMPAIGN = "campaign"
    WORKFLOW_ACTION = "workflow_action"
    TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True, order=True)
class MailSource:
    """A campaign, an action of a workflow or a transactional mail, by its id within its kind.

    Its text, e.g. `campaign#17`, names it in keys.
    """

    kind: SourceKind
    id: int

    @classmethod
    def campaign(cls, campaign_id: int) -> "MailSource":
        return cls(SourceKind.CAMPAIGN, campaign_id)

    @property
    def campaign_id(self) -> int:
        """The id of the campaign. Raises ValueError for a source of another kind."""
        if self.kind != SourceKind.CAMPAIGN:
            raise ValueError(f"{self} is no campaign")
        return self.id

    def __str__(self) -> str:
        return f"{self.kind}#{self.id}"
