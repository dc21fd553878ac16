"""Senders that share one rate, on simulated time: fast enough, and never too fast in any second."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrider.adapters.memory import MemoryMailer
from postrider.delivery.rate import rules
from postrider.delivery.rate.model import DailyQuotaUsed, TimelineBusy
from postrider.delivery.rate.pace import Pace
from postrider.delivery.rate.service import HELD_BACK_S, RateService
from postrider.delivery.rules import CHUNK_SIZE
from postrider.ports.mailer import LimitsUnknown, MailerPaused, OutgoingMail, SendingLimits
from tests.functional.delivery.memory_ledger import MemoryTimeline
from tests.functional.delivery.simulation import Simulation
from tests.testing.clock import MovableClock

SENDERS = 10
AT_LEAST = 0.95
MAIL = OutgoingMail(to="a@example.com", sender="b@example.org", message=b"")


@pytest.mark.parametrize(("rate", "seconds"), [(14, 40), (200, 15), (1000, 10)])
@settings(max_examples=settings.default.max_examples // 10)  # each takes up to a second
@given(seed=st.integers(0, 2**32))
def test_ten_senders_use_the_rate_and_never_more_in_any_second(rate: float, seconds: float, seed: int) -> None:
    simulation = Simulation(rate=rate, senders=SENDERS, seconds=seconds, seed=seed)
    simulation.run()
    assert simulation.throughput >= AT_LEAST * rules.marketing_rate(rate)
    assert simulation.worst_second <= rate
    assert simulation.mailer.over_rate == 0


@pytest.mark.parametrize(
    ("rate", "senders", "slowness"), [(14, 2, 5), (50, 2, 5), (200, 3, 5), (400, 6, 5), (1000, 8, 2)]
)
def test_slow_processors_keep_the_rate_and_lose_few_moments(rate: float, senders: int, slowness: float) -> None:
    """Work is several times slower than `make bench` measures: a sender learns its duration before its next lease."""
    simulation = Simulation(rate=rate, senders=senders, seconds=30 if slowness > 2 else 12, slowness=slowness)
    simulation.run()
    assert simulation.throughput >= AT_LEAST * rules.marketing_rate(rate)
    assert simulation.worst_second <= rate
    size = rules.lease_size(CHUNK_SIZE, 1 / rules.marketing_rate(rate))
    assert simulation.leases <= 1.1 * len(simulation.arrivals) / size + senders


@pytest.mark.parametrize(("rate", "seed"), [(14, 1), (200, 2), (1000, 3)])
def test_dead_senders_leave_no_more_doubts_than_mails_in_flight(rate: float, seed: int) -> None:
    """Their messages are delivered again after 90 seconds, when their claims have expired."""
    simulation = Simulation(rate=rate, senders=4, seconds=20 + 180, recipients=int(rate * 20), deaths=3, seed=seed)
    simulation.run()
    assert len(simulation.in_flight) == sum(sender.deaths for sender in simulation.pool) > 0
    assert max(simulation.in_flight) <= rules.lease_size(CHUNK_SIZE, 1 / rules.marketing_rate(rate))
    totals = simulation.world.check(simulation.campaign.id, finished=False)
    assert totals.complete
    assert totals.tally.unknown <= sum(simulation.in_flight)


def _rates(**options: float) -> tuple[RateService, MemoryMailer, MovableClock]:
    clock = MovableClock()
    mailer = MemoryMailer(clock, **options)  # type: ignore[arg-type]  # rate, per_day
    return RateService(MemoryTimeline(), mailer, clock), mailer, clock


def test_a_rate_of_one_is_kept() -> None:
    """An account in the sandbox: https://docs.aws.amazon.com/ses/latest/dg/quotas.html"""
    rates, _, clock = _rates(rate=1)
    until = clock() + timedelta(seconds=95)
    moments = [moment for _ in range(9) for moment in rates.lease(50, Pace(), until=until).moments()]
    assert len(moments) == 9
    assert all(later - earlier > 1 for earlier, later in pairwise(moments))


def test_no_sender_waits_longer_than_its_limit() -> None:
    rates, _, clock = _rates(rate=14)
    until, count = clock() + timedelta(seconds=95), 0
    while count < rules.MAX_WAIT_S * 14 * rules.SHARE:
        count += rates.lease(50, Pace(), until=until).count
    with pytest.raises(TimelineBusy) as busy:
        rates.lease(50, Pace(), until=until)
    assert busy.value.wait_s == pytest.approx(count / (14 * rules.SHARE), abs=0.3)
    assert rules.MAX_WAIT_S < busy.value.wait_s < rules.MAX_WAIT_S + rules.GROUP_S
    with pytest.raises(TimelineBusy):
        _rates(rate=14)[0].lease(50, Pace(), until=clock() + timedelta(seconds=1))


