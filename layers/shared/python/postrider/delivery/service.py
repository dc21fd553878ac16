"""The interface of delivery for handlers and other services; each step has its own class in this package."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from time import sleep as real_sleep
from typing import Any

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.batch_sender import BatchSender
from postrider.delivery.block_closer import BlockCloser
from postrider.delivery.block_planner import BlockPlanner
from postrider.delivery.claims import SentLog
from postrider.delivery.dispatch import Dispatcher, key_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.mail_sender import WriterFactory
from postrider.delivery.model import LedgerRow, Outcome, Run, RunKey, RunTotals, Tally
from postrider.delivery.production_access import ProductionAccessCheck
from postrider.delivery.progress import RunProgress, SendingProgress
from postrider.delivery.queue_messages import BlockStep, ProcessBlocks, SendChunk, StartRun
from postrider.delivery.rate.pacer import Pacer, Sleep
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.run_limit import NO_LIMIT, RunLimit
from postrider.delivery.run_starter import RunStarter
from postrider.delivery.run_sweeper import RunSweeper
from postrider.delivery.sources import DELIVERING, MailSources, SourceState
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid
from postrider.mail_events.source import MailSource
from postrider.ports.mailer import Mailer
from postrider.ports.queue import Queue
from postrider.ports.scheduler import Scheduler

SENDING_THREADS = 16
"""Maximum number of concurrent calls of the mailer: at 200 mails a second, each call may take 80 ms."""


class DeliveryService:
    def __init__(
        self,
        *,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        composer: WriterFactory,
        mailer: Mailer,
        rates: RateService,
        queue: Queue,
        scheduler: Scheduler,
        log: SentLog,
        now: Clock,
        sleep: Sleep = real_sleep,
        threads: int = SENDING_THREADS,
        can_send: Callable[[], bool] = lambda: True,
        is_unknown: Callable[[Run], bool] = lambda run: False,
        is_open: Callable[[str], bool] = lambda account_id: True,
    ) -> None:
        self._ledger, self._now = ledger, now
        self._dispatcher, guard = Dispatcher(queue), RunGuard(ledger, sources, now, can_send, is_open)
        self._accounting = RunAccounting(ledger, sources, log, now)
        self._progress = RunProgress(self._accounting, rates, now)
        self._production_access = ProductionAccessCheck(rates, mailer, audience)
        self._starter = RunStarter(
            ledger,
            sources,
            audience,
            self._dispatcher,
            self._accounting,
            guard,
            scheduler,
            self._production_access,
            now,
        )
        self._planner = BlockPlanner(ledger, sources, audience, self._dispatcher, self._accounting, guard)
        self._closer = BlockCloser(ledger, audience, self._accounting, now)
        self._batch_sender = BatchSender(
            ledger,
            sources,
            audience,
            composer,
            mailer,
            rates,
            Pacer(now, sleep, threads=threads),
            guard,
            self._accounting,
            self._dispatcher,
            now,
            is_unknown,
        )
        self._sweeper = RunSweeper(ledger, sources, audience, self._dispatcher, self._accounting, guard, now)

    # Requests of the owner of a source

    def schedule_start(self, account_id: str, source: MailSource, moment: datetime) -> None:
        """Schedule the start of the source at this moment, or enqueue it now if the moment has passed."""
        self._starter.schedule_start(account_id, source, moment)

    def check_recipients(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> None:
        """Check that the mailer may send to all recipients. Raises Invalid if some of them need production access."""
        self._production_access.check(account_id, list_id, segment_id, audience_id)

    def cancel_start(self, source: MailSource) -> None:
        """Delete the schedule of a start, if it exists."""
        self._starter.cancel_start(source)

    def resume_run(self, state: SourceState) -> None:
        """Enqueue the undone work of a paused run again."""
        self._dispatcher.start_run(state.account_id, state.source, again=True)

    def check_resumable(self, state: SourceState) -> None:
        """Check that the current run can continue. Raises Invalid if it began too long ago."""
        run = self._run(state)
        if run is not None and rules.is_overdue(run, self._now()):
            days = rules.LONGEST_RUN.days
            raise Invalid(
                f"The sending began more than {days} days ago and cannot be resumed. Cancel it, and create a new one.",
                code="run_too_old",
            )

    def may_have_sent(self, state: SourceState) -> bool:
        """Return whether a mail of the current run was sent, or may have been sent."""
        return state.run_id is not None and self._accounting.may_have_sent(_key(state, state.run_id))

    # Messages of queues and schedules

    def start(self, message: StartRun, known: SourceState | None = None) -> None:
        """Begin the run of a source that is due, or continue a run that has begun; otherwise do nothing.

        `known` is the state of the source, if the caller has read it.
        """
        self._starter.start(message, known)

    def begin_run(
        self,
        account_id: str,
        source: MailSource,
        run_id: str,
        *,
        list_id: int,
        revision: int,
        audience: Mapping[str, Any],
    ) -> None:
        """Begin a run of a source with several runs; a repeated call only completes an interrupted one."""
        key = RunKey(account_id, source, run_id)
        self._starter.begin(key, list_id=list_id, revision=revision, audience=audience)

    def process_blocks(self, message: ProcessBlocks, limit: RunLimit = NO_LIMIT) -> None:
        """Plan blocks within the limit, enqueue their chunks again, or close blocks of a cancelled run."""
        if message.action == BlockStep.CLOSE:
            for number in message.blocks:
                self._closer.close(key_of(message), number)
        else:
            self._planner.plan(message, limit)

    def recount_blocks(self, messages: Sequence[ProcessBlocks]) -> int:
        """Repair the counters of blocks of one run; return the number of blocks that differed from their rows."""
        numbers = [number for message in messages for number in message.blocks]
        return self._accounting.repair_blocks(key_of(messages[0]), numbers)

    def send(self, messages: Sequence[SendChunk], *, time_left_s: float = rules.FUNCTION_TIMEOUT_S) -> None:
        """Send to the undecided recipients of chunks; all messages have the same `dispatch.place_of`."""
        self._batch_sender.send(messages, time_left_s=time_left_s)

    def sweep(self) -> dict[str, int]:
        """Continue runs and starts that were missed, parked, lost or interrupted; called every minute."""
        return self._sweeper.sweep()

    def enqueue_recounts(self) -> dict[str, int]:
        """Enqueue the recount of finished runs; called every hour."""
        return self._sweeper.enqueue_recounts()

    def confirm(self, account_id: str, source: MailSource, run_id: str, accepted: Mapping[int, str]) -> int:
        """Mark open rows of accepted mails (message id by contact id) as sent; return the number of changed rows."""
        return self._accounting.confirm(RunKey(account_id, source, run_id), accepted)

    # Reading

    def open_runs(self) -> Iterator[RunKey]:
        """Yield the runs that are not finished, in all accounts."""
        return self._ledger.open_runs()

    def sent_by_open_runs(self, account_id: str, list_id: int) -> dict[tuple[MailSource, str], int]:
        """Return the number of mails sent so far by (source, run id), for runs of the list that are not finished."""
        runs = [run for key in self._ledger.open_runs(account_id) if (run := self._ledger.run(key)) is not None]
        return {
            (run.source, run.run_id): self._accounting.totals(run.key).sent for run in runs if run.list_id == list_id
        }

    def totals_of_open_runs(self, account_id: str) -> dict[tuple[MailSource, str], RunTotals]:
        """Return the totals of unfinished runs, by source and run id."""
        runs = self._ledger.open_runs(account_id)
        return {(key.source, key.run_id): self._accounting.totals(key) for key in runs}

    def progress(self, state: SourceState) -> SendingProgress:
        """Return the progress of the current run; zeros before it began."""
        return self._progress.of(state, self._run(state))

    def allowed_rate(self) -> float | None:
        """Return the allowed number of mails a second, or None if it is unknown."""
        return self._progress.allowed_rate()

    def began_at(self, state: SourceState) -> datetime | None:
        """Return the moment when the current run began, or None if the source was not started."""
        run = self._run(state)
        return None if run is None else run.began_at

    def totals(self, state: SourceState) -> RunTotals | None:
        """Return the totals of the current run from its counters, or None if the source was not started."""
        return None if state.run_id is None else self._accounting.totals(_key(state, state.run_id))

    def is_stalled(self, state: SourceState) -> bool:
        """Return whether the current run should be sending, but made no progress for a minute."""
        if state.status != DELIVERING or state.suspended or state.run_id is None:
            return False
        return self._accounting.is_stalled(_key(state, state.run_id))

    def recount(self, state: SourceState) -> Tally:
        """Count the rows of the current run. Raises Invalid if they have expired."""
        self._check_rows_kept(state)
        return Tally() if state.run_id is None else self._accounting.recount(_key(state, state.run_id))

    def recipients(self, state: SourceState, outcome: Outcome) -> Iterator[int]:
        """Yield the ids of recipients with this outcome. Raises Invalid if the rows have expired."""
        self._check_rows_kept(state)
        if state.run_id is None:
            return
        for block in self._ledger.blocks(_key(state, state.run_id)):
            for row in self._ledger.rows_of_block(state.account_id, state.source, block.number):
                if row.outcome == outcome and row.run_id == state.run_id:
                    yield row.contact_id

    def outcomes(self, account_id: str, source: MailSource, contact_ids: Collection[int]) -> dict[int, LedgerRow]:
        """Return rows by contact id; contacts that are not recipients are missing."""
        return self._ledger.rows(account_id, source, contact_ids)

    def outcomes_among(
        self, account_id: str, pairs: Collection[tuple[MailSource, int]]
    ) -> dict[tuple[MailSource, int], LedgerRow]:
        """Return rows by (source, contact id), with one call for 100; contacts that are not recipients are missing."""
        return self._ledger.rows_among(account_id, pairs)

    def planned_blocks(self, state: SourceState) -> list[int]:
        """Return the blocks in which the current run has recipients so far, in order."""
        if state.run_id is None:
            return []
        return [block.number for block in self._ledger.blocks(_key(state, state.run_id))]

    def recipients_in(self, account_id: str, source: MailSource, block: int) -> list[int]:
        """Return the ids of the recipients of a source in a block that have a row, in order."""
        return [row.contact_id for row in self._ledger.rows_of_block(account_id, source, block)]

    def revision_of(self, account_id: str, source: MailSource, run_id: str) -> int | None:
        """Return the revision of the content of a run; None for an unknown run."""
        run = self._ledger.run(RunKey(account_id, source, run_id))
        return None if run is None else run.revision

    def outcomes_of_contact(
        self, account_id: str, contact_id: int, sources: Collection[MailSource]
    ) -> dict[MailSource, LedgerRow]:
        """Return the rows of a contact by source; sources without this recipient are missing."""
        return self._ledger.rows_of_contact(account_id, contact_id, sources)

    def _check_rows_kept(self, state: SourceState) -> None:
        run = self._run(state)
        if run is not None and not rules.are_rows_kept(run, self._now()):
            raise Invalid(
                f"The sending of {state.source} ended more than {rules.ROWS_KEPT.days} days ago: only its totals are kept.",
                code="recipients_expired",
            )

    def _run(self, state: SourceState) -> Run | None:
        return None if state.run_id is None else self._ledger.run(_key(state, state.run_id))


def _key(state: SourceState, run_id: str) -> RunKey:
    return RunKey(state.account_id, state.source, run_id)
