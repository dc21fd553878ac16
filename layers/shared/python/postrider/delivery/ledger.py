"""The port of the storage of runs, blocks and rows; writes are conditional, and return their result."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from postrider.delivery.model import Block, LedgerRow, Run, RunKey, RunState, Tally
from postrider.mail_events.source import MailSource


class Ledger(Protocol):
    """A store of runs, their blocks and the rows of their recipients."""

    # Runs

    def add_run(self, run: Run) -> Run:
        """Store a run; if a run with this key exists, return that run instead."""
        ...

    def run(self, key: RunKey) -> Run | None: ...

    def run_with_blocks(self, key: RunKey, numbers: Sequence[int] | None = None) -> tuple[Run | None, Iterator[Block]]:
        """Return a run, and its blocks (only those of `numbers`, if not None) in any order, read lazily."""
        ...

    def change_run(self, key: RunKey, *, only_in: RunState | None = None, **changes: Any) -> bool:
        """Set fields of a run; return False if the run does not exist, or is not in the state `only_in`."""
        ...

    def close_run(self, key: RunKey, state: RunState) -> None:
        """Set the state, and remove the run from the open or finished runs."""
        ...

    def open_runs(self, account_id: str | None = None) -> Iterator[RunKey]:
        """Yield the runs that are sending or ending, of one account or of all."""
        ...

    def finished_runs(self) -> Iterator[RunKey]:
        """Yield the runs of all accounts that are done and not recounted yet."""
        ...

    # Blocks

    def add_block(self, key: RunKey, block: Block) -> Block:
        """Store a block; if a block with this number exists, return that block instead."""
        ...

    def add_block_to(self, run: Run, block: Block, recipients: int) -> bool:
        """Store a block, and add its recipients to those of the run, both or none.

        Return False if the block exists, or if the recipients of the run have changed.
        """
        ...

    def block(self, key: RunKey, block_number: int) -> Block | None: ...

    def blocks(self, key: RunKey) -> Iterator[Block]:
        """Yield the blocks of a run in order of their numbers."""
        ...

    def mark_ordered(self, key: RunKey, block_number: int) -> None: ...

    def count_chunks(
        self,
        key: RunKey,
        block_number: int,
        chunks: Collection[int],
        tally: Tally,
        *,
        at: datetime,
        version: int | None = None,
    ) -> Block | None:
        """Add the tally of chunks to their block; return the block.

        Return None if a chunk was counted before, or the block has another `version`.
        """
        ...

    def note_sent(self, key: RunKey, block_number: int, sent_by_chunk: Mapping[int, int], *, at: datetime) -> None:
        """Store the number of mails sent in chunks that are not counted yet."""
        ...

    def recount(self, key: RunKey, before: Block, tally: Tally, chunks_done: Collection[int]) -> bool:
        """Replace the counters of a block; return False if the block changed after it was read."""
        ...

    def close_block(self, key: RunKey, block_number: int) -> bool:
        """Mark the block as done and count it in its run; return False if it was done already."""
        ...

    # Rows of recipients

    def insert(self, run: Run, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Store rows, which expire with the run; return the rows of contacts that already have a row."""
        ...

    def rows(self, account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, LedgerRow]:
        """Return the rows of these contacts, by contact id, read consistently."""
        ...

    def rows_among(
        self, account_id: str, pairs: Iterable[tuple[MailSource, int]]
    ) -> dict[tuple[MailSource, int], LedgerRow]:
        """Return the existing rows of these (source, contact id), with one call for 100."""
        ...

    def rows_of_contact(
        self, account_id: str, contact_id: int, sources: Iterable[MailSource]
    ) -> dict[MailSource, LedgerRow]:
        """Return the rows of a contact, by source, with one call for 100 sources."""
        ...

    def rows_of_block(
        self, account_id: str, source: MailSource, block: int, *, consistent: bool = True
    ) -> Iterator[LedgerRow]: ...

    def store_outcomes(self, key: RunKey, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Write the outcomes of claimed rows; return the rows whose claim has changed."""
        ...

    def replace(self, run: Run, changes: Sequence[tuple[LedgerRow, LedgerRow]]) -> list[bool]:
        """Replace rows (before, after), which then expire with the run; return for each whether it was unchanged."""
        ...

    def release(self, key: RunKey, rows: Sequence[LedgerRow]) -> None:
        """Delete undecided rows that still have the same claim."""
        ...

    def confirm(self, key: RunKey, before: LedgerRow, after: LedgerRow, block: Block, chunk: int) -> bool:
        """Record that a mail was sent, and correct the counters if its chunk is counted; return False after other changes."""
        ...
