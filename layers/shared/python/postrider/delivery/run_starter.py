"""The beginning of a run: the campaign starts once, its audience is frozen, its blocks are ordered and planned."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from postrider.delivery import rules
from postrider.delivery.blocks import blocks_of
from postrider.delivery.dispatch import Dispatcher, key_of
from postrider.delivery.ledger import Audience, Ledger
from postrider.delivery.messages import START_QUEUE, Act, PlanBlocks, StartCampaign
from postrider.delivery.model import Block, Run, RunKey, RunState
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import DELIVERING, SCHEDULED, Campaign, Campaigns, RunGuard
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.kit.observability import logger
from postrider.ports.scheduler import Scheduler

LATE_REASON = "The start came more than {minutes} minutes late; resume the campaign to send it now."
RUN_ID_CHARS = 12


class RunStarter:
    def __init__(
        self,
        ledger: Ledger,
        campaigns: Campaigns,
        audience: Audience,
        orders: Dispatcher,
        accounting: RunAccounting,
        gate: RunGuard,
        scheduler: Scheduler,
        now: Clock,
    ) -> None:
        self._ledger, self._campaigns, self._audience, self._orders = ledger, campaigns, audience, orders
        self._accounting, self._gate, self._scheduler, self._now = accounting, gate, scheduler, now

    # When

    def schedule_start(self, account_id: str, campaign_id: int, moment: datetime) -> None:
        """Let the campaign start at `moment`; one that lies in the past means at once."""
        order = StartCampaign(account_id=account_id, campaign_id=campaign_id)
        if moment <= self._now():
            self._orders.start(account_id, campaign_id)
        else:
            self._scheduler.put(_alarm(campaign_id), moment, START_QUEUE, order)

    def cancel_start(self, account_id: str, campaign_id: int) -> None:
        """Forget an arranged start, if there is one."""
        self._scheduler.remove(_alarm(campaign_id))

    # Starting

    def start(self, order: StartCampaign) -> None:
        """Begin the run of a campaign that is due, or go on with one that has begun; otherwise nothing."""
        try:
            campaign = self._campaigns.get(order.account_id, order.campaign_id)
        except NotFound:
            return
        if campaign.status == SCHEDULED and not campaign.suspended:
            campaign = self._started(campaign)
        if campaign is not None and campaign.status == DELIVERING and campaign.run_id:
            with self._held_when_refused(campaign.account_id, campaign.id):
                self._begin(campaign, again=order.again)

    def _started(self, campaign: Campaign) -> Campaign | None:
        """The campaign once it is delivering; None when it is too early, too late, or somebody else's turn."""
        due = campaign.scheduled_for
        if due is None or due > self._now() + rules.EARLY:
            return None
        if self._now() - due > rules.LATE:
            minutes = int(rules.LATE.total_seconds() // 60)
            self._campaigns.pause(campaign.account_id, campaign.id, reason=LATE_REASON.format(minutes=minutes))
            logger.warning("campaign held: its start came too late", extra={"campaign_id": campaign.id})
            return None
        run_id = random_id(RUN_ID_CHARS)
        started: Campaign | None = self._campaigns.start(campaign.account_id, campaign.id, run_id=run_id)
        return started

    def _begin(self, campaign: Campaign, *, again: bool) -> None:
        """Store the run, then order its blocks. Whatever of this was done before is not done again."""
        assert campaign.run_id is not None  # asked by the caller
        assert campaign.list_id is not None  # asked when it was scheduled
        key = RunKey(campaign.account_id, campaign.id, campaign.run_id)
        run = self._ledger.run(key)
        if run is None:
            run, blocks = self._new_run(campaign, key)
        elif run.state != RunState.SENDING or (run.ordered_at is not None and not again):
            return
        else:
            blocks = blocks_of(run, self._audience, self._ledger)
        self._orders.plan(key, blocks, Act.AGAIN if again and run.ordered_at is not None else Act.PLAN)
        self._ledger.change_run(key, ordered_at=self._now(), parked_until=None)
        if not blocks:
            self._accounting.finish(key)

    def _new_run(self, campaign: Campaign, key: RunKey) -> tuple[Run, list[int]]:
        """The run as it is stored, and its blocks."""
        assert campaign.list_id is not None
        audience = self._audience.freeze(campaign.account_id, campaign.list_id, campaign.segment_id)
        blocks = self._audience.blocks(key.account_id, audience)
        run = self._ledger.add_run(
            Run(
                account_id=key.account_id,
                campaign_id=key.campaign_id,
                run_id=key.run_id,
                list_id=campaign.list_id,
                revision=campaign.revision,
                audience=audience,
                blocks=len(blocks),
                state=RunState.SENDING,
                began_at=self._now(),
            )
        )
        # somebody else may have stored it, with an audience frozen a moment earlier
        return run, blocks if run.blocks == len(blocks) else self._audience.blocks(key.account_id, run.audience)

    @contextmanager
    def _held_when_refused(self, account_id: str, campaign_id: int) -> Iterator[None]:
        """The audience cannot be computed (any more): the owner has to look, trying again does not help."""
        try:
            yield
        except (Invalid, NotFound) as exc:
            self._campaigns.pause(account_id, campaign_id, reason=f"The audience cannot be found: {exc.message}")
            logger.error("held: no audience", extra={"campaign_id": campaign_id, "code": exc.code})

    # Planning

    def plan(self, order: PlanBlocks) -> None:
        """Find the recipients of each block, store them, then order their chunks; or what else the order asks for."""
        key = key_of(order)
        if order.act == Act.END:
            for number in order.blocks:
                self._accounting.end_block(key, number)
            return
        for number in order.blocks:
            run = self._gate.open(key)
            if run is None:  # paused, or over: resuming orders it again
                return
            with self._held_when_refused(run.account_id, run.campaign_id):
                self._plan_block(run, number, again=order.act == Act.AGAIN)

    def _plan_block(self, run: Run, number: int, *, again: bool) -> None:
        block = self._ledger.block(run.key, number) if again else None
        if block is None:
            ids = self._audience.matching(run.account_id, run.audience, number)
            block = self._ledger.add_block(run.key, Block(number=number, bitmap=rules.bitmap_of(ids)))
        if block.done:
            return
        if again or not block.ordered:
            self._orders.chunks(run.key, block, again=again)
            self._ledger.mark_ordered(run.key, number)
        self._accounting.close_if_complete(run.key, block)


def _alarm(campaign_id: int) -> str:
    return f"campaign-{campaign_id}"
