"""A small world to send campaigns in: contacts, campaigns and queues in memory, workers that can be stopped anywhere.

The services of `postrider.delivery` are the real ones; the ledger is DynamoDB or memory. Time only moves when told to.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from functions.workers.plan_runs.handler import MESSAGES
from postrider.adapters.memory import MemoryMailer
from postrider.adapters.sqs import HIDDEN_S
from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.audience import FrozenAudience
from postrider.delivery.dispatch import ids_of, place_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import LedgerRow, Outcome, Run, RunKey, RunTotals
from postrider.delivery.queue_messages import (
    SEND_QUEUE,
    BlockStep,
    ProcessBlocks,
    SendChunk,
    StartRun,
)
from postrider.delivery.rate.service import RateService
from postrider.delivery.service import DeliveryService
from postrider.delivery.sources import SourceState
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.model import EventBatch
from postrider.mail_events.source import MailSource
from postrider.ports.mailer import OutgoingMail
from tests.testing.clock import MovableClock
from tests.testing.fakes import MemoryScheduler

ACCOUNT = "7"
LIST = 3
VISIBILITY = timedelta(seconds=HIDDEN_S)
MAX_RECEIVES = 5
_campaign_ids = itertools.count(1)

Interruption = Callable[[], None]


class Killed(BaseException):
    """A crash of the process: no handler of the code under test may catch it."""


class Traps:
    """Action when a worker reaches a point: "before ledger.insert", "after queue.send", "after mailer.send", …"""

    def __init__(self) -> None:
        self._set: dict[tuple[str, int], Interruption] = {}
        self._seen: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()

    def set(self, point: str, act: Interruption, *, nth: int = 1) -> None:
        """`act` when the point is reached for the nth time from now."""
        self._set[point, self._seen[point] + nth] = act

    def kill(self, point: str, *, nth: int = 1) -> None:
        def die() -> None:
            raise Killed(point)

        self.set(point, die, nth=nth)

    def reach(self, point: str) -> None:
        self._seen[point] += 1
        act = self._set.pop((point, self._seen[point]), None)
        if act is not None:
            self.passed[point] += 1
            act()

    def clear(self) -> None:
        self._set.clear()

    def around(self, name: str, part: Any) -> Any:
        """The part, with a trap before and after each call."""
        return Trapped(self, name, part)


class Trapped:
    def __init__(self, traps: Traps, name: str, part: Any) -> None:
        self._traps, self._name, self._part = traps, name, part

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._part, method)
        if not callable(call):
            return call

        def trapped(*args: Any, **kwargs: Any) -> Any:
            self._traps.reach(f"before {self._name}.{method}")
            result = call(*args, **kwargs)
            self._traps.reach(f"after {self._name}.{method}")
            return result

        return trapped


# Queues


@dataclass
class Message:
    queue: str
    body: str
    visible_at: datetime
    receives: int = 0
    gone: bool = False


class SimQueue:
    """A queue with at-least-once delivery: messages that are not deleted become visible again, then move to the dead letters."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.messages: list[Message] = []
        self.dead: list[Message] = []

    def send(self, queue: str, messages: Sequence[BaseModel], *, group: str, delay_s: int = 0) -> None:
        assert group == ACCOUNT
        assert 0 <= delay_s <= 900
        visible_at = self._now() + timedelta(seconds=delay_s)
        self.messages += [Message(queue, message.model_dump_json(), visible_at) for message in messages]

    def visible(self) -> list[Message]:
        now = self._now()
        self.messages = [message for message in self.messages if not message.gone]
        for message in [m for m in self.messages if m.receives >= MAX_RECEIVES and m.visible_at <= now]:
            self.messages.remove(message)
            self.dead.append(message)
        return [message for message in self.messages if message.visible_at <= now]

    def receive(self, message: Message) -> None:
        message.receives += 1
        message.visible_at = self._now() + VISIBILITY

    def redrive(self) -> None:
        """Run the command of the operator."""
        for message in self.dead:
            message.receives, message.visible_at = 0, self._now()
        self.messages += self.dead
        self.dead = []

    def lose_all(self) -> None:
        self.messages = []


# Campaigns and contacts


