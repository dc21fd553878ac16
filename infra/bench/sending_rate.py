"""Measure senders on simulated time: the real code of sending, with the time that calls take; it is the same on any machine."""

from collections.abc import Iterator

from infra.bench.tables import Table
from infra.functions import QUEUES, SEND_WORKER
from postrider.delivery.rate.rules import MAX_WAIT_S, senders_for
from postrider.delivery.rules import FUNCTION_TIMEOUT_S, RESERVE_S
from tests.functional.delivery.simulation import Simulation

SECONDS = {14: 120.0, 50: 60.0, 200: 30.0, 1000: 15.0}
"""Simulated seconds of each rate."""
MANY = 50
MEMORY_GB = QUEUES[SEND_WORKER].memory_mb / 1024
DOLLARS_PER_GB_S = 0.0000133334
"""arm64 in us-east-1: https://aws.amazon.com/lambda/pricing/"""
SLOWNESS = 5


def measure() -> Iterator[Table]:
    kept = Table(
        f"Sending rate: as many senders as the rate needs, processors as measured and {SLOWNESS} times slower",
        [
            "allowed per second",
            "senders",
            "share reached",
            "most in any second",
            "leases per 50 mails",
            "slower: share",
        ],
    )
    waiting = Table(
        "Cost of the senders, waiting included: 50 that wait for their turn as long as they live, and as deployed",
        [
            "allowed per second",
            "GB-seconds per 1,000 mails, 50 senders",
            "as deployed",
            "$ per million, 50 senders",
            "$ as deployed",
        ],
    )
    for rate, seconds in SECONDS.items():
        senders = senders_for(rate)
        deployed = _run(rate, senders, seconds)
        slower = _run(rate, senders, seconds, slowness=SLOWNESS)
        kept.add(
            rate,
            senders,
            round(deployed.throughput / rate, 3),
            deployed.worst_second,
            round(deployed.leases / len(deployed.arrivals) * 50, 2),
            round(slower.throughput / rate, 3),
        )
        many = _run(rate, MANY, seconds, max_wait_s=FUNCTION_TIMEOUT_S - RESERVE_S)
        costs = [simulation.busy_s_per_1000 * MEMORY_GB for simulation in (many, deployed)]
        waiting.add(
            rate,
            *(round(cost, 1) for cost in costs),
            *(round(cost * 1000 * DOLLARS_PER_GB_S, 2) for cost in costs),
        )
    yield kept
    yield waiting


def _run(
    rate: float, senders: int, seconds: float, *, slowness: float = 1, max_wait_s: float = MAX_WAIT_S
) -> Simulation:
    simulation = Simulation(rate=rate, senders=senders, seconds=seconds, slowness=slowness, max_wait_s=max_wait_s)
    simulation.run()
    return simulation
