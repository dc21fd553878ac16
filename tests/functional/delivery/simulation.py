"""Senders at work at the same time on simulated time: the real services, and what each call costs of time and processor."""

import random
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from postrider.adapters.memory import MemoryMailer
from postrider.delivery.dispatch import ids_of
from postrider.delivery.model import Outcome
from postrider.delivery.queue_messages import SEND_QUEUE, SendChunk
from postrider.delivery.rate.rules import MAX_WAIT_S
from postrider.delivery.rate.service import RateService
from postrider.delivery.rules import FUNCTION_TIMEOUT_S
from postrider.delivery.service import DeliveryService
from postrider.ports.mailer import OutgoingMail
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.world import ACCOUNT, VISIBILITY, Killed, Message, World
from tests.testing.virtual_time import VirtualTime

LATENCY_S = (0.003, 0.012)
"""Duration of a call of AWS."""
CALL_CPU_S = 0.0013
"""Processor time of a call by boto3, as `make bench` measures it."""
ROW_CPU_S = 0.00007
"""Processor time for each row of a batch."""
CONTACT_CPU_S = 0.0002
"""Processor time for each contact that is read."""
MAIL_CPU_S = 0.0002
"""Processor time for each mail that is written."""
ANSWER_S = 0.03
"""Until SES has answered the last call of a group; the others are answered meanwhile, in threads."""
POLL_S = 0.05
WARM_UP_S = 5.0
LONGEST_RUN = timedelta(seconds=FUNCTION_TIMEOUT_S)


@dataclass
class Sender:
    """A function that runs, or waits for messages."""

    busy_s: float = 0.0
    invocations: int = 0
    killed_at: float | None = None
    deaths: int = 0


@dataclass
class Simulation:
    """`slowness` is how many times slower the processor is than the one that was measured."""

    rate: float
    senders: int
    seconds: float
    slowness: float = 1.0
    max_wait_s: float = MAX_WAIT_S
    seed: int = 1
    recipients: int | None = None
    """None: more than can be sent in the time."""
    deaths: int = 0
    """At random moments while mails are sent."""
    leases: int = 0
    in_flight: list[int] = field(default_factory=list)
    """Claimed recipients of each crashed sender."""

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.random = random.Random(self.seed)
        self.timeline = MemoryTimeline()
        self.world = World(MemoryLedger(), self.timeline, clock=self.time, rate=self.rate)  # type: ignore[arg-type]  # as MovableClock
        self.mailer: MemoryMailer = self.world.mailer
        self.world.add_people(self.recipients or int(self.rate * self.seconds * 1.2) + self.senders * 200)
        self.campaign = self.world.add_campaign()
        while any(message.queue != SEND_QUEUE for message in self.world.queue.visible()):
            self.world.step()
        self.pool = [Sender() for _ in range(self.senders)]
        for sender in self.random.choices(self.pool, k=self.deaths):
            sender.killed_at = self.random.uniform(0, self.recipients / self.rate if self.recipients else self.seconds)

    def run(self) -> None:
        began = self.time.seconds
        for sender in self.pool:
            self.time.start(partial(self._work, sender))
        self.time.run(self.seconds)
        self.arrivals = [(moment - self.time()).total_seconds() for moment, _, _ in self.mailer.accepted]
        first = self.time.seconds - began
        self.arrivals = [arrival + first for arrival in self.arrivals]

    # Figures

    @property
    def throughput(self) -> float:
        """Recipients a second, once all senders are at work."""
        first, last = bisect_left(self.arrivals, WARM_UP_S), bisect_left(self.arrivals, self.seconds - 1)
        return (last - first) / (self.seconds - 1 - WARM_UP_S)

    @property
    def worst_second(self) -> int:
        """The most recipients in any second, whenever it begins."""
        arrivals = self.arrivals
        return max(bisect_left(arrivals, moment + 1) - place for place, moment in enumerate(arrivals))

    @property
    def busy_s_per_1000(self) -> float:
        """Seconds for which functions run, waiting included, per 1,000 recipients."""
        return sum(sender.busy_s for sender in self.pool) / len(self.arrivals) * 1000

    # Processes

    def _work(self, sender: Sender) -> None:
        service = self._service(sender)
        self.time.sleep(self.random.uniform(0, 1))
        while True:
            batch = self._batch()
            if not batch:
                self.time.sleep(POLL_S)
                continue
            for message in batch:
                self.world.queue.receive(message)
                message.visible_at += LONGEST_RUN  # its worker extends this while it lives
            began = self.time.seconds
            sender.invocations += 1
            try:
                self._handle(service, batch)
            except Killed:
                sender.deaths += 1
                self._leave(batch)
                service = self._service(sender)
                self.time.sleep(1)
            else:
                for message in batch:
                    message.gone = True
            finally:
                sender.busy_s += self.time.seconds - began

    def _leave(self, batch: list[Message]) -> None:
        """Count the mails of a crashed sender, and deliver its messages again."""
        for message in batch:
            message.visible_at = self.time() + VISIBILITY
        ids = [contact_id for order in _orders(batch) for contact_id in ids_of(order)]
        rows = self.world.ledger.rows(ACCOUNT, self.campaign.source, ids)
        self.in_flight.append(sum(row.outcome == Outcome.CLAIMED for row in rows.values()))

    def _batch(self) -> list[Message]:
        sending = [batch for batch in self.world.batches() if batch[0].queue == SEND_QUEUE]
        return sending[0] if sending else []

    def _handle(self, service: DeliveryService, batch: list[Message]) -> None:
        orders = _orders(batch)
        if batch[0].receives > 1:
            orders = [order.model_copy(update={"again": True}) for order in orders]
        service.send(orders)

    def _service(self, sender: Sender) -> DeliveryService:
        """Return the services of a new process."""
        spend = partial(self._spend, sender)

        def sleep(seconds: float) -> None:
            self.time.sleep(seconds)
            self._die_in_time(sender)

        timeline = Costly(self.timeline, spend, {"take": self._count_lease})
        return DeliveryService(
            ledger=Costly(self.world.ledger, spend, {"settle": self._await_answer}),
            sources=Costly(self.world.campaigns, spend),
            audience=Costly(self.world.audience, spend),
            composer=CostlyComposer(self.world.composer, self, sleep),
            mailer=CostlyMailer(self.mailer, self, sleep),
            rates=RateService(timeline, self.mailer, self.time, max_wait_s=self.max_wait_s),
            queue=Costly(self.world.queue, spend),
            scheduler=self.world.scheduler,
            log=Costly(self.world.log, spend),
            now=self.time,
            sleep=sleep,
            threads=0,
        )

    def _spend(self, sender: Sender, rows: int) -> None:
        """Let the time of one call with so many rows pass."""
        cpu_s = (CALL_CPU_S + rows * ROW_CPU_S) * self.slowness
        self.time.sleep(cpu_s + self.random.uniform(*LATENCY_S))
        self._die_in_time(sender)

    def _die_in_time(self, sender: Sender) -> None:
        if sender.killed_at is not None and self.time.seconds >= sender.killed_at:
            sender.killed_at = None
            raise Killed("at a random moment")

    def _count_lease(self, start: int | None) -> None:
        self.leases += start is not None

    def _await_answer(self, _: Any) -> None:
        self.time.sleep(ANSWER_S)


