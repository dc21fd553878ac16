"""Random schedules: deaths, repeats, interleavings, pauses, refusals and time, in any order, and still at most once.

The services are the real ones; the ledger is in memory, which tests/functional/delivery/test_storage.py holds to the same
contract as DynamoDB's.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from postrider.delivery.model import Outcome
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.world import Killed, World

POINTS = [
    f"{side} {call}"
    for side in ("before", "after")
    for call in (
        "campaigns.start",
        "campaigns.get",
        "ledger.add_run",
        "ledger.change_run",
        "ledger.add_block",
        "ledger.mark_ordered",
        "queue.send",
        "ledger.insert",
        "ledger.rows",
        "mailer.send",
        "ledger.store_outcomes",
        "ledger.release",
        "log.record_batches",
        "ledger.count_chunks",
        "ledger.close_block",
        "campaigns.finish",
    )
]


def _work(world: World, place: int) -> None:
    world.ring_alarms()
    messages = world.queue.visible()
    if messages:
        world.work(messages[place % len(messages)])


def _work_together(world: World, place: int) -> None:
    """Several chunks of a block at once, if there are any."""
    world.ring_alarms()
    batches = world.batches()
    if batches:
        world.work(*batches[place % len(batches)])


def _work_and_keep(world: World, place: int) -> None:
    """The message is delivered once more at once."""
    world.ring_alarms()
    messages = world.queue.visible()
    if messages:
        message = messages[place % len(messages)]
        world.work(message, delete=False)
        message.visible_at = world.clock()


ACTS: dict[str, Callable[[World, int, int], Any]] = {
    "work": lambda world, campaign, number: _work(world, number),
    "work and keep": lambda world, campaign, number: _work_and_keep(world, number),
    "work together": lambda world, campaign, number: _work_together(world, number),
    "wait": lambda world, campaign, number: world.clock.move(timedelta(seconds=number * 17)),
    "sweep": lambda world, campaign, number: world.service().sweep(),
    "recount": lambda world, campaign, number: world.service().enqueue_recounts(),
    "suspend": lambda world, campaign, number: world.suspend(campaign),
    "resume": lambda world, campaign, number: world.resume(campaign),
    "cancel": lambda world, campaign, number: world.cancel(campaign),
    "schedule": lambda world, campaign, number: world.schedule_again(campaign),
    "start twice": lambda world, campaign, number: world.start_twice(campaign),
    "events": lambda world, campaign, number: world.tell_events(campaign),
    "redrive": lambda world, campaign, number: world.queue.redrive(),
    "lose messages": lambda world, campaign, number: world.queue.lose_all(),
    "mailer pauses": lambda world, campaign, number: setattr(world.mailer, "paused", True),
    "mailer goes on": lambda world, campaign, number: setattr(world.mailer, "paused", False),
    "mailer slower": lambda world, campaign, number: setattr(world.mailer, "rate", 5 + number),
    "somebody leaves": lambda world, campaign, number: setattr(_person(world, number), "refusal", "unsubscribed"),
    "somebody is refused": lambda world, campaign, number: world.mailer.refused.add(_person(world, number).email),
    "an answer is lost": lambda world, campaign, number: world.mailer.lost.update(
        {_person(world, number).email: number % 2 > 0}
    ),
}
USUAL = ["work", "work together"] * 4


def _person(world: World, number: int) -> Any:
    return list(world.people.values())[number * 7 % len(world.people)]


act = st.tuples(st.sampled_from([*ACTS, *USUAL]), st.integers(0, 60))
NTH = st.one_of(st.just(1), st.integers(1, 3), st.integers(1, 60))
interruption = st.tuples(st.sampled_from(POINTS), NTH, st.one_of(st.none(), act))
"""At which point, the how manieth time, and what happens: None is a death."""


def settle(world: World, campaign_id: int) -> None:
    """Resume what the owner or the mailer has stopped, until no message is left."""
    world.traps.clear()
    world.mailer.paused, world.mailer.rate = False, 1000
    world.queue.redrive()
    for _ in range(4):
        world.run_until_quiet()
        world.resume(campaign_id)
        world.schedule_again(campaign_id)


def _do(world: World, campaign_id: int, name: str, number: int) -> None:
    try:
        ACTS[name](world, campaign_id, number)
    except Killed:
        return  # outside a worker: a sweep, or the owner's own request, died


@given(
    people=st.sampled_from([1, 49, 51, 77, 130, 260]),
    per_block=st.sampled_from([30, 60, 1024]),
    rate=st.sampled_from([14, 60, 1000]),
    traps=st.lists(interruption, min_size=1, max_size=8),
    acts=st.lists(act, max_size=40),
)
def test_no_recipient_gets_two_copies_and_all_are_counted(
    people: int,
    per_block: int,
    rate: int,
    traps: list[tuple[str, int, tuple[str, int] | None]],
    acts: list[tuple[str, int]],
) -> None:
    world = World(MemoryLedger(), MemoryTimeline(), rate=rate)
    world.add_people(people, per_block=per_block)
    campaign_id = world.add_campaign().id
    for point, nth, interrupted_by in traps:
        if interrupted_by is None:
            world.traps.kill(point, nth=nth)
        else:
            name, number = interrupted_by
            world.traps.set(point, lambda name=name, number=number: ACTS[name](world, campaign_id, number), nth=nth)
    for name, number in acts:
        _do(world, campaign_id, name, number)
        world.check_copies(campaign_id)
    with suppress(Killed):  # in the sweeper
        world.run_until_quiet_keeping_traps()
    world.check_copies(campaign_id)
    hypothesis.event(f"traps met: {world.traps.passed.total()}")
    settle(world, campaign_id)
    check_everyone(world, campaign_id, in_flight=50 * len(traps) + len(world.mailer.lost))


def check_everyone(world: World, campaign_id: int, *, in_flight: int) -> None:
    campaign = world.campaigns.kept[campaign_id]
    assert campaign.status == "delivered"
    world.check_copies(campaign_id)
    if campaign.run_id is None:
        return
    totals = world.totals(campaign_id)
    assert totals.complete
    assert totals.tally == world.service().recount(campaign)
    outcomes = world.outcomes(campaign_id)
    assert Outcome.CLAIMED not in outcomes.values()
    unknown = [contact_id for contact_id, outcome in outcomes.items() if outcome == Outcome.UNKNOWN]
    assert len(unknown) <= in_flight
    sent = sorted(contact_id for contact_id, outcome in outcomes.items() if outcome == Outcome.SENT)
    assert sorted(set(world.log.contacts("sent"))) == world.log.contacts("sent"), "somebody is twice in the log"
    assert world.log.contacts("sent") == sent
