"""Ten senders and one rate, on a clock that only moves when told to: fast enough, and never too fast in any second."""

import heapq
import random
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrider.adapters.memory import MemoryMailer
from postrider.delivery.rate import rules
from postrider.delivery.rate.model import LineBusy, Parked
from postrider.delivery.rate.service import HELD_BACK_S, RateService
from postrider.delivery.rules import CHUNK_SIZE
from postrider.ports.mailer import MailerPaused, OutgoingMail
from tests.functional.delivery.memory_ledger import MemoryLine
from tests.testing.clock import MovableClock

SENDERS = 10
SECONDS = 30.0
WARM_UP_S = 5.0
AT_LEAST = 0.95
MAIL = OutgoingMail(to="a@example.com", sender="b@example.org", message=b"")


class Simulation:
    """Senders as generators that yield how long they are busy; the earliest goes on next."""

    def __init__(self, rate: float, seed: int) -> None:
        self.clock = MovableClock()
        self.began = self.clock()
        self.mailer = MemoryMailer(self.clock, rate=rate)
        self.rates = RateService(MemoryLine(), self.mailer, self.clock)
        self.random = random.Random(seed)
        self.arrivals: list[float] = []
        self.late = 0

    def run(self) -> None:
        senders = [self._sender() for _ in range(SENDERS)]
        waiting = [(self.random.uniform(0, 1), number) for number in range(SENDERS)]
        heapq.heapify(waiting)
        while waiting[0][0] < SECONDS:
            moment, number = heapq.heappop(waiting)
            self.clock.move_to(self.began + timedelta(seconds=moment))
            heapq.heappush(waiting, (moment + next(senders[number]), number))
        self.arrivals.sort()

    def _sender(self) -> Iterator[float]:
        left = 0
        while True:
            if left == 0:
                yield self._call(3)  # receives a message, reads its contacts
                left = CHUNK_SIZE
            try:
                lease = self.rates.lease(left, latest=self.clock() + timedelta(seconds=95))
            except LineBusy as busy:
                yield busy.wait_s
                continue
            yield self._call(3)  # the lease's answer, two claims
            sent = 0
            now = self.clock().timestamp()
            for moment in lease.moments():
                leaves = max(moment, now) + self.random.uniform(0, 0.003)
                if leaves > moment + lease.tolerance_s:
                    self.late += 1
                    continue
                self.arrivals.append(leaves - self.began.timestamp())
                sent += 1
            left -= sent
            end = lease.moments()[-1] - now
            yield max(end, 0) + self._call(5)  # the last answer, two records, log, count

    def _call(self, calls: int) -> float:
        return sum(self.random.uniform(0.003, 0.012) for _ in range(calls))

    def throughput(self) -> float:
        """Recipients a second, once all senders are at work."""
        first, last = bisect_left(self.arrivals, WARM_UP_S), bisect_left(self.arrivals, SECONDS - 1)
        return (last - first) / (SECONDS - 1 - WARM_UP_S)

    def worst_second(self) -> int:
        """The most recipients in any second, whenever it begins."""
        return max(bisect_left(self.arrivals, moment + 1) - place for place, moment in enumerate(self.arrivals))


@pytest.mark.parametrize("rate", [14, 200, 1000])
@settings(max_examples=settings.default.max_examples // 10)  # each takes a tenth of a second
@given(seed=st.integers(0, 2**32))
def test_ten_senders_use_the_rate_and_never_more_in_any_second(rate: float, seed: int) -> None:
    simulation = Simulation(rate, seed)
    simulation.run()
    assert simulation.throughput() >= AT_LEAST * rules.marketing_rate(rate)
    assert simulation.worst_second() <= rate


def _rates(**options: float) -> tuple[RateService, MemoryMailer, MovableClock]:
    clock = MovableClock()
    mailer = MemoryMailer(clock, **options)  # type: ignore[arg-type]  # rate, per_day
    return RateService(MemoryLine(), mailer, clock), mailer, clock


def test_a_rate_of_one_is_kept() -> None:
    """An account in the sandbox: https://docs.aws.amazon.com/ses/latest/dg/quotas.html"""
    rates, _, clock = _rates(rate=1)
    lease = rates.lease(50, latest=clock() + timedelta(seconds=95))
    moments = lease.moments()
    assert len(moments) == 19
    assert all(later - earlier > 1 for earlier, later in pairwise(moments))


def test_nobody_waits_longer_than_it_can() -> None:
    rates, _, clock = _rates(rate=14)
    latest = clock() + timedelta(seconds=10)
    rates.lease(50, latest=latest)
    rates.lease(50, latest=latest)
    with pytest.raises(LineBusy) as busy:
        rates.lease(50, latest=latest)
    assert busy.value.wait_s == pytest.approx(100 / (14 * rules.SHARE), abs=0.1)


def test_after_a_throttle_nobody_begins_for_a_second() -> None:
    rates, _, clock = _rates(rate=1000)
    rates.throttled()
    assert rates.lease(1, latest=clock() + timedelta(seconds=9)).start >= clock().timestamp() + HELD_BACK_S


def test_the_daily_quota_keeps_a_reserve_and_parks_everyone() -> None:
    rates, mailer, clock = _rates(rate=1000, per_day=100)
    for _ in range(99):
        mailer.send(MAIL)
    later = clock() + timedelta(seconds=60)
    with pytest.raises(Parked):
        rates.lease(1, latest=later)
    mailer.per_day = 200  # raised by AWS; the line stays parked until the next look
    with pytest.raises(Parked):
        rates.lease(1, latest=later)
    clock.move(timedelta(hours=1, seconds=1))
    assert rates.lease(1, latest=clock() + timedelta(seconds=60)).count == 1


def test_a_switched_off_account_leases_nothing() -> None:
    rates, mailer, clock = _rates(rate=1000)
    mailer.paused = True
    with pytest.raises(MailerPaused):
        rates.lease(1, latest=clock() + timedelta(seconds=60))


def test_transactional_mail_does_not_wait_behind_a_campaign() -> None:
    rates, _, clock = _rates(rate=100)
    now = clock().timestamp()
    for _ in range(4):
        rates.lease(50, latest=clock() + timedelta(seconds=60))
    assert rates.lease_urgent() == pytest.approx(now)
    assert rates.lease_urgent() > now + 2, "beyond the reserve it takes its turn"
    clock.move(timedelta(seconds=1))
    assert rates.lease_urgent() == pytest.approx(clock().timestamp())


def test_what_urgent_mail_takes_marketing_mail_gives() -> None:
    rates, _, clock = _rates(rate=100)
    first = rates.lease(50, latest=clock() + timedelta(seconds=60))
    rates.lease_urgent()
    second = rates.lease(50, latest=clock() + timedelta(seconds=60))
    assert second.start - first.start == pytest.approx(51 / 95, abs=0.001)


def test_moments_are_real_time() -> None:
    rates, _, clock = _rates(rate=100)
    lease = rates.lease(2, latest=clock() + timedelta(seconds=60))
    start = datetime.fromtimestamp(lease.start, UTC)
    assert timedelta(0) < start - clock() < timedelta(seconds=1)