class Costly:
    """A part whose calls take time; `after` is called with the results of some of them."""

    def __init__(self, part: Any, spend: Callable[[int], None], after: dict[str, Callable[[Any], None]] | None = None):
        self._part, self._spend, self._after = part, spend, after or {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        if name in ("state", "limits"):  # of the last answer
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            self._spend(max((len(arg) for arg in args if isinstance(arg, list)), default=0))
            result = method(*args, **kwargs)
            if name in self._after:
                self._after[name](result)
            return result

        return call


class CostlyComposer:
    def __init__(self, composer: Any, simulation: Simulation, sleep: Callable[[float], None]) -> None:
        self._composer, self._simulation, self._sleep = composer, simulation, sleep

    def writer(self, run: Any) -> "CostlyComposer":
        return self

    def variant_of(self, contact_id: int, recipient: Any | None) -> int:
        return self._composer.variant_of(contact_id, recipient)  # type: ignore[no-any-return]  # int

    def write(self, recipient: Any, *, reference: str, variant: int) -> OutgoingMail:
        self._sleep((CONTACT_CPU_S + MAIL_CPU_S) * self._simulation.slowness)
        return self._composer.write(recipient, reference=reference, variant=variant)  # type: ignore[no-any-return]


class CostlyMailer:
    """A call takes a thread's processor time; the answers come while other calls are made."""

    def __init__(self, mailer: MemoryMailer, simulation: Simulation, sleep: Callable[[float], None]) -> None:
        self._mailer, self._simulation, self._sleep = mailer, simulation, sleep

    def send(self, mail: OutgoingMail) -> str:
        self._sleep(CALL_CPU_S * self._simulation.slowness)
        return self._mailer.send(mail)

    def limits(self) -> Any:
        return self._mailer.limits()


def _orders(batch: list[Message]) -> list[SendChunk]:
    return [SendChunk.model_validate_json(message.body) for message in batch]
