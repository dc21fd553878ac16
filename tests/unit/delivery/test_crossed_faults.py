"""The fault matrix crossed: a death at each point while something else goes wrong; chunks that are sent together."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postrider.delivery import rules
from postrider.delivery.model import Tally
from postrider.delivery.queue_messages import PLAN_QUEUE, StartRun
from postrider.mail_events.source import MailSource
from tests.functional.delivery.memory_ledger import MemoryLedger, MemoryTimeline
from tests.functional.delivery.test_fault_matrix import DEATHS
from tests.functional.delivery.world import ACCOUNT, Killed, World
from tests.unit.delivery.test_schedules import check_everyone, settle


def memory_world(**options: Any) -> World:
    """Return a world whose content has variants."""
    world = World(MemoryLedger(), MemoryTimeline(), **options)
    world.composer.variants = (11, 12, 13)
    return world


# What else goes wrong


def _twice(world: World, campaign_id: int) -> None:
    """Every message is delivered once more at once, as long as there are any."""
    while batches := world.batches():
        for batch in batches:
            if world.work(*batch, delete=False):
                for message in batch:
                    message.visible_at = world.clock()
                    world.work(message)


def _comes_back(world: World, campaign_id: int) -> None:
    """Visibility expiry while the worker runs: another worker receives the same messages."""

    def expire() -> None:
        for message in [m for m in world.queue.messages if m.receives and not m.gone]:
            message.visible_at = world.clock()
            world.work(message)

    world.traps.set("after mailer.send", expire, nth=20)


def _throttle(world: World, campaign_id: int) -> None:
    world.mailer.rate, world.mailer.told_rate = 20, 1000


def _account_paused(world: World, campaign_id: int) -> None:
    world.traps.set("after mailer.send", lambda: setattr(world.mailer, "paused", True), nth=30)


def _partial_failure(world: World, campaign_id: int) -> None:
    emails = [person.email for person in world.people.values()]
    world.mailer.refused = set(emails[5:80:20])
    world.mailer.lost = {emails[7]: True, emails[60]: False}


def _at_mail_30(act: Callable[[World, int], None]) -> Callable[[World, int], None]:
    return lambda world, campaign_id: world.traps.set("after mailer.send", lambda: act(world, campaign_id), nth=30)


def _pause_and_resume(world: World, campaign_id: int) -> None:
    world.suspend(campaign_id)
    world.resume(campaign_id)


def _dead_messages(world: World, campaign_id: int) -> None:
    """Everything fails five times, and is redriven."""
    for nth in range(1, 12):
        world.traps.kill("before ledger.rows", nth=nth)
        world.traps.kill("before ledger.block", nth=nth)


def _two_starts(world: World, campaign_id: int) -> None:
    order = StartRun(account_id=ACCOUNT, source=MailSource.campaign(campaign_id))
    world.queue.send(PLAN_QUEUE, [order, order], group=ACCOUNT)


def _stale_worker(world: World, campaign_id: int) -> None:
    """The owner starts over while a worker of the first run is about to claim."""

    def start_over() -> None:
        world.cancel(campaign_id)
        world.clock.move(timedelta(seconds=3))
        world.schedule_again(campaign_id)

    world.traps.set("before ledger.insert", start_over)


CONDITIONS: dict[str, Callable[[World, int], None]] = {
    "delivered twice": _twice,
    "visibility expiry": _comes_back,
    "rate throttle": _throttle,
    "daily quota": lambda world, campaign_id: setattr(world.mailer, "per_day", len(world.people) // 2 + 1),
    "account paused": _account_paused,
    "partial failure": _partial_failure,
    "pause": _at_mail_30(lambda world, campaign_id: world.suspend(campaign_id)),
    "pause and resume": _at_mail_30(_pause_and_resume),
    "cancel": _at_mail_30(lambda world, campaign_id: world.cancel(campaign_id)),
    "redrive": _dead_messages,
    "double schedule": _two_starts,
    "stale worker": _stale_worker,
}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("point", DEATHS)
def test_a_death_while_something_else_goes_wrong(point: str, condition: str) -> None:
    world = memory_world()
    world.add_people(90, per_block=80)
    campaign = world.add_campaign()
    world.traps.kill(point)
    CONDITIONS[condition](world, campaign.id)
    world.run_until_quiet_keeping_traps()
    world.check_copies(campaign.id)
    world.mailer.paused = False
    world.resume(campaign.id)
    world.run_until_quiet_keeping_traps()
    assert world.traps.passed[point] >= 1 or (condition == "cancel" and "campaigns.finish" in point)
    settle(world, campaign.id)
    check_everyone(world, campaign.id, in_flight=2 * rules.CHUNK_SIZE + len(world.mailer.lost))


POINTS = st.sampled_from([*DEATHS, "after campaigns.get", "before ledger.change_run", "after ledger.release"])


@pytest.mark.deep
@settings(max_examples=settings.default.max_examples // 20, suppress_health_check=list(HealthCheck))
@given(
    deaths=st.lists(st.tuples(POINTS, st.integers(1, 200)), min_size=3, max_size=12),
    mails=st.lists(st.tuples(st.sampled_from(sorted(CONDITIONS)), st.integers(1, 9_000)), max_size=4),
    rate=st.sampled_from([200, 1000, 5000]),
)
def test_ten_thousand_recipients_and_any_schedule(
    deaths: list[tuple[str, int]], mails: list[tuple[str, int]], rate: int
) -> None:
    """Deaths at any points, and other troubles that begin at any mail."""
    world = memory_world(rate=rate)
    world.add_people(10_000)
    campaign = world.add_campaign()
    for point, nth in deaths:
        world.traps.kill(point, nth=nth)
    for condition, nth in mails:
        begin = CONDITIONS[condition]
        world.traps.set("before mailer.send", lambda begin=begin: begin(world, campaign.id), nth=nth)
    world.run_until_quiet_keeping_traps()
    hypothesis.event(f"traps met: {world.traps.passed.total()}")
    settle(world, campaign.id)
    check_everyone(world, campaign.id, in_flight=50 * (world.traps.passed.total() + 2) + len(world.mailer.lost))
    planned = world.totals(campaign.id).planned
    if {condition for condition, _ in mails} & {"cancel", "stale worker"}:
        assert 0 < planned <= 10_000, "blocks that were not planned before the owner cancelled stay empty"
    else:
        assert planned == 10_000


# Chunks that are sent together, and events


@pytest.mark.parametrize("point", ["before ledger.confirm", "after ledger.confirm", "before log.record_batches"])
def test_a_death_while_events_are_taken_in_leaves_no_gap(point: str) -> None:
    """Counters, ledger and log agree if events are delivered again."""
    world = memory_world()
    world.add_people(50)
    campaign = world.add_campaign()
    world.traps.kill("before ledger.store_outcomes")
    world.run_until_quiet_keeping_traps()
    world.traps.kill(point, nth=7)
    with pytest.raises(Killed):
        world.tell_events(campaign.id)
    world.tell_events(campaign.id)
    assert world.check(campaign.id).tally == Tally(sent=50)


def test_consent_is_never_older_than_two_seconds() -> None:
    """At a low rate the last of a chunk wait long for their moment; who leaves meanwhile gets no mail."""
    world = memory_world(rate=5)
    ids = world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()

    def leaves() -> None:
        world.people[ids[49]].refusal = "unsubscribed"
        del world.people[ids[48]]

    world.traps.set("after mailer.send", leaves, nth=20)
    world.drain()
    assert world.totals(campaign.id).tally == Tally(sent=48, skipped=2)
    assert world.log.contacts("skipped") == ids[48:]


def test_a_campaign_cancelled_before_its_first_claim_sends_nothing_despite_a_cached_state() -> None:
    """The campaign is a draft again, since no mail may have been sent; the worker has read its state within two seconds."""
    world = memory_world()
    world.add_people(50)
    campaign = world.add_campaign()
    world.step()
    world.step()
    world.campaigns.change(campaign.id, status="incomplete", run_id=None)
    world.drain()
    assert world.mailer.accepted == []


def test_chunks_sent_together_cost_one_read_and_one_count() -> None:
    """A chunk that was counted alone before is not counted again."""
    world = memory_world()
    world.add_people(200)
    campaign = world.add_campaign()
    world.step()
    world.step()
    first, *_ = world.queue.visible()
    world.work(first, delete=False)
    first.receives = 0
    first.visible_at = world.clock()
    (batch,) = world.batches()
    assert len(batch) == 200 // rules.CHUNK_SIZE
    assert world.work(*batch)
    assert world.check(campaign.id).tally == Tally(sent=200)
    assert not world.queue.messages or all(message.gone for message in world.queue.messages)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("point", ["after ledger.insert", "after ledger.store_outcomes"])
def test_a_death_among_chunks_sent_together_costs_one_of_them(point: str, nth: int) -> None:
    world = memory_world()
    world.add_people(200)
    campaign = world.add_campaign()
    world.traps.kill(point, nth=nth)
    world.run_until_quiet_keeping_traps()
    lost = rules.CHUNK_SIZE if point == "after ledger.insert" else 0
    assert world.check(campaign.id).tally == Tally(sent=200 - lost, unknown=lost)