@dataclass(frozen=True, kw_only=True)
class FakeCampaign:
    id: int
    account_id: str = ACCOUNT
    status: str = "scheduled"
    suspended: bool = False
    pause_reason: str | None = None
    run_id: str | None = None
    list_id: int | None = LIST
    segment_id: int | None = None
    audience_id: str | None = None
    revision: int = 1
    scheduled_for: datetime | None = None

    @property
    def source(self) -> MailSource:
        return MailSource.campaign(self.id)

    def delivers(self, run_id: str) -> bool:
        return self.status == "delivering" and self.run_id == run_id


class FakeCampaigns:
    """The life of campaigns as `postrider.campaigns` has it, every act conditional on the state."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.kept: dict[int, FakeCampaign] = {}

    def get(self, account_id: str, source: MailSource) -> FakeCampaign:
        campaign = self.kept.get(source.campaign_id)
        if campaign is None or campaign.account_id != account_id:
            raise NotFound("Unknown campaign.")
        return campaign

    def change(self, campaign_id: int, **changes: Any) -> FakeCampaign:
        self.kept[campaign_id] = replace(self.kept[campaign_id], **changes)
        return self.kept[campaign_id]

    def start(self, state: SourceState, *, run_id: str) -> FakeCampaign | None:
        campaign = self.get(state.account_id, state.source)
        if campaign.status != "scheduled" or campaign.suspended:
            return None
        return self.change(campaign.id, status="delivering", run_id=run_id)

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> bool:
        campaign = self.get(account_id, source)
        if campaign.status in ("scheduled", "delivering") and not campaign.suspended:
            self.change(campaign.id, suspended=True, pause_reason=reason)
        return True

    def continue_after_block(self, key: RunKey, block: int) -> None:
        return None

    def continue_after_proof(self, run: Run, rows: Sequence[LedgerRow]) -> None:
        return None

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        campaign = self.get(account_id, source)
        if campaign.status == "delivering" and campaign.run_id == run_id:
            self.change(campaign.id, status="delivered", suspended=False)

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        for campaign in list(self.kept.values()):
            if campaign.status in ("scheduled", "delivering"):
                yield campaign.account_id, campaign.source


@dataclass
class Person:
    id: int
    email: str
    refusal: str | None = None
    writable: bool = True


class FakeAudience:
    def __init__(self, people: dict[int, Person]) -> None:
        self.people = people

    def freeze(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> FrozenAudience:
        definition = {"list_id": list_id, "last_id": max(self.people, default=0)}
        return FrozenAudience(definition=definition, blocks=self.blocks(account_id, definition))

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        return sorted({number // BLOCK_SIZE for number in self.people if number <= audience["last_id"]})

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        return [
            person.id
            for person in self.people.values()
            if person.id // BLOCK_SIZE == block and person.id <= audience["last_id"] and person.refusal is None
        ]

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> dict[int, Person]:
        return {number: self.people[number] for number in ids if number in self.people}


class FakeComposer:
    """Write a few bytes; `broken` makes the whole content unwritable. The content has variants with these ids, if any."""

    def __init__(self) -> None:
        self.broken = False
        self.variants: Sequence[int] = ()

    def writer(self, run: Run) -> "FakeComposer":
        if self.broken:
            raise Invalid("The content has no end.", code="content_invalid")
        return self

    def variant_of(self, contact_id: int, recipient: Any | None) -> int:
        return self.variants[contact_id % len(self.variants)] if self.variants else 0

    def write(self, recipient: Person, *, reference: str, variant: int) -> OutgoingMail:
        if not recipient.writable:
            raise Invalid("No mail for this recipient.", code="cannot_merge")
        return OutgoingMail(to=recipient.email, sender="news@example.org", message=reference.encode())


class MemoryLog:
    def __init__(self) -> None:
        self.batches: dict[str, tuple[str, list[int]]] = {}
        self.sent_counts: dict[MailSource, int] = {}

    def set_sent_count(
        self, account_id: str, list_id: int, source: MailSource, run_id: str, sent_by_hour: Mapping[int, int]
    ) -> None:
        assert list_id == LIST
        self.sent_counts[source] = sum(sent_by_hour.values())

    def record_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None:
        for batch in batches:
            content = (str(batch.type), list(batch.contact_ids))
            assert self.batches.setdefault(batch.event_id, content) == content, "one id, two contents"

    def contacts(self, kind: str) -> list[int]:
        return sorted(contact_id for logged, ids in self.batches.values() if logged == kind for contact_id in ids)


# The world


@dataclass
class World:
    ledger: Ledger
    timeline: Any
    clock: MovableClock = field(default_factory=MovableClock)
    rate: float = 1000
    per_day: int | None = None
    first_block: int = field(default_factory=lambda: next(_campaign_ids) * 1000)

    def __post_init__(self) -> None:
        self.traps = Traps()
        self.people: dict[int, Person] = {}
        self.closed_accounts: set[str] = set()
        self.campaigns = FakeCampaigns(self.clock)
        self.audience = FakeAudience(self.people)
        self.composer = FakeComposer()
        self.mailer = MemoryMailer(self.clock, rate=self.rate, per_day=self.per_day)
        self.queue = SimQueue(self.clock)
        self.scheduler = MemoryScheduler()
        self.log = MemoryLog()
        self.in_flight: set[int] = set()
        self._idle: list[DeliveryService] = []

    def add_people(self, count: int, *, per_block: int = BLOCK_SIZE) -> list[int]:
        """Contacts with addresses of their own; a block holds as many as `per_block`."""
        ids = []
        for number in range(count):
            contact_id = (self.first_block + number // per_block) * BLOCK_SIZE + number % per_block
            self.people[contact_id] = Person(contact_id, f"person-{contact_id}@example.com")
            ids.append(contact_id)
        return ids

    def add_campaign(self, *, starts_in: timedelta = timedelta(0)) -> FakeCampaign:
        campaign = FakeCampaign(id=next(_campaign_ids), scheduled_for=self.clock() + starts_in)
        self.campaigns.kept[campaign.id] = campaign
        self.service().schedule_start(ACCOUNT, campaign.source, self.clock() + starts_in)
        return campaign

    def service(self) -> DeliveryService:
        around = self.traps.around
        return DeliveryService(
            ledger=around("ledger", self.ledger),
            sources=around("campaigns", self.campaigns),
            audience=self.audience,
            composer=self.composer,
            mailer=around("mailer", self.mailer),
            rates=RateService(self.timeline, self.mailer, self.clock),
            queue=around("queue", self.queue),
            scheduler=self.scheduler,
            log=around("log", self.log),
            now=self.clock,
            sleep=lambda seconds: self.clock.move(timedelta(seconds=seconds)),
            threads=0,
            is_open=lambda account_id: account_id not in self.closed_accounts,
        )

    # Workers

    def work(self, *messages: Message, delete: bool = True) -> bool:
        """Deliver messages together to a worker; return False if it crashed. Warm workers keep their caches."""
        for message in messages:
            self.queue.receive(message)
        worker = self._idle.pop() if self._idle else self.service()
        orders = [_order(message) for message in messages]
        try:
            self._handle(worker, orders, again=messages[0].receives > 1)
        except Killed:
            sending = [order for order in orders if isinstance(order, SendChunk)]
            self.in_flight |= {contact_id for order in sending for contact_id in ids_of(order)}
            return False
        self._idle.append(worker)
        for message in messages:
            message.gone = message.gone or delete
        return True

    def _handle(self, worker: DeliveryService, orders: Sequence[Any], *, again: bool) -> None:
        if isinstance(orders[0], StartRun):
            worker.start(orders[0])
        elif isinstance(orders[0], ProcessBlocks):
            if orders[0].action == BlockStep.RECOUNT:
                worker.recount_blocks(orders)
            else:
                worker.process_blocks(orders[0])
        else:
            worker.send([order.model_copy(update={"again": order.again or again}) for order in orders])

    def batches(self) -> list[list[Message]]:
        """The visible messages as the worker's batches put them together."""
        batches: list[list[Message]] = []
        growing: dict[Any, list[Message]] = {}
        for message in self.queue.visible():
            order = _order(message)
            place = None if isinstance(order, StartRun) or message.receives else place_of(order)
            together = rules.chunks_together(self.rate) if isinstance(order, SendChunk) else rules.RECOUNTS_TOGETHER
            batch = growing.get(place)
            if place is None or batch is None or len(batch) >= together:
                batch = growing[place] = []
                batches.append(batch)
            batch.append(message)
        return batches

    def ring_alarms(self) -> None:
        for queue, order in self.scheduler.due(self.clock()):
            self.queue.send(queue, [order], group=ACCOUNT)

    def drain(self) -> None:
        """Work until no message is visible now."""
        self.ring_alarms()
        while batches := self.batches():
            for batch in batches:
                self.work(*batch)

    def step(self) -> bool:
        """Work on one visible message."""
        self.ring_alarms()
        messages = self.queue.visible()
        if messages:
            self.work(messages[0])
        return bool(messages)

    def run_until_quiet(self, *, hours: float = 60) -> None:
        """Let time pass, with the sweeper at work, until nothing more can happen by itself."""
        self.traps.clear()
        self.run_until_quiet_keeping_traps(hours=hours)

    def run_until_quiet_keeping_traps(self, *, hours: float = 60) -> None:
        end = self.clock() + timedelta(hours=hours)
        pause = timedelta(minutes=2)
        while self.clock() < end:
            self.drain()
            self._survive(lambda: self.service().sweep())
            self.drain()
            if self._quiet():
                return
            self._survive(lambda: self.service().enqueue_recounts())
            self.clock.move(pause)
            pause = min(pause * 1.2, timedelta(minutes=30))
        raise AssertionError("it never came to rest")

    def _quiet(self) -> bool:
        """Return whether no work is left, or the campaign waits for its owner."""
        waiting = {source.campaign_id for _, source in self.campaigns.unfinished()}
        held = {campaign_id for campaign_id in waiting if self.campaigns.kept[campaign_id].suspended}
        unfinished = [*self.ledger.open_runs(), *self.ledger.finished_runs()]
        open_runs = {key.source.campaign_id for key in unfinished}
        return not self.queue.messages and waiting <= held and open_runs <= held

    def _survive(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Killed:
            return

    # The owner's acts

    def suspend(self, campaign_id: int) -> None:
        campaign = self.campaigns.kept[campaign_id]
        if campaign.status in ("scheduled", "delivering"):
            self.campaigns.change(campaign_id, suspended=True)

    def resume(self, campaign_id: int) -> None:
        campaign = self.campaigns.kept[campaign_id]
        if not campaign.suspended:
            return
        campaign = self.campaigns.change(campaign_id, suspended=False, pause_reason=None)
        if campaign.status == "delivering":
            self.service().resume_run(campaign)
        elif campaign.scheduled_for is not None and campaign.scheduled_for <= self.clock():
            self.campaigns.change(campaign_id, scheduled_for=self.clock())
            self.service().schedule_start(ACCOUNT, campaign.source, self.clock())

    def cancel(self, campaign_id: int) -> None:
        campaign = self.campaigns.kept[campaign_id]
        if campaign.status not in ("scheduled", "delivering"):
            return
        campaign = self.campaigns.change(campaign_id, suspended=True)
        left = campaign.status == "delivering" and self.service().may_have_sent(campaign)
        self.campaigns.change(campaign_id, status="delivered" if left else "incomplete", suspended=False)
        self.service().cancel_start(campaign.source)

    def start_twice(self, campaign_id: int) -> None:
        """The schedule fires once more."""
        self.service().schedule_start(ACCOUNT, MailSource.campaign(campaign_id), self.clock())

    def schedule_again(self, campaign_id: int) -> None:
        campaign = self.campaigns.kept[campaign_id]
        if campaign.status == "incomplete":
            self.campaigns.change(campaign_id, status="scheduled", scheduled_for=self.clock())
            self.service().schedule_start(ACCOUNT, campaign.source, self.clock())

    def tell_events(self, campaign_id: int, contact_ids: Iterable[int] | None = None) -> int:
        """SES's events of accepted mails arrive, with the tags that the mails were sent with."""
        wanted = None if contact_ids is None else set(contact_ids)
        accepted: dict[str, dict[int, str]] = defaultdict(dict)
        for _, mail, message_id in self.mailer.accepted:
            contact_id = int(mail.tags["contact"])
            if _is_of(mail, campaign_id) and (wanted is None or contact_id in wanted):
                accepted[mail.tags["run"]][contact_id] = message_id
        source, confirm = MailSource.campaign(campaign_id), self.service().confirm
        return sum(confirm(ACCOUNT, source, run, mails) for run, mails in accepted.items())

    # Looking

    def totals(self, campaign_id: int) -> RunTotals:
        totals = self.service().totals(self.campaigns.kept[campaign_id])
        assert totals is not None
        return totals

    def outcomes(self, campaign_id: int) -> dict[int, Outcome]:
        rows = self.ledger.rows(ACCOUNT, MailSource.campaign(campaign_id), self.people)
        return {contact_id: row.outcome for contact_id, row in rows.items()}

    def check_copies(self, campaign_id: int) -> None:
        """Check the invariants of any moment: no contact got two copies, and the ledger is correct."""
        mails = [mail for _, mail, _ in self.mailer.accepted if _is_of(mail, campaign_id)]
        copies = Counter(int(mail.tags["contact"]) for mail in mails)
        assert all(count == 1 for count in copies.values()), "somebody got two copies"
        self.check_variants(campaign_id, mails)
        outcomes = self.outcomes(campaign_id)
        for contact_id, outcome in outcomes.items():
            if outcome == Outcome.SENT:
                assert contact_id in copies, "recorded as sent, but was not"
            elif outcome in (Outcome.FAILED, Outcome.SKIPPED):
                assert contact_id not in copies, f"recorded as {outcome}, but was sent"
        assert all(
            outcomes.get(contact_id) in (Outcome.SENT, Outcome.UNKNOWN, Outcome.CLAIMED) for contact_id in copies
        )

    def check_variants(self, campaign_id: int, mails: Sequence[OutgoingMail]) -> None:
        """Each row names the variant of the mail that its recipient got."""
        rows = self.ledger.rows(ACCOUNT, self.campaigns.kept[campaign_id].source, self.people)
        for mail in mails:
            variant = int(mail.tags.get("variant", 0))
            assert rows[int(mail.tags["contact"])].variant == variant, "recorded with a variant that was not sent"

    def check(self, campaign_id: int, *, finished: bool = True) -> RunTotals:
        """Check the invariants after all work is done."""
        self.check_copies(campaign_id)
        campaign = self.campaigns.kept[campaign_id]
        outcomes = self.outcomes(campaign_id)
        totals = self.totals(campaign_id)
        recount = self.service().recount(campaign)
        assert totals.tally == recount, "the counters are not what the rows say"
        assert totals.tally.slices == recount.slices, "the slices are not what the rows say"
        if finished:
            assert campaign.status == "delivered"
            assert totals.complete, totals
            assert not _with(outcomes, Outcome.CLAIMED)
            unknown = _with(outcomes, Outcome.UNKNOWN)
            assert unknown <= self.in_flight | {int(email.split("-")[1].split("@")[0]) for email in self.mailer.lost}
            sent = sorted(_with(outcomes, Outcome.SENT))
            assert self.log.contacts("sent") == sent, "the log differs from the ledger"
            failed = _with(outcomes, Outcome.FAILED)
            assert failed <= set(self.log.contacts("failed")), "the log does not have who failed"
            assert unknown <= set(self.log.contacts("unknown")), "the log does not have whose sending is unknown"
        return totals

    def key(self, campaign_id: int) -> RunKey:
        campaign = self.campaigns.kept[campaign_id]
        return RunKey(ACCOUNT, campaign.source, campaign.run_id or "")


def _with(outcomes: Mapping[int, Outcome], outcome: Outcome) -> set[int]:
    return {contact_id for contact_id, actual in outcomes.items() if actual == outcome}


def _is_of(mail: OutgoingMail, campaign_id: int) -> bool:
    return (mail.tags["kind"], mail.tags["source"]) == ("campaign", str(campaign_id))


def _order(message: Message) -> BaseModel:
    if message.queue == SEND_QUEUE:
        return SendChunk.model_validate_json(message.body)
    return MESSAGES.validate_json(message.body)
