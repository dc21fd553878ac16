"""Continue runs without messages: missed starts, parked and stalled runs, runs open after a crash, and recounts."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.blocks import blocks_of
from postrider.delivery.dispatch import Dispatcher
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Run, RunKey, RunState
from postrider.delivery.queue_messages import BlockStep
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.mail_events.source import MailSource

RECOUNTS_PER_CALL = 100
"""Maximum number of blocks whose recount is enqueued in one call."""


class RunSweeper:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        dispatcher: Dispatcher,
        accounting: RunAccounting,
        guard: RunGuard,
        now: Clock,
    ) -> None:
        self._ledger, self._sources, self._audience, self._dispatcher = ledger, sources, audience, dispatcher
        self._accounting, self._guard, self._now = accounting, guard, now

    def sweep(self) -> dict[str, int]:
        """Check all unfinished sources and open runs; return the number of checks by result. Do nothing in a copy."""
        if not self._guard.may_send():
            return {"held": 1}
        done: Counter[str] = Counter()
        for account_id, source in list(self._sources.unfinished()):
            self._check_alone(done, source, partial(self._start_missed, account_id, source))
        for key in list(self._ledger.open_runs()):
            self._check_alone(done, key.source, partial(self._check_run, key))
        return dict(done)

    def enqueue_recounts(self) -> dict[str, int]:
        """Enqueue the recount of the blocks of finished runs; return the number of runs by result."""
        done: Counter[str] = Counter()
        for key in list(self._ledger.finished_runs()):
            self._check_alone(done, key.source, partial(self._order_recount, key))
        return dict(done)

    def _check_alone(self, done: Counter[str], source: MailSource, check: Callable[[], str | None]) -> None:
        """Make a check; a failure raises an alarm and does not stop the other checks."""
        try:
            result = check()
        except Exception as exc:
            emit_alarm(AlarmMetric.SWEEP_FAILED)
            logger.exception("sweep failed", source=str(source), error=type(exc).__name__)
            result = "failed_checks"
        if result is not None:
            done[result] += 1

    def _start_missed(self, account_id: str, source: MailSource) -> str | None:
        """Enqueue the start of a source whose schedule was lost, or whose starter crashed."""
        try:
            state = self._sources.get(account_id, source)
        except NotFound:
            return None
        if state.suspended:  # its owner has to act first
            return None
        is_missed = (
            state.status == SCHEDULED
            and state.scheduled_for is not None
            and state.scheduled_for <= self._now() - rules.MISSED
        )
        is_unplanned = (
            state.status == DELIVERING
            and state.run_id is not None
            and self._is_unplanned(RunKey(account_id, source, state.run_id))
        )
        if is_missed or is_unplanned:
            self._dispatcher.start_run(account_id, source)
            return "started"
        return None

    def _is_unplanned(self, key: RunKey) -> bool:
        """Return whether a worker crashed between the start of the source and the enqueuing of its blocks."""
        run = self._ledger.run(key)
        return run is None or (run.state == RunState.SENDING and run.ordered_at is None)

    def _check_run(self, key: RunKey) -> str | None:
        run = self._ledger.run(key)
        if run is None or run.state == RunState.DONE:
            return None
        if run.state == RunState.ENDING or not self._guard.is_current(key):
            return self._end(run)
        if rules.is_overdue(run, self._now()):
            logger.warning("ended: the run took too long", extra={"source": str(key.source), "run_id": key.run_id})
            self._sources.finish(key.account_id, key.source, run_id=key.run_id)
            return self._end(run)
        if run.blocks_done >= run.blocks and run.ordered_at is not None:
            return "finished" if self._accounting.finish(key) else None
        if self._sources.get(key.account_id, key.source).suspended:
            return None
        now = self._now()
        if run.ordered_at is None:  # its starter crashed
            self._dispatcher.start_run(key.account_id, key.source, run_id=key.run_id)
            return "started"
        if run.parked_until is not None:
            if run.parked_until > now:
                return None
            self._dispatcher.start_run(key.account_id, key.source, run_id=key.run_id, again=True)
            return "resumed"
        if now - max(run.ordered_at, run.checked_at or run.ordered_at) < rules.STALLED:
            return None
        return self._resume_stalled(run)

    def _resume_stalled(self, run: Run) -> str | None:
        """Enqueue the work of a run again if no block made progress for STALLED: its messages are lost."""
        now = self._now()
        self._ledger.change_run(run.key, checked_at=now)
        progress = [block.progressed_at for block in self._ledger.blocks(run.key) if block.progressed_at is not None]
        if progress and now - max(progress) < rules.STALLED:
            return None
        self._dispatcher.start_run(run.account_id, run.source, run_id=run.run_id, again=True)
        return "resumed"

    def _end(self, run: Run) -> str | None:
        """End a cancelled run: enqueue the closing of its blocks each minute until all of them are closed."""
        if run.state == RunState.SENDING:
            self._ledger.change_run(
                run.key, only_in=RunState.SENDING, state=RunState.ENDING.value, ended_at=self._now()
            )
        if run.blocks_done >= run.blocks:
            return "ended" if self._accounting.finish(run.key) else None
        closed = {block.number for block in self._ledger.blocks(run.key) if block.done}
        open_numbers = [number for number in blocks_of(run, self._audience, self._ledger) if number not in closed]
        self._dispatcher.process_blocks(run.key, open_numbers[: rules.CLOSED_TOGETHER], BlockStep.CLOSE)
        return "ending"

    def _order_recount(self, key: RunKey) -> str | None:
        """Enqueue the recount of a run that finished RECOUNTED_AFTER ago, with a message per block, then close the run.

        After a crash it is enqueued again. An unbalanced run stays open, so that it is recounted again.
        """
        run, blocks = self._ledger.run_with_blocks(key)
        if run is None or run.state != RunState.DONE or run.ended_at is None:
            return None
        if self._now() - run.ended_at < rules.RECOUNTED_AFTER:
            return None
        if not rules.are_rows_kept(run, self._now()):
            self._ledger.close_run(key, RunState.DONE)
            return "expired"
        balanced = 0
        for chunk in in_chunks(blocks, RECOUNTS_PER_CALL):
            numbers = [block.number for block in chunk]
            self._dispatcher.process_blocks(key, numbers, BlockStep.RECOUNT, per_message=1)
            balanced += sum(rules.is_balanced(block) for block in chunk)
        if balanced < run.blocks:
            raise RuntimeError(f"the counters of run {key.run_id} of {key.source} are unbalanced")
        self._ledger.close_run(key, RunState.DONE)
        return "recounts_enqueued"
