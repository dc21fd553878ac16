"""Count chunks, close blocks, finish runs, and recount blocks from their rows."""

from collections.abc import Iterable, Mapping, Sequence

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.claims import SentLog, claim_by_event, is_by_event, log_rows
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import MAY_HAVE_LEFT, Block, LedgerRow, Outcome, Run, RunKey, RunState, RunTotals, Tally
from postrider.delivery.sources import MailSources
from postrider.kit.clock import Clock
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.kit.pauses import pauses


class RunAccounting:
    def __init__(self, ledger: Ledger, sources: MailSources, log: SentLog, now: Clock) -> None:
        self._ledger, self._sources, self._log, self._now = ledger, sources, log, now

    # Counting

    def count(
        self,
        run: Run,
        block_number: int,
        chunks: Mapping[int, Sequence[int]],
        rows: Mapping[int, LedgerRow],
        *,
        has_claimed: bool,
    ) -> set[int]:
        """Log and count the decided chunks of a block (contact ids by chunk); return the undecided chunks.

        `rows` are the current rows, or the rows that this sender wrote; `has_claimed` is true if it claimed recipients. The
        last chunk closes its block, the last block finishes the run.
        """
        tally_by_chunk = {chunk: rules.tally_of(ids, rows, run.run_id) for chunk, ids in chunks.items()}
        undecided = {chunk for chunk, tally in tally_by_chunk.items() if tally is None}
        doubtful = {chunk for chunk, tally in tally_by_chunk.items() if tally is not None and tally.unknown}
        certain = {chunk: tally for chunk, tally in tally_by_chunk.items() if tally is not None and not tally.unknown}
        if certain:
            log_rows(self._log, run, (rows[contact_id] for chunk in certain for contact_id in chunks[chunk]))
            self._count_together(run.key, block_number, certain, has_claimed=has_claimed)
        undecided |= {chunk for chunk in doubtful if not self._count_carefully(run, block_number, chunk, chunks[chunk])}
        return undecided

    def note_sent(
        self, run: Run, block_number: int, chunks: Mapping[int, Sequence[int]], rows: Mapping[int, LedgerRow]
    ) -> None:
        """Store the number of mails sent in undecided chunks, for the reports."""
        sent_by_chunk = {
            chunk: sum(
                row.outcome == Outcome.SENT and row.run_id == run.run_id
                for contact_id in ids
                if (row := rows.get(contact_id)) is not None
            )
            for chunk, ids in chunks.items()
        }
        noted = {chunk: sent for chunk, sent in sent_by_chunk.items() if sent}
        if noted:
            self._ledger.note_sent(run.key, block_number, noted, at=self._now())

    def _count_together(
        self, key: RunKey, block_number: int, tally_by_chunk: Mapping[int, Tally], *, has_claimed: bool
    ) -> None:
        block = self._ledger.count_chunks(
            key, block_number, tally_by_chunk, sum(tally_by_chunk.values(), Tally()), at=self._now()
        )
        if block is None and len(tally_by_chunk) > 1:  # some of them are counted already
            for chunk, tally in tally_by_chunk.items():
                self._count_together(key, block_number, {chunk: tally}, has_claimed=has_claimed)
            return
        if block is None and has_claimed:
            # usually a retry of the SDK; otherwise a cancelled run was closed while this process was suspended
            self.repair(key, block_number)
        self._close_after(key, block_number, block)

    def _count_carefully(self, run: Run, block_number: int, chunk: int, ids: Sequence[int]) -> bool:
        """Count a chunk with unknown outcomes, which events may change to sent meanwhile; return False if it is undecided."""
        key = run.key
        for _ in pauses():
            block = self._ledger.block(key, block_number)
            if block is None or chunk in block.chunks_done:
                self._close_after(key, block_number, block)
                return True
            rows = self._ledger.rows(key.account_id, key.source, ids)
            tally = rules.tally_of(ids, rows, key.run_id)
            if tally is None:
                return False
            log_rows(self._log, run, rows.values())
            counted = self._ledger.count_chunks(
                key, block_number, {chunk}, tally, at=self._now(), version=block.version
            )
            if counted is not None:
                self._close_after(key, block_number, counted)
                return True
        raise AssertionError  # pauses() ends by raising

    def _close_after(self, key: RunKey, block_number: int, block: Block | None) -> None:
        """Close the block if it is complete. None: another worker counted the chunk, and may have crashed before closing."""
        block = block or self._ledger.block(key, block_number)
        if block is not None:
            self.close_if_complete(key, block)

    # Closing

    def close_if_complete(self, key: RunKey, block: Block) -> None:
        """Close the block if all its chunks are counted, and finish the run after the last block."""
        chunks = rules.chunks_of(rules.ids_in(block.number, block.bitmap))
        if block.done or len(block.chunks_done) < len(chunks):
            return
        self._sources.continue_after_block(key, block.number)
        self._ledger.close_block(key, block.number)
        self.finish(key)

    def finish(self, key: RunKey) -> bool:
        """Finish the run if all its blocks are done and all recipients are counted; return whether it was finished."""
        run = self._ledger.run(key)
        if run is None or run.blocks_done < run.blocks or run.state not in (RunState.SENDING, RunState.ENDING):
            return False
        totals = self._totals(key, run)
        if not totals.complete:
            self._alarm(AlarmMetric.SENDS_UNBALANCED, "a run's recipients are not all accounted for", key)
            return False
        self._record_sent_count(run, totals)
        if run.state == RunState.ENDING:
            self._ledger.close_run(key, RunState.ENDED)
            return True
        self._sources.finish(key.account_id, key.source, run_id=key.run_id)
        self._ledger.change_run(key, only_in=RunState.SENDING, state=RunState.DONE.value, ended_at=self._now())
        logger.info("run finished", extra={"source": str(key.source), "run_id": key.run_id, **totals.tally.by_outcome})
        return True

    def count_cancelled_block(self, key: RunKey, block_number: int) -> None:
        """Count and close a block of a cancelled run, unless a claim is still valid; then the sweeper enqueues it again.

        Recipients with a row of an earlier run count as skipped.
        """
        for _ in pauses():
            run, block = self._ledger.run(key), self._ledger.block(key, block_number)
            assert run is not None  # runs and blocks are never deleted
            assert block is not None
            ids = rules.ids_in(block_number, block.bitmap)
            rows = self.resolve_expired(key, self._rows_of(key, block_number))
            tally = rules.tally_of(ids, rows, key.run_id, is_over=True)
            if tally is None:
                return
            if run.mail_may_have_left:
                counted = {contact_id for chunk in block.chunks_done for contact_id in rules.chunks_of(ids)[chunk]}
                log_rows(self._log, run, (row for row in rows.values() if row.contact_id not in counted))
            if self._ledger.recount(key, block, tally, range(len(rules.chunks_of(ids)))):
                break
        after = self._ledger.block(key, block_number)
        assert after is not None
        self.close_if_complete(key, after)

    # Claims of crashed senders, and events of the mailer

    def resolve_expired(self, key: RunKey, rows: Mapping[int, LedgerRow]) -> dict[int, LedgerRow]:
        """Set the outcome of expired claims to unknown; return all rows after this change."""
        now = self._now()
        unknown = [row.became(Outcome.UNKNOWN) for row in rows.values() if rules.is_expired(row, now)]
        if not unknown:
            return dict(rows)
        changed = self._ledger.store_outcomes(key, unknown)
        resolved = dict(rows) | {row.contact_id: row for row in unknown}
        if changed:
            changed_ids = [row.contact_id for row in changed]
            resolved |= self._ledger.rows(key.account_id, key.source, changed_ids)
        return resolved

    def confirm(self, key: RunKey, accepted: Mapping[int, str]) -> int:
        """Mark open rows of accepted mails (message id by contact id) as sent; return the number of changed rows.

        Rows that are already sent do not change, so that all events of the mailer can be passed.
        """
        doubtful: list[int] = []
        for block_number, contact_ids in _by_block(accepted).items():
            block = self._ledger.block(key, block_number)
            if block is not None:
                doubtful += _doubtful(block, contact_ids)
        # most events have no open row, and cost one read per block
        rows = self._ledger.rows(key.account_id, key.source, doubtful).values()
        open_rows = [row for row in rows if _is_confirmable(row, key)]
        confirmed = [row for row in rows if row.outcome == Outcome.SENT and is_by_event(row.claim)]
        if confirmed:
            self._log_confirmed(key, confirmed)  # an earlier worker may have crashed before it logged them
        changed = sum(self._confirm(key, row.contact_id, accepted[row.contact_id]) for row in open_rows)
        if changed or confirmed:
            self.record_sent_count(key)
        return changed

    def _confirm(self, key: RunKey, contact_id: int, message_id: str) -> bool:
        block_number = contact_id // BLOCK_SIZE
        for _ in pauses():
            row = self._ledger.rows(key.account_id, key.source, [contact_id]).get(contact_id)
            block = self._ledger.block(key, block_number)
            if row is None or block is None or not _is_confirmable(row, key):
                return False
            chunk = rules.chunk_of(rules.ids_in(block_number, block.bitmap), contact_id)
            now = self._now()
            after = row.became(Outcome.SENT, message_id=message_id, sent_at=now, claim=claim_by_event(now))
            if row.outcome == Outcome.CLAIMED and chunk in block.chunks_done:
                # the chunk was counted without this row (a sender was still running after the end of the run): repair the block
                run = self._ledger.run(key)
                if run is not None and self._ledger.replace(run, [(row, after)]) == [True]:
                    self.repair(key, block_number)
                    return self._log_confirmed(key, [after])
            elif self._ledger.confirm(key, row, after, block, chunk):
                return self._log_confirmed(key, [after])
        raise AssertionError  # pauses() ends by raising

    def _log_confirmed(self, key: RunKey, rows: Sequence[LedgerRow]) -> bool:
        if run := self._ledger.run(key):
            log_rows(self._log, run, rows)
            self._sources.continue_after_proof(run, rows)
        return True

    # The counters of the list

    def record_sent_count(self, key: RunKey) -> None:
        """Update the counters of the list with the mails that the run has sent so far."""
        if run := self._ledger.run(key):
            self._record_sent_count(run, self._totals(key, run))

    def _record_sent_count(self, run: Run, totals: RunTotals) -> None:
        self._log.set_sent_count(run.account_id, run.list_id, run.source, run.run_id, totals.tally.sent_by_hour)

    # Reading

    def totals(self, key: RunKey) -> RunTotals:
        """Return the totals of a run from its counters."""
        return self._totals(key, self._ledger.run(key))

    def is_stalled(self, key: RunKey) -> bool:
        """Return whether the run should be sending, but made no progress for SILENT."""
        run = self._ledger.run(key)
        now = self._now()
        if run is None or run.state != RunState.SENDING or run.ordered_at is None:
            return False
        if run.parked_until is not None and run.parked_until > now:  # the daily quota is used up
            return False
        progress = [block.progressed_at for block in self._ledger.blocks(key) if block.progressed_at is not None]
        return now - max([run.ordered_at, *progress]) > rules.SILENT

    def _totals(self, key: RunKey, run: Run | None) -> RunTotals:
        planned, tally, blocks, underway = 0, Tally(), 0, 0
        for block in self._ledger.blocks(key):
            planned += len(rules.ids_in(block.number, block.bitmap))
            tally += block.tally
            blocks += 1
            underway += block.sent_uncounted
        return RunTotals(
            planned=planned,
            tally=tally,
            blocks=run.blocks if run else 0,
            blocks_planned=blocks,
            underway=underway,
            parked_until=run.parked_until if run else None,
        )

    def may_have_sent(self, key: RunKey) -> bool:
        """Return whether a mail of the run was sent, or may have been sent."""
        run = self._ledger.run(key)
        if run is None or not run.mail_may_have_left:
            return False
        blocks = list(self._ledger.blocks(key))
        if any(block.tally.sent or block.tally.unknown for block in blocks):
            return True
        return any(
            row.outcome in MAY_HAVE_LEFT and row.run_id == key.run_id
            for block in blocks
            if not block.done
            for row in self._ledger.rows_of_block(key.account_id, key.source, block.number)
        )

    # Recounting

    def recount(self, key: RunKey) -> Tally:
        """Count the rows of all counted chunks; the result must always equal the counters."""
        return sum((self._recount_block(key, block) for block in self._ledger.blocks(key)), Tally())

    def repair_blocks(self, key: RunKey, numbers: Sequence[int]) -> int:
        """Repair the counters of blocks; return the number of blocks that differed from their rows.

        The first read is eventually consistent and costs half; only blocks that differ in it are read consistently. If the
        rows have expired, the counters are left unchanged.
        """
        run, blocks = self._ledger.run_with_blocks(key, numbers)
        if run is None:
            return 0
        if not rules.are_rows_kept(run, self._now()):
            logger.warning(
                "not recounted: the rows have expired", extra={"source": str(key.source), "run_id": key.run_id}
            )
            return 0
        differing = [
            block.number for block in blocks if self._recount_block(key, block, consistent=False) != block.tally
        ]
        repaired = sum(self.repair(key, block_number) for block_number in differing)
        if repaired:
            self.record_sent_count(key)
        return repaired

    def repair(self, key: RunKey, block_number: int) -> bool:
        """Recount a block from its rows; return whether its counters differed."""
        for _ in pauses():
            block = self._ledger.block(key, block_number)
            if block is None:
                return False
            tally = self._recount_block(key, block)
            if tally == block.tally:
                return False
            if self._ledger.recount(key, block, tally, block.chunks_done):
                self._alarm(AlarmMetric.SENDS_RECOUNTED, "the counters of a block differed from its rows", key)
                return True
        raise AssertionError  # pauses() ends by raising

    def _recount_block(self, key: RunKey, block: Block, *, consistent: bool = True) -> Tally:
        # a claim in a counted chunk belongs to a sender that was running after the end of the run: the mail may have been sent
        rows = {
            contact_id: row.became(Outcome.UNKNOWN) if row.outcome == Outcome.CLAIMED else row
            for contact_id, row in self._rows_of(key, block.number, consistent=consistent).items()
        }
        chunks = rules.chunks_of(rules.ids_in(block.number, block.bitmap))
        counted = (rules.tally_of(chunks[chunk], rows, key.run_id, is_over=True) for chunk in block.chunks_done)
        return sum((tally for tally in counted if tally is not None), Tally())

    def _rows_of(self, key: RunKey, block_number: int, *, consistent: bool = True) -> dict[int, LedgerRow]:
        rows = self._ledger.rows_of_block(key.account_id, key.source, block_number, consistent=consistent)
        return {row.contact_id: row for row in rows}

    def _alarm(self, metric: AlarmMetric, text: str, key: RunKey) -> None:
        emit_alarm(metric)
        logger.error(text, extra={"source": str(key.source), "run_id": key.run_id})


def _by_block(contact_ids: Iterable[int]) -> dict[int, list[int]]:
    blocks: dict[int, list[int]] = {}
    for contact_id in contact_ids:
        blocks.setdefault(contact_id // BLOCK_SIZE, []).append(contact_id)
    return blocks


def _doubtful(block: Block, contact_ids: Iterable[int]) -> list[int]:
    """Return recipients whose rows may be open or unlogged: uncounted, or in a block with unknown or confirmed rows."""
    ids = rules.ids_in(block.number, block.bitmap)
    chunk_by_id = {contact_id: place // rules.CHUNK_SIZE for place, contact_id in enumerate(ids)}
    is_touched = block.tally.unknown or block.version
    return [
        contact_id
        for contact_id in contact_ids
        if contact_id in chunk_by_id and (is_touched or chunk_by_id[contact_id] not in block.chunks_done)
    ]


def _is_confirmable(row: LedgerRow, key: RunKey) -> bool:
    return row.outcome in (Outcome.CLAIMED, Outcome.UNKNOWN) and row.run_id == key.run_id
