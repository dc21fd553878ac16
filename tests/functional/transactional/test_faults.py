"""Crashes, lost answers and refusals while a transactional mail is sent: one repetition at most, and nothing is lost.

The services are the real ones on DynamoDB; only the mailer, the queue and the clock are those of the test.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.adapters.sqs import HIDDEN_S
from postrider.delivery.model import Outcome
from postrider.delivery.rate.service import RateService
from postrider.kit.observability import AlarmMetric
from postrider.mail_events.model import TRANSACTIONAL_LOG, EventType, LogQuery
from postrider.mail_events.ses.model import SesEvent
from postrider.transactional import copy_sender as sending
from postrider.transactional.copy_sender import TransactionalSender
from postrider.transactional.model import MailAddress, MailCopy, MailRequest
from postrider.transactional.queue_messages import SendEmail
from postrider.transactional.repository import MailLedger
from postrider.usecases.process_transactional_events import TransactionalEvents
from tests.functional.delivery.memory_ledger import MemoryTimeline
from tests.functional.delivery.world import Killed, Trapped, Traps
from tests.testing.clock import MovableClock
from tests.testing.overrides import overridden

POINTS = [
    f"{when} {what}"
    for what in ("ledger.claim", "mailer.send", "ledger.mark_sent", "events.record_copy")
    for when in ("before", "after")
]
MAY_REPEAT = {"after mailer.send", "before ledger.mark_sent"}
"""Deaths that hide whether the mailer took the mail."""
NEVER_LEFT = {"after ledger.claim", "before mailer.send"}
"""Deaths that look the same to the next worker, although no mail has left."""


@dataclass
class DelayedQueue:
    """Deliver a message after its delay, and again if its worker has crashed."""

    clock: MovableClock
    waiting: list[tuple[datetime, BaseModel]] = field(default_factory=list)

    def send(self, queue: str, messages: Any, *, group: str, delay_s: int = 0) -> None:
        assert 0 <= delay_s <= 900
        self.waiting += [(self.clock() + timedelta(seconds=delay_s), message) for message in messages]


@dataclass
class World:
    account_id: str
    clock: MovableClock
    mailer: MemoryMailer
    queue: DelayedQueue
    traps: Traps
    sender: TransactionalSender
    order: SendEmail
    to: str
    alarms: list[AlarmMetric]
    deaths: int = 0

    def work(self) -> None:
        """Deliver messages, and those that they enqueue, until none is left; time moves on to the next one."""
        while self.queue.waiting:
            self.queue.waiting.sort(key=lambda entry: entry[0])
            moment, order = self.queue.waiting.pop(0)
            self.clock.move_to(max(moment, self.clock()))
            try:
                self.sender.send(order)
            except Killed:
                self.deaths += 1
                self.queue.waiting.append((self.clock() + timedelta(seconds=HIDDEN_S), order))

    @property
    def copy(self) -> MailCopy:
        (copy,) = MailLedger().of_mail(self.account_id, self.order.mail_id)
        return copy

    @property
    def accepted(self) -> int:
        return len(self.mailer.accepted)

    def logged(self, log_type: str) -> int:
        query = LogQuery(types=frozenset({EventType(log_type)}))
        return bootstrap.events().count(self.account_id, TRANSACTIONAL_LOG, query)

    @property
    def reported(self) -> int:
        days = bootstrap.events().day_counts(self.account_id, "2026-01-01", "2999-12-31")
        return sum(counts["sent"] for counts in days.values())


@pytest.fixture
def world(shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    clock, alarms = shop.platform.clock, []
    monkeypatch.setattr(sending, "emit_alarm", alarms.append)
    mailer, queue, traps, line = MemoryMailer(clock), DelayedQueue(clock), Traps(), MemoryTimeline()
    with overridden(queue=queue, mailer=mailer):
        order = MailRequest(
            to=(MailAddress(email=shop.address()),), sender_id=shop.sender_id, subject="Hi", text="Hello"
        )
        mail = bootstrap.transactional_mails().send(shop.owner.account_id, order)
        sender = TransactionalSender(
            mails=bootstrap.mail_store(),
            ledger=Trapped(traps, "ledger", MailLedger()),
            writer=bootstrap.mail_writer(),
            accounts=bootstrap.accounts(),
            suppressions=bootstrap.suppressions(),
            people=bootstrap.mail_people(),
            mailer=Trapped(traps, "mailer", mailer),
            rates=RateService(line, mailer, clock),
            queue=queue,
            events=Trapped(traps, "events", bootstrap.events()),
            now=clock,
            sleep=lambda seconds: clock.move(timedelta(seconds=seconds)),
        )
        message = SendEmail(account_id=mail.account_id, mail_id=mail.id, copy_id=mail.id)
        yield World(mail.account_id, clock, mailer, queue, traps, sender, message, order.to[0].email, alarms)


def ses_event(world: World, kind: str) -> SesEvent:
    """Return what SES publishes about the latest mail that it took."""
    _, mail, message_id = world.mailer.accepted[-1]
    moment = world.clock().isoformat()
    tags = {name: [value] for name, value in mail.tags.items()}
    described = {"timestamp": moment, "messageId": message_id, "destination": [mail.to], "tags": tags}
    return SesEvent.model_validate({"eventType": kind, "mail": described})


@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_step_is_made_up_for(world, point):
    world.traps.kill(point)
    world.work()
    assert (world.deaths, world.copy.outcome) == (1, Outcome.SENT)
    assert world.accepted == (2 if point in MAY_REPEAT else 1)
    assert (world.logged("sent"), world.reported) == (1, 1)
    assert world.alarms == []


@pytest.mark.parametrize("point", POINTS)
def test_two_deaths_leave_two_mails_at_most_and_a_doubt_is_shown(world, point):
    for nth in (1, 2):
        world.traps.kill(point, nth=nth)
    world.work()
    if point in MAY_REPEAT:
        assert (world.accepted, world.copy.outcome, world.alarms) == (2, Outcome.UNKNOWN, [AlarmMetric.EMAILS_UNKNOWN])
        assert (world.logged("unknown"), world.logged("sent"), world.reported) == (1, 0, 0)
    elif point in NEVER_LEFT:
        assert (world.accepted, world.copy.outcome, world.alarms) == (0, Outcome.UNKNOWN, [AlarmMetric.EMAILS_UNKNOWN])
    else:
        assert (world.accepted, world.copy.outcome, world.alarms) == (1, Outcome.SENT, [])
        assert (world.logged("sent"), world.reported) == (1, 1)


def test_an_event_of_the_mailer_prevents_the_repetition(world):
    """SES reports the mail before the message of the crashed worker is delivered again."""
    world.traps.kill("after mailer.send")
    with pytest.raises(Killed):
        world.sender.send(world.order)
    TransactionalEvents(bootstrap.events(), world.sender, bootstrap.address_suppression()).process(
        ses_event(world, "Send")
    )
    world.work()
    assert (world.accepted, world.copy.outcome, world.logged("sent"), world.reported) == (1, Outcome.SENT, 1, 1)


def test_a_late_event_turns_a_doubt_into_a_sent_mail(world):
    world.mailer.lost[world.to] = True
    world.work()
    assert (world.accepted, world.copy.outcome) == (2, Outcome.UNKNOWN)
    events = TransactionalEvents(bootstrap.events(), world.sender, bootstrap.address_suppression())
    for _ in range(2):
        events.process(ses_event(world, "Delivery"))
    assert (world.copy.outcome, world.logged("sent"), world.reported) == (Outcome.SENT, 1, 1)


def test_a_message_delivered_twice_sends_one_mail(world):
    for _ in range(2):
        world.sender.send(world.order)
    world.work()
    assert (world.accepted, world.logged("sent"), world.reported) == (1, 1, 1)


def test_a_late_repetition_of_a_message_counts_nothing_again(world):
    world.work()
    world.clock.move(timedelta(hours=1))
    world.sender.send(world.order)
    assert (world.accepted, world.logged("sent"), world.reported) == (1, 1, 1)


def test_a_refused_mail_has_failed_with_its_reason(world):
    world.mailer.refused.add(world.to)
    world.work()
    assert (world.accepted, world.copy.outcome, world.copy.reason) == (0, Outcome.FAILED, "MessageRejected")
    assert (world.logged("failed"), world.reported) == (1, 0)


def test_a_throttle_and_a_used_quota_only_delay(world):
    world.mailer.per_day, began = 0, world.clock()
    world.clock.move(timedelta(hours=1))
    world.sender.send(world.queue.waiting.pop()[1])
    assert world.alarms == [AlarmMetric.DAILY_QUOTA_REACHED]
    world.mailer.per_day, world.mailer.rate = None, 0
    world.mailer.told_rate = 14
    (moment, order) = world.queue.waiting.pop()
    assert (moment - world.clock()).total_seconds() == 900
    world.clock.move_to(moment)
    world.sender.send(order)
    world.mailer.rate = 14
    world.work()
    assert world.clock() - began < timedelta(hours=1.5)
    assert (world.accepted, world.copy.outcome, world.copy.attempts) == (1, Outcome.SENT, 1)


def test_an_address_that_was_suppressed_meanwhile_gets_nothing(world):
    _, order = world.queue.waiting.pop()
    world.clock.move(timedelta(minutes=5))
    bootstrap.address_suppression().suppress(world.account_id, world.to)
    world.sender.send(order)
    assert (world.accepted, world.copy.outcome, world.copy.reason) == (0, Outcome.SKIPPED, "suppressed")
    assert (world.logged("skipped"), world.reported) == (1, 0)


@pytest.mark.parametrize(
    ("is_answer_lost", "outcome", "accepted", "log_type"),
    [(False, Outcome.SKIPPED, 0, "skipped"), (True, Outcome.UNKNOWN, 1, "unknown")],
)
def test_an_address_that_was_suppressed_after_an_attempt_gets_nothing_and_the_copy_has_an_outcome(
    world, is_answer_lost, outcome, accepted, log_type
):
    """The attempt was throttled, or its answer was lost: then the mail may have been sent."""
    if is_answer_lost:
        world.mailer.lost[world.to] = True
    else:
        world.mailer.rate, world.mailer.told_rate = 0, 14
    world.sender.send(world.queue.waiting.pop()[1])
    assert world.copy.outcome == Outcome.CLAIMED
    bootstrap.address_suppression().suppress(world.account_id, world.to)
    world.clock.move(timedelta(seconds=11))
    world.mailer.rate = 14
    world.sender.send(world.order)  # delivered twice
    world.work()
    assert (world.copy.outcome, world.accepted) == (outcome, accepted)
    assert (world.logged(log_type), world.reported) == (1, 0)


def test_a_mail_of_a_closed_account_does_not_leave(world):
    _, order = world.queue.waiting.pop()
    world.clock.move(timedelta(minutes=5))
    bootstrap.accounts().change(world.account_id, {"status": "suspended"})
    world.sender.send(order)
    assert (world.accepted, world.copy.reason) == (0, "account_closed")
