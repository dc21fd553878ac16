"""Define the source of a mail, which is part of the keys of ledgers, events, links and reports."""

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    CAMPAIGN = "campaign"
    WORKFLOW_ACTION = "workflow_action"
    TRANSACTIONAL = "transactional"
    PUSH = "push"


@dataclass(frozen=True, slots=True, order=True)
class MailSource:
    """A campaign, an action of a workflow, a transactional mail or a push message, by its id within its kind.

    A contact gets the mail of an action once per entry into the workflow: `entry` is the number of the entry, and part of the
    keys of recipients. Logs, counters and links belong to the whole source, with entry 0.

    Its text, e.g. `campaign#17` or `workflow_action#4.2`, names it in keys.
    """

    kind: SourceKind
    id: int
    entry: int = 0

    @classmethod
    def campaign(cls, campaign_id: int) -> "MailSource":
        return cls(SourceKind.CAMPAIGN, campaign_id)

    @classmethod
    def action(cls, action_id: int, entry: int = 0) -> "MailSource":
        return cls(SourceKind.WORKFLOW_ACTION, action_id, entry)

    @classmethod
    def parse(cls, text: str) -> "MailSource":
        """Return the source with this text."""
        kind, _, numbers = text.partition("#")
        source_id, _, entry = numbers.partition(".")
        return cls(SourceKind(kind), int(source_id), int(entry or 0))

    def of_entry(self, entry: int) -> "MailSource":
        """Return the source with the number of an entry; 0 means the whole source."""
        return MailSource(self.kind, self.id, entry)

    @property
    def whole(self) -> "MailSource":
        """Return the source without the entry."""
        return MailSource(self.kind, self.id) if self.entry else self

    @property
    def campaign_id(self) -> int:
        """The id of the campaign. Raises ValueError for a source of another kind."""
        if self.kind != SourceKind.CAMPAIGN:
            raise ValueError(f"{self} is no campaign")
        return self.id

    def __str__(self) -> str:
        return f"{self.kind}#{self.id}.{self.entry}" if self.entry else f"{self.kind}#{self.id}"
