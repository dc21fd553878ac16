"""The port of mail sources: campaigns, and later actions of workflows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from postrider.events.source import MailSource

SCHEDULED, DELIVERING = "scheduled", "delivering"
"""The statuses of a source that delivery acts on."""


class SourceState(Protocol):
    """The current state of a source; `run_id` is its latest run, `revision` its latest content."""

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
    """A store of sources, which changes their status conditionally."""

    def get(self, account_id: str, source: MailSource) -> SourceState:
        """Return the source. Raises NotFound."""
        ...

    def start(self, account_id: str, source: MailSource, *, run_id: str) -> SourceState | None:
        """Set the source to delivering with `run_id` and return it, or return None if it may not start."""
        ...

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> None:
        """Suspend the source, and tell its owner the reason."""
        ...

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        """Mark the source as delivered if this is its current run."""
        ...

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        """Yield (account id, source) of all scheduled and delivering sources, in all accounts."""
        ...
