"""What delivery asks of its storage; every write is conditional, and its result says whether it was made."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from postrider.delivery.model import Block, Row, Run, RunKey, RunState, Tally
from postrider.events.source import MailSource


class Ledger(Protocol):
    # Runs

    def add_run(self, run: Run) -> Run:
        """Store a run; return the stored one, which is another if one of the same key was there before."""
        ...

    def run(self, key: RunKey) -> Run | None: ...

    def run_with_blocks(self, key: RunKey, numbers: Sequence[int] | None = None) -> tuple[Run | None, Iterator[Block]]:
        """Return a run and its blocks, in any order and read as they are taken; only those of `numbers` if given."""
        ...

    def change_run(self, key: RunKey, *, only_in: RunState | None = None, **changes: Any) -> bool:
        """Set fields of a run; False when no run is in this state."""
        ...

    def close_run(self, key: RunKey, state: RunState) -> None:
        """Set the state, and take the run off the open ones."""
        ...

    def open_runs(self) -> Iterator[RunKey]:
        """Yield the runs that the schedules still have to look at, in every account."""
        ...

    # Blocks

    def add_block(self, key: RunKey, block: Block) -> Block:
        """Store a block; return the stored one, which is another if one of the same number was there before."""
        ...

    def block(self, key: RunKey, number: int) -> Block | None: ...

    def blocks(self, key: RunKey) -> Iterator[Block]:
        """Yield the blocks of a run in order of their numbers."""
        ...

    def mark_ordered(self, key: RunKey, number: int) -> None: ...

    def count_chunks(
        self,
        key: RunKey,
        number: int,
        chunks: Collection[int],
        tally: Tally,
        *,
        at: datetime,
        version: int | None = None,
    ) -> Block | None:
        """Add the tally of chunks to their block and return it.

        None when one of the chunks was counted before, or the block does not have this `version` any more.
        """
        ...

    def recount(self, key: RunKey, before: Block, tally: Tally, chunks_done: Collection[int]) -> bool:
        """Replace the counters of a block; False when it has changed since it was read."""
        ...

    def close_block(self, key: RunKey, number: int) -> bool:
        """Mark the block as done and add it to those of its run; False when it was done already."""
        ...

    # Rows of recipients

    def insert(self, run: Run, rows: Sequence[Row]) -> list[Row]:
        """Store rows of contacts that have none, to expire with the run; return those refused because there is one."""
        ...

    def rows(self, account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, Row]:
        """Return the rows of these contacts, by contact id, read consistently."""
        ...

    def rows_of_block(
        self, account_id: str, source: MailSource, block: int, *, consistent: bool = True
    ) -> Iterator[Row]: ...

    def settle(self, key: RunKey, rows: Sequence[Row]) -> list[Row]:
        """Write the outcomes of claimed rows; return those that do not hold the same claim any more."""
        ...

    def replace(self, run: Run, before: Row, after: Row) -> bool:
        """Take over a row, to expire with the run; False when it has changed since it was read."""
        ...

    def release(self, key: RunKey, rows: Sequence[Row]) -> None:
        """Delete rows that are still claimed as given, as if they had not been made."""
        ...

    def confirm(self, key: RunKey, before: Row, after: Row, block: Block, chunk: int) -> bool:
        """Record that a row was sent, together with the block's counters if the chunk is counted; False on a change."""
        ...