def test_after_a_throttle_no_sender_begins_for_a_second() -> None:
    rates, _, clock = _rates(rate=1000)
    rates.pause_after_throttle()
    assert rates.lease(1, Pace(), until=clock() + timedelta(seconds=9)).start >= clock().timestamp() + HELD_BACK_S


def test_the_daily_quota_keeps_a_reserve_and_parks_everyone() -> None:
    rates, mailer, clock = _rates(rate=1000, per_day=100)
    for _ in range(99):
        mailer.send(MAIL)
    later = clock() + timedelta(seconds=60)
    with pytest.raises(DailyQuotaUsed):
        rates.lease(1, Pace(), until=later)
    mailer.per_day = 200  # raised by AWS; the timeline stays parked until the next look
    with pytest.raises(DailyQuotaUsed):
        rates.lease(1, Pace(), until=later)
    clock.move(timedelta(hours=1, seconds=1))
    assert rates.lease(1, Pace(), until=clock() + timedelta(seconds=60)).count == 1


def test_a_switched_off_account_leases_nothing() -> None:
    rates, mailer, clock = _rates(rate=1000)
    mailer.paused = True
    with pytest.raises(MailerPaused):
        rates.lease(1, Pace(), until=clock() + timedelta(seconds=60))


def test_transactional_mail_does_not_wait_behind_a_campaign() -> None:
    rates, _, clock = _rates(rate=100)
    now = clock().timestamp()
    for _ in range(4):
        rates.lease(50, Pace(), until=clock() + timedelta(seconds=60))
    assert rates.lease_urgent() == pytest.approx(now)
    assert rates.lease_urgent() == pytest.approx(now + 0.2), "beyond the reserve it waits for the reserve"
    clock.move(timedelta(seconds=1))
    assert rates.lease_urgent() == pytest.approx(clock().timestamp())


def test_a_burst_of_transactional_mail_uses_the_whole_rate_when_no_campaign_runs() -> None:
    rates, _, clock = _rates(rate=100)
    moments = sorted(rates.lease_urgent() - clock().timestamp() for _ in range(50))
    assert moments[0] == pytest.approx(0)
    assert 0.4 < moments[-1] < 0.6, "50 mails at 100 a second"


def test_the_share_of_urgent_mail_reduces_that_of_marketing_mail() -> None:
    rates, _, clock = _rates(rate=100)
    first = rates.lease(50, Pace(), until=clock() + timedelta(seconds=60))
    rates.lease_urgent()
    second = rates.lease(50, Pace(), until=clock() + timedelta(seconds=60))
    assert second.start - first.start == pytest.approx(51 / 95, abs=0.001)


def test_moments_are_real_time() -> None:
    rates, _, clock = _rates(rate=100)
    lease = rates.lease(2, Pace(), until=clock() + timedelta(seconds=60))
    start = datetime.fromtimestamp(lease.start, UTC)
    assert timedelta(0) < start - clock() < timedelta(seconds=1)


class CountedMailer(MemoryMailer):
    """Count how often it is asked for its limits, and may refuse."""

    asked = 0
    refuses = False

    def limits(self) -> SendingLimits:
        self.asked += 1
        if self.refuses:
            raise LimitsUnknown("AccessDeniedException")
        return super().limits()


def test_one_sender_a_minute_asks_for_the_limits() -> None:
    line, clock = MemoryTimeline(), MovableClock()
    mailer = CountedMailer(clock, rate=14)
    senders = [RateService(line, mailer, clock) for _ in range(10)]
    for minute in range(1, 4):
        for sender in senders:
            assert sender.limits().max_per_second == 14 + minute - 1
        assert mailer.asked == minute
        mailer.rate += 1
        clock.move(timedelta(seconds=rules.LIMITS_KEPT_S - 1))
        assert senders[0].limits().max_per_second == 14 + minute - 1
        clock.move(timedelta(seconds=1))


def test_known_limits_are_used_while_the_mailer_does_not_return_them() -> None:
    line, clock = MemoryTimeline(), MovableClock()
    mailer = CountedMailer(clock, rate=14)
    mailer.refuses = True
    sender = RateService(line, mailer, clock)
    with pytest.raises(LimitsUnknown):
        sender.limits()
    mailer.refuses = False
    assert sender.limits().max_per_second == 14
    mailer.refuses = True
    clock.move(timedelta(hours=1))
    assert [sender.limits().max_per_second for _ in range(5)] == [14] * 5
    assert mailer.asked == 3, "asked once a minute only"


def test_a_switched_off_account_is_asked_again_at_once() -> None:
    """A campaign that is resumed then continues."""
    rates, mailer, _ = _rates(rate=14)
    mailer.paused = True
    assert not rates.limits().enabled
    mailer.paused = False
    assert rates.limits().enabled
