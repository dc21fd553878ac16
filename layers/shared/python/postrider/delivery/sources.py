"""What delivery asks of those that mail is sent for: campaigns today, actions of workflows later."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from postrider.events.source import MailSource

SCHEDULED, DELIVERING = "scheduled", "delivering"
"""The statuses of a source that delivery acts on."""


class SourceState(Protocol):
    """A source as it is now. `run_id` names its latest run, `revision` its latest content."""

    @property
    def account_id(self) -> str: ...
    @property
    def source(self) -> MailSource: ...
    @property
    def status(self) -> str: ...
    @property
    def suspended(self) -> bool: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def list_id(self) -> int | None: ...
    @property
    def segment_id(self) -> int | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def scheduled_for(self) -> datetime | None: ...


class MailSources(Protocol):
    """Reads sources, and changes their status under a condition on the present one."""

    def get(self, account_id: str, source: MailSource) -> SourceState:
        """Raises NotFound."""
        ...

    def start(self, account_id: str, source: MailSource, *, run_id: str) -> SourceState | None:
        """Return the source, now delivering under `run_id`; None when it may not start (any more)."""
        ...

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> None:
        """Suspend the source for a reason that its owner has to look at."""
        ...

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        """Mark the source as delivered, if this is its present run."""
        ...

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        """Yield (account id, source) of all that are scheduled or delivering, in every account."""
        ...
