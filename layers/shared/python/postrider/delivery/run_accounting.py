"""The end of things: chunks are counted once, blocks close, the run finishes; and all of it can be recounted."""

from collections.abc import Iterable, Mapping, Sequence

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.claims import SentLog, claim_by_event, is_by_event, log_chunk
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import MAY_HAVE_LEFT, Block, Outcome, Row, Run, RunKey, RunState, Tally, Totals
from postrider.delivery.run_guard import Campaigns
from postrider.kit.clock import Clock
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.storage.dynamo import pauses


class RunAccounting:
    def __init__(self, ledger: Ledger, campaigns: Campaigns, log: SentLog, now: Clock) -> None:
        self._ledger, self._campaigns, self._log, self._now = ledger, campaigns, log, now

    # Counting

    def count(
        self, run: Run, number: int, chunks: Mapping[int, Sequence[int]], rows: Mapping[int, Row], *, sent_some: bool
    ) -> set[int]:
        """Log and count chunks of a block (ids by chunk) that are decided; those in which somebody's outcome is open.

        `rows` are as they are now, or as this sender left them; `sent_some`: it claimed recipients. The last chunk closes
        its block, the last block the run.
        """
        tallies = {chunk: rules.tally_of(ids, rows, run.run_id) for chunk, ids in chunks.items()}
        undecided = {chunk for chunk, tally in tallies.items() if tally is None}
        doubtful = {chunk for chunk, tally in tallies.items() if tally is not None and tally.unknown}
        certain = {chunk: tally for chunk, tally in tallies.items() if tally is not None and not tally.unknown}
        if certain:
            log_chunk(self._log, run, (rows[one] for chunk in certain for one in chunks[chunk]))
            self._count_together(run.key, number, certain, sent_some=sent_some)
        undecided |= {chunk for chunk in doubtful if not self._count_carefully(run, number, chunk, chunks[chunk])}
        return undecided

    def _count_together(self, key: RunKey, number: int, tallies: Mapping[int, Tally], *, sent_some: bool) -> None:
        block = self._ledger.count_chunks(key, number, tallies, sum(tallies.values(), Tally()), at=self._now())
        if block is None and len(tallies) > 1:  # some of them are counted already
            for chunk, tally in tallies.items():
                self._count_together(key, number, {chunk: tally}, sent_some=sent_some)
            return
        if block is None and sent_some:
            # usually the SDK's second try; else a cancelled run was accounted for while we were stopped
            self.repair(key, number)
        self._close_after(key, number, block)

    def _count_carefully(self, run: Run, number: int, chunk: int, ids: Sequence[int]) -> bool:
        """An event may turn `unknown` into `sent` at any moment: only counted if none did since the rows were read."""
        key = run.key
        for _ in pauses():
            block = self._ledger.block(key, number)
            if block is None or chunk in block.chunks_done:
                self._close_after(key, number, block)
                return True
            rows = self._ledger.rows(key.campaign_id, ids)
            tally = rules.tally_of(ids, rows, key.run_id)
            if tally is None:
                return False
            log_chunk(self._log, run, rows.values())
            counted = self._ledger.count_chunks(key, number, {chunk}, tally, at=self._now(), version=block.version)
            if counted is not None:
                self._close_after(key, number, counted)
                return True
        raise AssertionError  # pauses() ends by raising

    def _close_after(self, key: RunKey, number: int, block: Block | None) -> None:
        """None: somebody else counted the chunk, and may have died before the block was closed."""
        block = block or self._ledger.block(key, number)
        if block is not None:
            self.close_if_complete(key, block)

    # Closing

    def close_if_complete(self, key: RunKey, block: Block) -> None:
        chunks = rules.chunks_of(rules.ids_in(block.number, block.bitmap))
        if block.done or len(block.chunks_done) < len(chunks):
            return
        self._ledger.close_block(key, block.number)
        self.finish(key)

    def finish(self, key: RunKey) -> bool:
        """Finish the run if all its blocks are done and everyone is accounted for."""
        run = self._ledger.run(key)
        if run is None or run.blocks_done < run.blocks or run.state not in (RunState.SENDING, RunState.ENDING):
            return False
        totals = self._totals(key, run)
        if not totals.complete:
            self._alarm(AlarmMetric.SENDS_UNBALANCED, "a run's recipients are not all accounted for", key)
            return False
        if run.state == RunState.ENDING:
            self._ledger.close_run(key, RunState.ENDED)
            return True
        self._campaigns.finish(key.account_id, key.campaign_id, run_id=key.run_id)
        self._ledger.change_run(key, only_in=RunState.SENDING, state=RunState.DONE.value, ended_at=self._now())
        logger.info("run finished", extra={"campaign_id": key.campaign_id, "run_id": key.run_id, **vars(totals.tally)})
        return True

    # A cancelled run

    def end_block(self, key: RunKey, number: int) -> None:
        """Account for a block of a cancelled run, when no sender of it can live any more: who has no row is skipped."""
        run = self._ledger.run(key)
        if run is None:
            return
        for _ in pauses():
            block = self._ledger.block(key, number)
            if block is None:
                block = self._ledger.add_block(key, Block(number=number, bitmap=rules.bitmap_of(())))
            ids = rules.ids_in(number, block.bitmap)
            rows = self.with_expired_resolved(key, self._rows_of(key, number))
            tally = rules.tally_of(ids, rows, key.run_id, over=True)
            if tally is None:
                return  # a claim lives: the sweeper comes again
            counted = {one for chunk in block.chunks_done for one in rules.chunks_of(ids)[chunk]}
            log_chunk(self._log, run, (row for row in rows.values() if row.contact_id not in counted))
            if self._ledger.recount(key, block, tally, range(len(rules.chunks_of(ids)))):
                break
        after = self._ledger.block(key, number)
        assert after is not None  # blocks are not deleted
        self.close_if_complete(key, after)

    # Claims whose owner died

    def with_expired_resolved(self, key: RunKey, rows: Mapping[int, Row]) -> dict[int, Row]:
        """The rows, with claims past their lease turned into `unknown`; those that moved meanwhile as they are now."""
        now = self._now()
        dead = [row.became(Outcome.UNKNOWN) for row in rows.values() if rules.expired(row, now)]
        if not dead:
            return dict(rows)
        moved = self._ledger.settle(key.campaign_id, dead)
        resolved = dict(rows) | {row.contact_id: row for row in dead}
        if moved:
            resolved |= self._ledger.rows(key.campaign_id, [row.contact_id for row in moved])
        return resolved

    def confirm(self, account_id: str, campaign_id: int, run_id: str, accepted: Mapping[int, str]) -> int:
        """The mailer says it took these mails (message id by contact): rows left open become `sent`; how many did.

        Nothing happens to rows that say so already, so every event may be given.
        """
        key = RunKey(account_id, campaign_id, run_id)
        doubtful: list[int] = []
        for number, members in _by_block(accepted).items():
            block = self._ledger.block(key, number)
            if block is not None:
                doubtful += _doubtful(block, members)
        # most events find nothing open, and cost one read for each block
        rows = self._ledger.rows(campaign_id, doubtful).values()
        open_rows = [row for row in rows if _confirmable(row, key)]
        if before := [row for row in rows if row.outcome == Outcome.SENT and is_by_event(row.claim)]:
            self._log_confirmed(key, before)  # whoever confirmed them may have died before that
        return sum(self._confirm(key, row.contact_id, accepted[row.contact_id]) for row in open_rows)

    def _confirm(self, key: RunKey, contact_id: int, message_id: str) -> bool:
        number = contact_id // BLOCK_SIZE
        for _ in pauses():
            row = self._ledger.rows(key.campaign_id, [contact_id]).get(contact_id)
            block = self._ledger.block(key, number)
            if row is None or block is None or not _confirmable(row, key):
                return False
            chunk = rules.chunk_of(rules.ids_in(number, block.bitmap), contact_id)
            now = self._now()
            after = row.became(Outcome.SENT, message_id=message_id, sent_at=now, claim=claim_by_event(now))
            if row.outcome == Outcome.CLAIMED and chunk in block.chunks_done:
                # counted without it (a sender outlived its run): the count is made anew
                if self._ledger.replace(key.campaign_id, row, after):
                    self.repair(key, number)
                    return self._log_confirmed(key, [after])
            elif self._ledger.confirm(key, row, after, block, chunk):
                return self._log_confirmed(key, [after])
        raise AssertionError  # pauses() ends by raising

    def _log_confirmed(self, key: RunKey, rows: Sequence[Row]) -> bool:
        if run := self._ledger.run(key):
            log_chunk(self._log, run, rows)
        return True

    # Looking

    def totals(self, key: RunKey) -> Totals:
        """From the counters."""
        return self._totals(key, self._ledger.run(key))

    def _totals(self, key: RunKey, run: Run | None) -> Totals:
        planned, tally, number = 0, Tally(), 0
        for block in self._ledger.blocks(key):
            planned += len(rules.ids_in(block.number, block.bitmap))
            tally += block.tally
            number += 1
        return Totals(
            planned=planned,
            tally=tally,
            blocks=run.blocks if run else 0,
            blocks_planned=number,
            parked_until=run.parked_until if run else None,
        )

    def recounted(self, key: RunKey) -> Tally:
        """From the rows, of chunks that are counted: equal to the counters at any time."""
        return sum((self._recounted(key, block) for block in self._ledger.blocks(key)), Tally())

    def may_have_sent(self, key: RunKey) -> bool:
        """Whether any mail of the run has left, or may have."""
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
            for row in self._ledger.rows_of_block(key.campaign_id, block.number)
        )

    def reconciled(self, run: Run) -> tuple[bool, Totals]:
        """Whether any block's counters had to be made what its rows say, and the totals then."""
        wrong = [block for block in self._ledger.blocks(run.key) if self._recounted(run.key, block) != block.tally]
        repaired = [self.repair(run.key, block.number) for block in wrong]
        return any(repaired), self._totals(run.key, run)

    def repair(self, key: RunKey, number: int) -> bool:
        """Make a block's counters what its rows say; False when they were so already."""
        for _ in pauses():
            block = self._ledger.block(key, number)
            if block is None:
                return False
            tally = self._recounted(key, block)
            if tally == block.tally:
                return False
            if self._ledger.recount(key, block, tally, block.chunks_done):
                self._alarm(AlarmMetric.SENDS_RECOUNTED, "the counters of a block differed from its rows", key)
                return True
        raise AssertionError  # pauses() ends by raising

    def _recounted(self, key: RunKey, block: Block) -> Tally:
        # a claim in a chunk that is counted has outlived its run: it may have been sent
        rows = {
            row.contact_id: row.became(Outcome.UNKNOWN) if row.outcome == Outcome.CLAIMED else row
            for row in self._ledger.rows_of_block(key.campaign_id, block.number)
        }
        chunks = rules.chunks_of(rules.ids_in(block.number, block.bitmap))
        counted = (rules.tally_of(chunks[number], rows, key.run_id, over=True) for number in block.chunks_done)
        return sum((tally for tally in counted if tally is not None), Tally())

    def _rows_of(self, key: RunKey, number: int) -> dict[int, Row]:
        return {row.contact_id: row for row in self._ledger.rows_of_block(key.campaign_id, number)}

    def _alarm(self, trouble: AlarmMetric, text: str, key: RunKey) -> None:
        emit_alarm(trouble)
        logger.error(text, extra={"campaign_id": key.campaign_id, "run_id": key.run_id})


def _by_block(contact_ids: Iterable[int]) -> dict[int, list[int]]:
    blocks: dict[int, list[int]] = {}
    for contact_id in contact_ids:
        blocks.setdefault(contact_id // BLOCK_SIZE, []).append(contact_id)
    return blocks


def _doubtful(block: Block, contact_ids: Iterable[int]) -> list[int]:
    """Those whose row may be open, or not logged: not counted yet, or in a block with unknown or confirmed ones."""
    ids = rules.ids_in(block.number, block.bitmap)
    chunk = {contact_id: place // rules.CHUNK_SIZE for place, contact_id in enumerate(ids)}
    touched = block.tally.unknown or block.version
    return [one for one in contact_ids if one in chunk and (touched or chunk[one] not in block.chunks_done)]


def _confirmable(row: Row, key: RunKey) -> bool:
    return row.outcome in (Outcome.CLAIMED, Outcome.UNKNOWN) and row.run_id == key.run_id
