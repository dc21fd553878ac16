"""Begin runs: start a source once, freeze its audience, and enqueue its blocks for planning."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from postrider.delivery import rules
from postrider.delivery.audience import Audience
from postrider.delivery.block_planner import pausing_when_refused
from postrider.delivery.blocks import blocks_of
from postrider.delivery.dispatch import Dispatcher
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Run, RunKey, RunState
from postrider.delivery.production_access import ProductionAccessCheck
from postrider.delivery.queue_messages import PLAN_QUEUE, BlockStep, StartRun
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.sources import DELIVERING, SCHEDULED, MailSources, SourceState
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.kit.observability import logger
from postrider.mail_events.source import MailSource
from postrider.ports.scheduler import Scheduler, SchedulerRefused

LATE_REASON = "The start came more than {minutes} minutes late; resume the campaign to send it now."
RUN_ID_CHARS = 12


class RunStarter:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        dispatcher: Dispatcher,
        accounting: RunAccounting,
        guard: RunGuard,
        scheduler: Scheduler,
        production_access: ProductionAccessCheck,
        now: Clock,
    ) -> None:
        self._ledger, self._sources, self._audience, self._dispatcher = ledger, sources, audience, dispatcher
        self._accounting, self._guard, self._scheduler, self._now = accounting, guard, scheduler, now
        self._production_access = production_access

    def schedule_start(self, account_id: str, source: MailSource, moment: datetime) -> None:
        """Schedule the start of the source at this moment, or enqueue it now if the moment has passed.

        A near start is a delayed message, because EventBridge Scheduler refuses moments that have passed. If it refuses a
        later moment, the sweeper starts the source, a few minutes late.
        """
        delay_s = (moment - self._now()).total_seconds()
        if delay_s <= rules.MAX_DELAY_S:
            self._dispatcher.start_run(account_id, source, delay_s=max(delay_s, 0.0))
            return
        try:
            message = StartRun(account_id=account_id, source=source)
            self._scheduler.put(_schedule_name(source), moment, PLAN_QUEUE, message)
        except SchedulerRefused as exc:
            logger.error(
                "start not scheduled: the sweeper starts it", extra={"source": str(source), "reason": str(exc)}
            )

    def cancel_start(self, source: MailSource) -> None:
        """Delete the schedule of a start, if it exists."""
        self._scheduler.remove(_schedule_name(source))

    def start(self, message: StartRun, known: SourceState | None = None) -> None:
        """Begin the run of a source that is due, or continue a run that has begun; otherwise do nothing.

        `known` is the state of the source, if the caller has read it. Do nothing in a copy that was not taken up; the sweeper
        enqueues the start after it was taken up.
        """
        if not self._guard.may_send():
            return
        try:
            state = known or self._sources.get(message.account_id, message.source)
        except NotFound:
            return
        if message.run_id is not None:
            run = self._ledger.run(RunKey(message.account_id, message.source, message.run_id))
            if run is not None and state.delivers(message.run_id):
                self._continue(run, again=message.again)
            return
        started = self._start_due(state) if state.status == SCHEDULED and not state.suspended else None
        with pausing_when_refused(self._sources, state.account_id, state.source):
            if started is not None:
                self._begin_new(started, again=message.again)
            elif state.status == DELIVERING and state.run_id is not None:
                self._begin_or_continue(state, state.run_id, again=message.again)

    def begin(self, key: RunKey, *, list_id: int, revision: int, audience: Mapping[str, Any]) -> None:
        """Begin a run with this key and audience; completed steps are not repeated."""
        blocks = self._audience.blocks(key.account_id, audience)
        run = self._ledger.run(key) or self._store(key, list_id, revision, audience, blocks)
        self._order(run, blocks, again=False)

    def _start_due(self, state: SourceState) -> SourceState | None:
        """Start a due source and return it; return None if it is too early or too late, or another worker started it."""
        due = state.scheduled_for
        if due is None or due > self._now() + rules.EARLY:
            return None
        if self._now() - due > rules.LATE:
            minutes = int(rules.LATE.total_seconds() // 60)
            self._sources.pause(state.account_id, state.source, reason=LATE_REASON.format(minutes=minutes))
            logger.warning("paused: the start came too late", extra={"source": str(state.source)})
            return None
        if not self._guard.is_open(state.account_id):
            return None  # the sweeper orders it until it is too late
        try:
            assert state.list_id is not None  # checked when it was scheduled
            self._production_access.check(state.account_id, state.list_id, state.segment_id, state.audience_id)
        except (Invalid, NotFound) as exc:
            self._sources.pause(state.account_id, state.source, reason=f"It cannot be sent: {exc.message}")
            return None
        return self._sources.start(state, run_id=random_id(RUN_ID_CHARS))

    def _begin_or_continue(self, state: SourceState, run_id: str, *, again: bool) -> None:
        """Complete the begin of a run that was interrupted; completed steps are not repeated."""
        run = self._ledger.run(RunKey(state.account_id, state.source, run_id))
        if run is not None:
            self._continue(run, again=again)
        else:
            self._begin_new(state, again=again)

    def _begin_new(self, state: SourceState, *, again: bool) -> None:
        """Store the run of a started source, then enqueue its blocks."""
        run, blocks = self._add_run(state)
        self._order(run, blocks, again=again)

    def _continue(self, run: Run, *, again: bool) -> None:
        if self._has_work(run, again=again):
            self._order(run, blocks_of(run, self._audience, self._ledger), again=again)

    def _has_work(self, run: Run, *, again: bool) -> bool:
        is_ordered = run.ordered_at is not None and not again
        return run.state == RunState.SENDING and not rules.is_overdue(run, self._now()) and not is_ordered

    def _order(self, run: Run, blocks: Sequence[int], *, again: bool) -> None:
        """Enqueue the blocks of a run that has work."""
        if not self._has_work(run, again=again):
            return
        is_ordered = again and run.ordered_at is not None
        self._dispatcher.process_blocks(run.key, blocks, BlockStep.ENQUEUE_AGAIN if is_ordered else BlockStep.PLAN)
        self._ledger.change_run(run.key, ordered_at=self._now(), parked_until=None)
        if not blocks:
            self._accounting.finish(run.key)

    def _add_run(self, state: SourceState) -> tuple[Run, list[int]]:
        """Store a new run; return the stored one and its blocks."""
        assert state.list_id is not None  # checked when it was scheduled
        assert state.run_id is not None  # set by its start
        key = RunKey(state.account_id, state.source, state.run_id)
        frozen = self._audience.freeze(state.account_id, state.list_id, state.segment_id, state.audience_id)
        run = self._store(key, state.list_id, state.revision, frozen.definition, frozen.blocks)
        if run.blocks == len(frozen.blocks):
            return run, frozen.blocks
        # another worker has stored it, with an audience frozen a moment earlier
        return run, self._audience.blocks(key.account_id, run.audience)

    def _store(
        self, key: RunKey, list_id: int, revision: int, audience: Mapping[str, Any], blocks: Sequence[int]
    ) -> Run:
        return self._ledger.add_run(
            Run(
                account_id=key.account_id,
                source=key.source,
                run_id=key.run_id,
                list_id=list_id,
                revision=revision,
                audience=audience,
                blocks=len(blocks),
                state=RunState.SENDING,
                began_at=self._now(),
            )
        )


def _schedule_name(source: MailSource) -> str:
    return f"{source.kind}-{source.id}"
