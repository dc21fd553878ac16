"""Sending, as the doors and other nouns see it; each step is a class of its own beside this one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from time import sleep as real_sleep

from postrider.delivery import rules
from postrider.delivery.batch_sender import BatchSender
from postrider.delivery.claims import SentLog
from postrider.delivery.dispatch import Dispatcher
from postrider.delivery.ledger import Audience, Ledger
from postrider.delivery.mail_sender import Composer
from postrider.delivery.messages import PlanBlocks, SendChunk, StartCampaign
from postrider.delivery.model import Outcome, Row, RunKey, Tally, Totals
from postrider.delivery.rate.pacer import Pacer, Sleep
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import Campaign, Campaigns, RunGuard
from postrider.delivery.run_starter import RunStarter
from postrider.delivery.run_sweeper import RunSweeper
from postrider.kit.clock import Clock
from postrider.ports.mailer import Mailer
from postrider.ports.queue import Queue
from postrider.ports.scheduler import Scheduler

SENDING_THREADS = 16
"""Calls to the mailer at a time: at 200 a second each may take 80 ms."""


class DeliveryService:
    def __init__(
        self,
        *,
        ledger: Ledger,
        campaigns: Campaigns,
        audience: Audience,
        composer: Composer,
        mailer: Mailer,
        rates: RateService,
        queue: Queue,
        scheduler: Scheduler,
        log: SentLog,
        now: Clock,
        sleep: Sleep = real_sleep,
        threads: int = SENDING_THREADS,
    ) -> None:
        self._ledger = ledger
        orders, gate = Dispatcher(queue), RunGuard(ledger, campaigns, now)
        self._orders, self._accounting = orders, RunAccounting(ledger, campaigns, log, now)
        self._starter = RunStarter(ledger, campaigns, audience, orders, self._accounting, gate, scheduler, now)
        self._batch_sender = BatchSender(
            ledger,
            audience,
            composer,
            mailer,
            rates,
            Pacer(now, sleep, threads=threads),
            gate,
            self._accounting,
            orders,
            campaigns,
            now,
        )
        self._sweeper = RunSweeper(ledger, campaigns, audience, orders, self._accounting, gate, now)

    # What a campaign's life asks for

    def schedule_start(self, account_id: str, campaign_id: int, moment: datetime) -> None:
        """Let the campaign start at `moment`; one that lies in the past means at once."""
        self._starter.schedule_start(account_id, campaign_id, moment)

    def cancel_start(self, account_id: str, campaign_id: int) -> None:
        """Forget an arranged start, if there is one."""
        self._starter.cancel_start(account_id, campaign_id)

    def resume_run(self, campaign: Campaign) -> None:
        """Take up a sending that was paused: what is not done is ordered once more."""
        self._orders.start(campaign.account_id, campaign.id, again=True)

    def may_have_sent(self, campaign: Campaign) -> bool:
        """Whether any mail of this campaign has left, or may have."""
        return campaign.run_id is not None and self._accounting.may_have_sent(_key(campaign, campaign.run_id))

    # What the queues and schedules bring

    def start(self, order: StartCampaign) -> None:
        """Begin the run of a campaign that is due, or go on with one that has begun; otherwise nothing."""
        self._starter.start(order)

    def plan(self, order: PlanBlocks) -> None:
        """Store who the recipients of these blocks are, and order the sending to them."""
        self._starter.plan(order)

    def deliver(self, orders: Sequence[SendChunk], *, time_left_s: float = rules.FUNCTION_TIMEOUT_S) -> None:
        """Send to those of some chunks who are not accounted for; more than one are of one place (`orders.place_of`)."""
        self._batch_sender.deliver(orders, time_left_s=time_left_s)

    def sweep(self) -> dict[str, int]:
        """Each minute: what was missed, parked, lost or left unfinished."""
        return self._sweeper.sweep()

    def reconcile(self) -> dict[str, int]:
        """Recount what has finished."""
        return self._sweeper.reconcile()

    def confirm(self, account_id: str, campaign_id: int, run_id: str, accepted: Mapping[int, str]) -> int:
        """The mailer says it took these mails (message id by contact): open rows become `sent`; how many did."""
        return self._accounting.confirm(account_id, campaign_id, run_id, accepted)

    # What is known

    def open_runs(self) -> Iterator[RunKey]:
        """The runs that somebody still looks after, in every account: going on, or not yet recounted."""
        return self._ledger.open_runs()

    def totals(self, campaign: Campaign) -> Totals | None:
        """Recipients by outcome, from the counters; None before the campaign was started."""
        return None if campaign.run_id is None else self._accounting.totals(_key(campaign, campaign.run_id))

    def recount(self, campaign: Campaign) -> Tally:
        """The same from the ledger's rows: equal to the counters at any time."""
        return Tally() if campaign.run_id is None else self._accounting.recounted(_key(campaign, campaign.run_id))

    def recipients(self, campaign: Campaign, outcome: Outcome) -> Iterator[int]:
        """Ids of the contacts with this outcome, e.g. those of whom it is unknown whether they got the mail."""
        if campaign.run_id is None:
            return
        for block in self._ledger.blocks(_key(campaign, campaign.run_id)):
            for row in self._ledger.rows_of_block(campaign.id, block.number):
                if row.outcome == outcome and row.run_id == campaign.run_id:
                    yield row.contact_id

    def outcomes(self, campaign_id: int, contact_ids: Collection[int]) -> dict[int, Row]:
        """What the ledger says of these contacts; those that are no recipients are missing."""
        return self._ledger.rows(campaign_id, contact_ids)


def _key(campaign: Campaign, run_id: str) -> RunKey:
    return RunKey(campaign.account_id, campaign.id, run_id)
