"""Two accounts share the senders and the rate, on simulated time: the mail of one is not much later because of the other.

SQS serves the groups of a fair queue that have fewer messages in flight first, and each account is a group:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from postrider.adapters.memory import MemoryMailer
from postrider.delivery.queue_messages import SEND_QUEUE
from postrider.delivery.rate.model import TimelineBusy
from postrider.delivery.rate.pace import Pace
from postrider.delivery.rate.rules import SHARE, marketing_rate, senders_for
from postrider.delivery.rate.service import RateService
from postrider.delivery.rules import CHUNK_SIZE, IN_HAND_S, chunks_together
from postrider.delivery.service import DeliveryService
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.simulation import WARM_UP_S, Sender, Simulation
from tests.functional.delivery.world import Message, World
from tests.testing.clock import MovableClock

BEGINS_S = 12.0
"""When the second account begins; the campaign of the first one fills the queue by then."""


class SharedSenders(Simulation):
    """Senders of a loud account, whose campaign never ends, and of a quiet one with a campaign of so many recipients."""

    def __init__(self, *, recipients: int, has_neighbour: bool, **options: Any) -> None:
        super().__init__(senders=senders_for(options["rate"]), **options)
        self.worlds = {"loud": self.world, "quiet": self._quiet_world(recipients)}
        self.has_neighbour = has_neighbour
        self.in_work: Counter[str] = Counter()
        self.owners: dict[int, str] = {}
        self.began: datetime | None = None

    def _quiet_world(self, recipients: int) -> World:
        world = World(MemoryLedger(), self.timeline, clock=self.time, rate=self.rate)  # type: ignore[arg-type]  # as MovableClock
        world.mailer = self.mailer
        world.add_people(recipients)
        return world

    def run(self) -> None:
        self.time.start(self._begin_quiet)
        super().run()

    def p95_s(self) -> float:
        """Return in which time nearly all mails of the quiet account have left."""
        assert self.began is not None
        addresses = {person.email for person in self.worlds["quiet"].people.values()}
        moments = [moment for moment, mail, _ in self.mailer.accepted if mail.to in addresses]
        assert len(moments) == len(addresses), "all of them have left"
        return (sorted(moments)[len(moments) * 95 // 100] - self.began).total_seconds()

    def _begin_quiet(self) -> None:
        self.time.sleep(BEGINS_S)
        self.began = self.time()
        world = self.worlds["quiet"]
        world.add_campaign()
        while any(message.queue != SEND_QUEUE for message in world.queue.visible()):
            world.step()

    def _batch(self) -> list[Message]:
        names = ["loud", "quiet"] if self.has_neighbour else ["quiet"]
        self.random.shuffle(names)
        for name in sorted(names, key=self.in_work.__getitem__):
            for batch in self.worlds[name].batches():
                if batch[0].queue == SEND_QUEUE:
                    self.owners[id(batch[0])] = name
                    return batch
        return []

    def _handle(self, service: Any, batch: list[Message]) -> None:
        name = self.owners[id(batch[0])]
        self.in_work[name] += len(batch)
        try:
            super()._handle(service[name], batch)
        finally:
            self.in_work[name] -= len(batch)

    def _service(self, sender: Sender) -> Any:
        services: dict[str, DeliveryService] = {}
        for name, world in self.worlds.items():
            self.world = world
            services[name] = super()._service(sender)
        self.world = self.worlds["loud"]
        return services


ALONE_S: dict[float, float] = {14: 40, 50: 20, 200: 15}
"""Duration of the campaign of the quiet account at each rate."""
FIRST_SENDER_S: dict[float, float] = {14: 4.0, 50: 2.0, 200: 1.0}
"""Wait for its first sender, which first completes the claimed chunks of the other account."""


@pytest.mark.parametrize("rate", ALONE_S)
def test_a_campaign_takes_at_most_twice_as_long_beside_an_endless_campaign(rate: float) -> None:
    times = [_p95_s(rate, has_neighbour=has_neighbour) for has_neighbour in (False, True)]
    assert times[0] < times[1] <= 2 * times[0] + FIRST_SENDER_S[rate]


@pytest.mark.parametrize("rate", [14, 20, 50, 200, 1000])
def test_senders_soon_finish_the_chunks_that_they_have_received(rate: float) -> None:
    senders, chunks = senders_for(rate), chunks_together(rate)
    assert senders % 2 == 0, "two accounts have equally many"
    assert chunks == 1 or senders * chunks * CHUNK_SIZE / marketing_rate(rate) <= IN_HAND_S


def _p95_s(rate: float, *, has_neighbour: bool) -> float:
    recipients = int(rate * ALONE_S[rate])
    simulation = SharedSenders(
        rate=rate, seconds=BEGINS_S + 3 * ALONE_S[rate], recipients=recipients, has_neighbour=has_neighbour, seed=3
    )
    simulation.run()
    return simulation.p95_s()


@pytest.mark.parametrize("rate", [14, 200, 1000])
def test_transactional_mail_leaves_as_soon_beside_a_campaign_as_alone(rate: float) -> None:
    """A mail every other second, of an account whose neighbour takes every moment that it gets."""
    p95 = {has_neighbour: _urgent_p95_s(rate, has_neighbour=has_neighbour) for has_neighbour in (False, True)}
    assert p95[True] <= max(2 * p95[False], 1 / rate)


def test_transactional_mail_takes_only_its_share_of_the_rate() -> None:
    """Transactional mail takes its reserve at the lowest usual rate, and the campaign keeps the rest."""
    simulation = BesideTransactional(rate=14, senders=senders_for(14), seconds=60)
    simulation.run()
    urgent = len(simulation.urgent) / (simulation.seconds - WARM_UP_S)
    assert urgent == pytest.approx(14 * (1 - SHARE), rel=0.05)
    assert simulation.throughput + urgent >= 0.98 * marketing_rate(14)


class BesideTransactional(Simulation):
    """Senders of a campaign beside transactional mails, as many as the reserve allows; `urgent` has their moments."""

    urgent: list[float]

    def run(self) -> None:
        self.urgent = []
        self.time.start(self._order_urgent)
        super().run()

    def _order_urgent(self) -> None:
        rates = RateService(self.timeline, self.mailer, self.time)
        self.time.sleep(WARM_UP_S)
        while True:
            self.urgent.append(rates.lease_urgent())
            self.time.sleep(1 / (self.rate * (1 - SHARE)))


def _urgent_p95_s(rate: float, *, has_neighbour: bool) -> float:
    clock = MovableClock()
    rates = RateService(MemoryTimeline(), MemoryMailer(clock, rate=rate), clock)
    waits = []
    for _ in range(40):
        try:
            while has_neighbour:
                rates.lease(CHUNK_SIZE, Pace(), until=clock() + timedelta(minutes=1))
        except TimelineBusy:
            pass
        waits.append(rates.lease_urgent() - clock().timestamp())
        clock.move(timedelta(seconds=2))
    return sorted(waits)[len(waits) * 95 // 100]
