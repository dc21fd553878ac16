"""The port of mail sources: campaigns, and actions of workflows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.delivery.model import LedgerRow, Run, RunKey
    from postrider.mail_events.source import MailSource

SCHEDULED, DELIVERING = "scheduled", "delivering"
"""The statuses of a source for delivery."""


class SourceState(Protocol):
    """The current state of a source; `run_id` is its latest run, `revision` its latest content.

    An action has several concurrent runs, and no latest run.
    """

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
    def audience_id(self) -> str | None: ...
    @property
    def revision(self) -> int: ...
    @property
    def scheduled_for(self) -> datetime | None: ...

    def delivers(self, run_id: str) -> bool:
        """Return whether mails of this run may be sent, now or after a pause."""
        ...


class MailSources(Protocol):
    """A store of sources, which changes their status conditionally."""

    def get(self, account_id: str, source: MailSource) -> SourceState:
        """Return the source. Raises NotFound."""
        ...

    def start(self, state: SourceState, *, run_id: str) -> SourceState | None:
        """Set the source to delivering with `run_id` and return it; return None if it may not start, or changed since `get`."""
        ...

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> bool:
        """Suspend the source with a reason for its owner; return False if its runs are retried without the owner."""
        ...

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        """Mark the source as delivered if this is its current run."""
        ...

    def continue_after_block(self, key: RunKey, block: int) -> None:
        """Continue after the mail for the recipients of a block, which are all decided.

        It is called at least once before the block is closed. Recipients of `continue_after_proof` are omitted.
        """
        ...

    def continue_after_proof(self, run: Run, rows: Sequence[LedgerRow]) -> None:
        """Continue after the mail for recipients whose mail an event of the mailer proved as sent; it may be repeated."""
        ...

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        """Yield (account id, source) of all scheduled and delivering sources, in all accounts."""
        ...
