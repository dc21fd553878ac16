"""The ledger and the timeline in memory, for tests of many schedules; the storage contract proves them equal to DynamoDB's."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.model import Block, LedgerRow, Outcome, Run, RunKey, RunState, Tally
from postrider.delivery.rules import ids_in
from postrider.mail_events.source import MailSource
from postrider.ports.mailer import SendingLimits


class MemoryLedger:
    def __init__(self) -> None:
        self._runs: dict[RunKey, Run] = {}
        self._open: set[RunKey] = set()
        self._finished: set[RunKey] = set()
        self._blocks: dict[tuple[RunKey, int], Block] = {}
        self._rows: dict[tuple[str, MailSource, int], LedgerRow] = {}

    def add_run(self, run: Run) -> Run:
        if run.key not in self._runs:
            self._open.add(run.key)
        return self._runs.setdefault(run.key, _whole_seconds(run))

    def run(self, key: RunKey) -> Run | None:
        return self._runs.get(key)

    def run_with_blocks(self, key: RunKey, numbers: Sequence[int] | None = None) -> tuple[Run | None, Iterator[Block]]:
        return self._runs.get(key), (block for block in self.blocks(key) if numbers is None or block.number in numbers)

    def change_run(self, key: RunKey, *, only_in: RunState | None = None, **changes: Any) -> bool:
        run = self._runs.get(key)
        if run is None or (only_in is not None and run.state != only_in):
            return False
        if "state" in changes:
            changes["state"] = RunState(changes["state"])
            if changes["state"] == RunState.DONE:
                self._open.discard(key)
                self._finished.add(key)
        self._runs[key] = _whole_seconds(replace(run, **changes))
        return True

    def close_run(self, key: RunKey, state: RunState) -> None:
        self._runs[key] = replace(self._runs[key], state=state)
        self._open.discard(key)
        self._finished.discard(key)

    def open_runs(self, account_id: str | None = None) -> Iterator[RunKey]:
        yield from sorted(key for key in self._open if account_id in (None, key.account_id))

    def finished_runs(self) -> Iterator[RunKey]:
        yield from sorted(self._finished)

    def add_block(self, key: RunKey, block: Block) -> Block:
        return self._blocks.setdefault((key, block.number), block)

    def add_block_to(self, run: Run, block: Block, recipients: int) -> bool:
        stored = self._runs[run.key]
        if (run.key, block.number) in self._blocks or stored.recipients != run.recipients:
            return False
        self._blocks[run.key, block.number] = block
        self._runs[run.key] = replace(stored, recipients=run.recipients + recipients)
        return True

    def block(self, key: RunKey, number: int) -> Block | None:
        return self._blocks.get((key, number))

    def blocks(self, key: RunKey) -> Iterator[Block]:
        for (owner, _), block in sorted(self._blocks.items(), key=lambda pair: pair[0][1]):
            if owner == key:
                yield block

    def planned(self) -> int:
        """Return the number of recipients of all runs."""
        return sum(len(ids_in(block.number, block.bitmap)) for block in self._blocks.values())

    def mark_ordered(self, key: RunKey, number: int) -> None:
        self._blocks[key, number] = replace(self._blocks[key, number], ordered=True)

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
        block = self._blocks.get((key, number))
        if block is None or not block.chunks_done.isdisjoint(chunks) or version not in (None, block.version):
            return None
        self._blocks[key, number] = counted = replace(
            block,
            tally=block.tally + tally,
            chunks_done=block.chunks_done | set(chunks),
            progressed_at=at.replace(microsecond=0),
        )
        return counted

    def note_sent(self, key: RunKey, number: int, sent_by_chunk: Mapping[int, int], *, at: datetime) -> None:
        block = self._blocks[key, number]
        underway = {**block.underway, **sent_by_chunk}
        self._blocks[key, number] = replace(block, underway=underway, progressed_at=at.replace(microsecond=0))

    def recount(self, key: RunKey, before: Block, tally: Tally, chunks_done: Collection[int]) -> bool:
        block = self._blocks[key, before.number]
        if (block.version, block.chunks_done) != (before.version, before.chunks_done):
            return False
        self._blocks[key, before.number] = replace(
            block, tally=tally, chunks_done=frozenset(chunks_done), version=block.version + 1
        )
        return True

    def close_block(self, key: RunKey, number: int) -> bool:
        block = self._blocks[key, number]
        if block.done:
            return False
        self._blocks[key, number] = replace(block, done=True)
        self._runs[key] = replace(self._runs[key], blocks_done=self._runs[key].blocks_done + 1)
        return True

    def insert(self, run: Run, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        refused = []
        for row in rows:
            place = _place(run.key, row)
            if place in self._rows:
                refused.append(row)
            else:
                self._rows[place] = _row(row)
        return refused

    def rows(self, account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, LedgerRow]:
        rows = ((contact_id, self._rows.get((account_id, source, contact_id))) for contact_id in contact_ids)
        return {contact_id: row for contact_id, row in rows if row is not None}

    def rows_of_contact(
        self, account_id: str, contact_id: int, sources: Iterable[MailSource]
    ) -> dict[MailSource, LedgerRow]:
        return {source: row for source in sources for row in self.rows(account_id, source, [contact_id]).values()}

    def rows_of_block(
        self, account_id: str, source: MailSource, block: int, *, consistent: bool = True
    ) -> Iterator[LedgerRow]:
        ids = range(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE)
        yield from self.rows(account_id, source, ids).values()

    def store_outcomes(self, key: RunKey, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        refused = []
        for row in rows:
            stored = self._rows.get(_place(key, row))
            if stored is None or (stored.claim, stored.outcome) != (row.claim, Outcome.CLAIMED):
                refused.append(row)
                continue
            changes = {name: getattr(row, name) for name in ("reason",) if getattr(row, name) is not None}
            self._rows[_place(key, row)] = _row(replace(stored, outcome=row.outcome, **changes, **_sent(row)))
        return refused

    def replace(self, run: Run, changes: Sequence[tuple[LedgerRow, LedgerRow]]) -> list[bool]:
        return [self._replace(run, before, after) for before, after in changes]

    def _replace(self, run: Run, before: LedgerRow, after: LedgerRow) -> bool:
        stored = self._rows.get(_place(run.key, before))
        if stored is None or (stored.claim, stored.outcome) != (before.claim, before.outcome):
            return False
        self._rows[_place(run.key, before)] = _row(
            replace(
                stored,
                run_id=after.run_id,
                claim=after.claim,
                outcome=after.outcome,
                reason=after.reason,
                claim_until=after.claim_until or stored.claim_until,
                domain=after.domain,
                variant=after.variant,
                **_sent(after),
            )
        )
        return True

    def release(self, key: RunKey, rows: Sequence[LedgerRow]) -> None:
        for row in rows:
            stored = self._rows.get(_place(key, row))
            if stored is not None and (stored.claim, stored.outcome) == (row.claim, Outcome.CLAIMED):
                del self._rows[_place(key, row)]

    def confirm(self, key: RunKey, before: LedgerRow, after: LedgerRow, block: Block, chunk: int) -> bool:
        stored = self._rows.get(_place(key, before))
        now = self._blocks[key, block.number]
        counted = chunk in block.chunks_done
        if stored is None or (stored.claim, stored.outcome) != (before.claim, before.outcome):
            return False
        if now.version != block.version or (chunk in now.chunks_done) != counted:
            return False
        self._rows[_place(key, before)] = _row(
            replace(stored, claim=after.claim, outcome=after.outcome, **_sent(after))
        )
        assert after.sent_at is not None
        by_minute, by_domain = {rules.minute_of(after.sent_at): 1}, {after.domain: 1}
        moved = Tally()
        if counted:
            slices = Counter(rules.slices_of(after))
            slices.subtract(rules.slices_of(before))
            moved = Tally(unknown=-1, sent=1, sent_by_minute=by_minute, sent_by_domain=by_domain, slices=slices)
        self._blocks[key, block.number] = replace(now, tally=now.tally + moved, version=now.version + 1)
        return True


def _place(key: RunKey, row: LedgerRow) -> tuple[str, MailSource, int]:
    return key.account_id, key.source, row.contact_id


def _sent(row: LedgerRow) -> dict[str, Any]:
    if row.message_id is None or row.sent_at is None:
        return {}
    return {"message_id": row.message_id, "sent_at": row.sent_at}


def _row(row: LedgerRow) -> LedgerRow:
    return _whole_seconds(row)


def _whole_seconds(entity: Any) -> Any:
    """Moments are stored as whole seconds."""
    moments = {name: value for name, value in vars(entity).items() if isinstance(value, datetime)}
    return replace(entity, **{name: value.replace(microsecond=0) for name, value in moments.items()})


class MemoryTimeline:
    def __init__(self) -> None:
        self.next_at = self.parked_until = 0
        self._urgent_at = 0
        self._limits: tuple[SendingLimits, int] | None = None

    def take(self, span: int, *, earliest: int, latest: int) -> int | None:
        start = max(self.next_at, earliest)
        if start > latest:
            return None
        self.next_at = start + span
        return start

    def take_urgent(self, span: int, reserve_span: int, *, now: int, latest: int) -> int | None:
        if self._urgent_at > latest:
            return None
        start = max(self._urgent_at, now)
        self._urgent_at = start + reserve_span
        self.next_at = (self.next_at or now) + span
        return start

    def urgent_at(self) -> int:
        return self._urgent_at

    def hold_back(self, until: int) -> None:
        self.next_at = max(self.next_at, until)

    def park(self, until: int) -> None:
        self.parked_until = max(self.parked_until, until)

    def state(self) -> tuple[int, int]:
        return self.next_at, self.parked_until

    def limits(self) -> tuple[SendingLimits, int] | None:
        return self._limits

    def reserve_limits_request(self, now: int, *, before: int) -> bool:
        if self._limits is None:
            return True
        limits, asked_at = self._limits
        if asked_at > before:
            return False
        self._limits = limits, now
        return True

    def store_limits(self, limits: SendingLimits, now: int) -> None:
        if self._limits is None or self._limits[1] <= now:
            self._limits = limits, now
