"""Mails leave at their moments, or not with this lease."""

import threading
from datetime import timedelta

import pytest

from postrider.adapters.memory import MemoryMailer
from postrider.delivery.mail_sender import MailSender, SentMail
from postrider.delivery.rate import rules
from postrider.delivery.rate.model import Lease
from postrider.delivery.rate.pacer import Pacer
from postrider.ports.mailer import OutgoingMail
from tests.testing.clock import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def lease(clock: MovableClock, count: int, spacing_s: float = 0.5) -> Lease:
    return Lease(start=clock().timestamp() + 1, spacing_s=spacing_s, count=count, tolerance_s=rules.TOLERANCE_S)


def pacer(clock: MovableClock, threads: int = 0) -> Pacer:
    return Pacer(clock, lambda seconds: clock.move(timedelta(seconds=seconds)), threads=threads)


def test_each_mail_is_sent_at_its_moment(clock: MovableClock) -> None:
    began = clock()
    left = pacer(clock).run(lease(clock, 4), [clock] * 3, threading.Event())
    assert [round((moment - began).total_seconds(), 3) for moment in left if moment] == [1.0, 1.5, 2.0]


def test_a_late_mail_is_not_sent(clock: MovableClock) -> None:
    def slow() -> str:
        clock.move(timedelta(seconds=0.6))
        return "sent"

    answers = pacer(clock).run(lease(clock, 4), [slow, lambda: "sent", lambda: "sent"], threading.Event())
    assert answers == ["sent", None, "sent"]


@pytest.mark.parametrize("threads", [0, 3])
def test_no_mail_is_sent_after_the_stop(clock: MovableClock, threads: int) -> None:
    stopped = threading.Event()
    stopped.set()
    assert pacer(clock, threads).run(lease(clock, 3), [lambda: "sent"] * 3, stopped) == [None] * 3


@pytest.mark.parametrize("threads", [0, 3])
def test_a_mail_whose_permission_cannot_be_read_is_not_sent_and_answers_of_sent_mails_are_kept(
    clock: MovableClock, threads: int
) -> None:
    reads = iter([True, True])  # the third read fails
    mailer = MemoryMailer(clock)
    sender = MailSender(mailer, clock, lambda: next(reads))
    mail = OutgoingMail(to="ada@example.com", sender="news@example.org", message=b"", tags={})
    until = clock() + timedelta(minutes=1)
    jobs = [lambda: sender.send(mail, claim_until=until)] * 4
    answers = pacer(clock, threads).run(lease(clock, 4), jobs, sender.stopped)
    assert (len(mailer.accepted), sum(isinstance(answer, SentMail) for answer in answers)) == (2, 2)
    assert answers.count(None) == 2


def test_answers_come_in_order_from_threads(clock: MovableClock) -> None:
    gate = threading.Barrier(3, timeout=10)
    jobs = [lambda number=number: (gate.wait(), number)[1] for number in range(3)]
    assert pacer(clock, 3).run(lease(clock, 3, spacing_s=0.001), jobs, threading.Event()) == [0, 1, 2]


def test_a_sender_wakes_up_before_its_turn_by_the_time_of_its_preparation(clock: MovableClock) -> None:
    sender = pacer(clock)
    for preparation_s, lead_s, count in ((0.4, 0.5, 1), (0.1, 0.5, 1), (0.1, 0.40625, 50), (5.0, rules.MAX_LEAD_S, 1)):
        turn = lease(clock, count)
        sender.await_turn(turn)
        assert turn.start - clock().timestamp() == pytest.approx(sender.pace.lead_s)
        clock.move(timedelta(seconds=preparation_s))
        sender.run(turn, [clock] * count, threading.Event())
        assert sender.pace.lead_s == pytest.approx(lead_s)


def test_a_slow_processor_gets_the_time_that_it_needs_for_a_mail(clock: MovableClock) -> None:
    """The mails of the process are in time; after it has become faster, the time between its mails is as short as before."""
    cost_s = 0.008

    def send() -> str:
        clock.move(timedelta(seconds=cost_s))
        return "sent"

    sender = pacer(clock)

    def run() -> list[str | None]:
        turn = lease(clock, 50, spacing_s=sender.pace.spacing_s)
        sender.await_turn(turn)
        return sender.run(turn, [send] * 50, threading.Event())

    assert None in run()
    assert sender.pace.spacing_s == pytest.approx(cost_s, rel=0.1)
    assert run() == ["sent"] * 50
    cost_s = 0.001
    for _ in range(20):
        assert run() == ["sent"] * 50
    assert sender.pace.spacing_s == rules.MIN_SPACING_S
