"""What nobody else does: starts that were missed, parked and stalled runs, ends that a crash prevented, recounts."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from postrider.delivery import rules
from postrider.delivery.blocks import blocks_of
from postrider.delivery.dispatch import Dispatcher
from postrider.delivery.ledger import Audience, Ledger
from postrider.delivery.messages import Act
from postrider.delivery.model import Run, RunKey, RunState
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import DELIVERING, SCHEDULED, Campaigns, RunGuard
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound
from postrider.kit.observability import AlarmMetric, emit_alarm, logger


class RunSweeper:
    def __init__(
        self,
        ledger: Ledger,
        campaigns: Campaigns,
        audience: Audience,
        orders: Dispatcher,
        accounting: RunAccounting,
        gate: RunGuard,
        now: Clock,
    ) -> None:
        self._ledger, self._campaigns, self._audience, self._orders = ledger, campaigns, audience, orders
        self._accounting, self._gate, self._now = accounting, gate, now

    def sweep(self) -> dict[str, int]:
        """One look at every unfinished campaign and open run; numbers of what was done, by kind."""
        done: Counter[str] = Counter()
        for account_id, campaign_id in list(self._campaigns.unfinished()):
            self._alone(done, campaign_id, partial(self._start_missed, account_id, campaign_id))
        for key in list(self._ledger.open_runs()):
            self._alone(done, key.campaign_id, partial(self._look_after, key))
        return dict(done)

    def reconcile(self) -> dict[str, int]:
        """Recount the runs that have finished; a run whose counters are what its rows say is closed."""
        done: Counter[str] = Counter()
        for key in list(self._ledger.open_runs()):
            self._alone(done, key.campaign_id, partial(self._reconcile, key))
        return dict(done)

    def _alone(self, done: Counter[str], campaign_id: int, look: Callable[[], str | None]) -> None:
        """One campaign's trouble does not keep the others from being looked after."""
        try:
            what = look()
        except Exception as exc:
            emit_alarm(AlarmMetric.SWEEP_FAILED)
            logger.exception("sweep failed", campaign_id=campaign_id, error=type(exc).__name__)
            what = "failed_looks"
        if what is not None:
            done[what] += 1

    def _start_missed(self, account_id: str, campaign_id: int) -> str | None:
        try:
            campaign = self._campaigns.get(account_id, campaign_id)
        except NotFound:
            return None
        missed = (
            campaign.status == SCHEDULED
            and not campaign.suspended
            and campaign.scheduled_for is not None
            and campaign.scheduled_for <= self._now() - rules.MISSED
        )
        begun = campaign.status == DELIVERING and campaign.run_id is not None
        unplanned = begun and self._unplanned(RunKey(account_id, campaign_id, campaign.run_id))
        if missed or unplanned:
            self._orders.start(account_id, campaign_id)
            return "started"
        return None

    def _unplanned(self, key: RunKey) -> bool:
        """Whether somebody died between the campaign's start and the orders of its run."""
        run = self._ledger.run(key)
        return run is None or (run.state == RunState.SENDING and run.ordered_at is None)

    def _look_after(self, key: RunKey) -> str | None:
        run = self._ledger.run(key)
        if run is None or run.state == RunState.DONE:
            return None
        if run.state == RunState.ENDING or not self._gate.current(key):
            return self._end(run)
        if run.blocks_done >= run.blocks and run.ordered_at is not None:
            return "finished" if self._accounting.finish(key) else None
        if self._campaigns.get(key.account_id, key.campaign_id).suspended or run.ordered_at is None:
            return None
        now = self._now()
        if run.parked_until is not None:
            if run.parked_until > now:
                return None
            self._orders.start(key.account_id, key.campaign_id, again=True)
            return "resumed"
        if now - max(run.ordered_at, run.looked_at or run.ordered_at) < rules.STALLED:
            return None
        return self._order_stalled(run)

    def _order_stalled(self, run: Run) -> str | None:
        """Order again what no message is left for: nothing at all has moved for a while."""
        now = self._now()
        self._ledger.change_run(run.key, looked_at=now)
        moved = [block.progressed_at for block in self._ledger.blocks(run.key) if block.progressed_at is not None]
        if moved and now - max(moved) < rules.STALLED:
            return None
        self._orders.start(run.account_id, run.campaign_id, again=True)
        return "resumed"

    def _end(self, run: Run) -> str | None:
        """A cancelled run is accounted for when the last sender that may not know of it has ended."""
        now = self._now()
        if run.state == RunState.SENDING:
            self._ledger.change_run(run.key, only_in=RunState.SENDING, state=RunState.ENDING.value, ended_at=now)
            return "ending"
        if run.blocks_done >= run.blocks:
            return "ended" if self._accounting.finish(run.key) else None
        waited = run.ended_at is not None and now - run.ended_at > rules.LEASE
        ordered = run.looked_at is not None and now - run.looked_at < rules.STALLED
        if not waited or (ordered and run.looked_at >= run.ended_at):  # type: ignore[operator]  # both are moments here
            return None
        self._ledger.change_run(run.key, looked_at=now)
        self._orders.plan(run.key, blocks_of(run, self._audience, self._ledger), Act.END)
        return "ending"

    def _reconcile(self, key: RunKey) -> str | None:
        run = self._ledger.run(key)
        if run is None or run.state != RunState.DONE or run.ended_at is None:
            return None
        if self._now() - run.ended_at < rules.RECONCILED_AFTER:
            return None
        repaired, totals = self._accounting.reconciled(run)
        if not totals.complete:
            raise RuntimeError(f"run {key.run_id} of campaign {key.campaign_id} does not balance")
        self._ledger.close_run(key, RunState.DONE)
        return "repaired" if repaired else "reconciled"
