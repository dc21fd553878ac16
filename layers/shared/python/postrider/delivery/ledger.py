"""What sending asks of its storage; every write is conditional, and says whether it happened."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from postrider.delivery.model import Block, Row, Run, RunKey, RunState, Tally


class Ledger(Protocol):
    # Runs

    def add_run(self, run: Run) -> Run:
        """The run that is stored: this one, or the one that was there."""
        ...

    def run(self, key: RunKey) -> Run | None: ...

    def change_run(self, key: RunKey, *, only_in: RunState | None = None, **changes: Any) -> bool:
        """Set fields of a run; False when there is none in this state."""
        ...

    def close_run(self, key: RunKey, state: RunState) -> None:
        """Nobody has to look after it any more."""
        ...

    def open_runs(self) -> Iterator[RunKey]: ...

    # Blocks

    def add_block(self, key: RunKey, block: Block) -> Block:
        """The block that is stored: this one, or the one that was there."""
        ...

    def block(self, key: RunKey, number: int) -> Block | None: ...

    def blocks(self, key: RunKey) -> Iterator[Block]:
        """In order."""
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
        """Add the tally of chunks; None when one was counted before, or the block is not of this `version` any more."""
        ...

    def recount(self, key: RunKey, before: Block, tally: Tally, chunks_done: Collection[int]) -> bool:
        """Set what a count of the rows found; False when the block has changed since it was read."""
        ...

    def close_block(self, key: RunKey, number: int) -> bool:
        """The block is done: one more of the run's. False when that was known."""
        ...

    # Rows

    def insert(self, campaign_id: int, rows: Sequence[Row]) -> list[Row]:
        """Put those that are absent; the ones that were not."""
        ...

    def rows(self, campaign_id: int, contact_ids: Iterable[int]) -> dict[int, Row]:
        """Strongly consistent."""
        ...

    def rows_of_block(self, campaign_id: int, block: int) -> Iterator[Row]: ...

    def settle(self, campaign_id: int, rows: Sequence[Row]) -> list[Row]:
        """Write the outcome of claimed rows; those that are not claimed with the same claim any more."""
        ...

    def replace(self, campaign_id: int, before: Row, after: Row) -> bool:
        """Take over a row; False when it has changed."""
        ...

    def release(self, campaign_id: int, rows: Sequence[Row]) -> None:
        """Forget claims, as if they had not been made; only those that still are."""
        ...

    def confirm(self, key: RunKey, before: Row, after: Row, block: Block, chunk: int) -> bool:
        """A row turned out to be sent: the row, and the block's counters if the chunk is counted; False on a change."""
        ...


class Audience(Protocol):
    """Who a campaign goes to."""

    def freeze(self, account_id: str, list_id: int, segment_id: int | None) -> Mapping[str, Any]:
        """The audience as it is now, JSON-safe: later contacts and later changes of the segment are not in it."""
        ...

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        """The blocks that may hold recipients; the same each time."""
        ...

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        """Ids of the recipients in a block, in order."""
        ...

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> "Mapping[int, Recipient]":
        """The contacts as they are now; those that are gone are missing."""
        ...


class Recipient(Protocol):
    @property
    def refusal(self) -> str | None:
        """Why there is no mail for this one now, in a word: unsubscribed, suppressed, …"""
        ...
