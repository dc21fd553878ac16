"""The fault matrix of journeys: after crashes, repetitions and delays, each contact gets each mail of an entry once."""

from datetime import timedelta

import pytest

from postrider.contacts.model import Status
from postrider.delivery.model import Outcome
from postrider.journeys import rules
from postrider.workflows.model import ActionCondition
from tests.functional.journeys.world import JourneyWorld, Node

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TREE = (
    Node(delay_s=600),
    Node(parent=0),
    Node(parent=0, condition=ActionCondition.OPENED, delay_s=3600),
    Node(parent=0, condition=ActionCondition.NOT_OPENED, delay_s=3600),
)
DEATHS = [
    f"{side} {call}"
    for call in (
        "journeys.put_entries",
        "journeys.put_first_groups",
        "journeys.set_clock",
        "runner.start",
        "journeys.take",
        "ledger.add_run",
        "journeys.delete_batch",
        "queue.send",
        "ledger.add_block",
        "ledger.mark_ordered",
        "ledger.insert",
        "mailer.send",
        "ledger.store_outcomes",
        "log.record_batches",
        "ledger.count_chunks",
        "journeys.move",
        "ledger.close_block",
        "ledger.change_run",
    )
    for side in ("before", "after")
]
MAY_LOSE = {"after ledger.insert", "before mailer.send", "after mailer.send", "before ledger.store_outcomes"}
"""Deaths that leave claims behind: what became of those mails cannot be known, and their recipients do not go on."""


def walk(world: JourneyWorld, *, opening: bool = True) -> list[int]:
    """Let 60 contacts in two blocks enter; every second one opens the first mail."""
    ids = world.add_people(60, per_block=30)
    world.enter(ids, "start")
    world.pass_time(timedelta(minutes=20))
    for contact_id in ids[::2]:
        if opening:
            world.opens(contact_id, 1, 0)
    world.traps.clear()
    world.run_until_quiet()
    return ids


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", DEATHS)
def test_a_death_anywhere_costs_no_second_mail_and_loses_nobody(point: str, nth: int) -> None:
    world = JourneyWorld(TREE)
    world.traps.kill(point, nth=nth)
    ids = walk(world)
    assert world.traps.passed[point] == 1 or nth > 1
    check_each_mail_once(world)
    missing = {
        (contact_id, 1, action)
        for place, contact_id in enumerate(ids)
        for action in (100, 101, 102 if place % 2 == 0 else 103)
        if (contact_id, 1, action) not in world.mails()
    }
    lost = {contact for contact, _, _ in missing}
    assert lost <= world.in_flight if point in MAY_LOSE else not missing


@pytest.mark.parametrize("point", ["before journeys.move", "after journeys.move"])
def test_the_last_block_of_a_run_may_meet_a_death_as_well(point: str) -> None:
    """No other block wakes up the clock of the next action."""
    world = JourneyWorld(TREE[:2])
    ids = world.add_people(2)
    world.enter(ids, "start")
    world.traps.kill(point)
    world.run_until_quiet()
    assert world.traps.passed[point] == 1
    assert world.mails() == {(contact_id, 1, action): 1 for contact_id in ids for action in (100, 101)}


def test_a_clock_that_goes_to_sleep_sees_a_group_that_is_stored_at_this_moment() -> None:
    """The group meets a clock that has just woken up, and is not waited for otherwise."""
    world = JourneyWorld(TREE[:1])
    first, second = world.add_people(2)
    world.enter([first], "first")
    world.drain()
    world.clock.move(timedelta(minutes=11))

    def enter_second() -> None:
        world.enter([second], "second")
        while world.step(place=-1):
            pass

    world.traps.set("before journeys.set_clock", enter_second)
    world.wake()
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, 100): 1 for contact_id in (first, second)}


def check_each_mail_once(world: JourneyWorld) -> None:
    mails = world.mails()
    assert all(count == 1 for count in mails.values()), "somebody got a mail twice in one entry"
    assert all(world.outcome(mail) in (Outcome.SENT, Outcome.UNKNOWN) for mail in mails)
    assert not any({(contact, entry, 102), (contact, entry, 103)} <= mails.keys() for contact, entry, _ in mails)


@pytest.mark.parametrize("point", sorted(MAY_LOSE - {"before mailer.send"}))
def test_events_of_the_mailer_let_contacts_with_an_unknown_mail_continue(point: str) -> None:
    world = JourneyWorld(TREE[:2])
    ids = world.add_people(30)
    world.enter(ids, "start")
    world.traps.kill(point)
    world.pass_time(timedelta(minutes=30))
    world.tell_events()
    world.tell_events()
    world.run_until_quiet()
    check_each_mail_once(world)
    for contact_id in ids:
        got_first, got_second = ((contact_id, 1, action) in world.mails() for action in (100, 101))
        assert got_first == got_second


def test_a_proof_before_the_end_of_the_block_continues_each_contact_once() -> None:
    world = JourneyWorld(TREE[:2])
    ids = world.add_people(30)
    world.enter(ids, "start")
    world.traps.set("before ledger.store_outcomes", world.tell_events)
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, action): 1 for contact_id in ids for action in (100, 101)}
    assert world.planned() == len(world.mails()), "nobody waited twice"


def test_executions_that_all_fail_delay_the_mails_by_two_minutes() -> None:
    """A restart of the stand-in ends all executions: the sweeper does their work, and starts new ones."""
    world = JourneyWorld(TREE[:1])
    ids = world.add_people(3)
    began = world.clock()
    world.enter(ids, "start")
    world.drain()
    world.runner.fail_all()
    for _ in range(14):
        world.clock.move(MINUTE)
        world.sweep()
        world.drain()
    assert world.mails() == {(contact_id, 1, 100): 1 for contact_id in ids}
    late = world.mailer.accepted[-1][0] - began - timedelta(seconds=600)
    assert late <= MINUTE + rules.LATE + MINUTE


def test_an_execution_that_cannot_be_started_is_replaced_by_the_sweeper() -> None:
    world = JourneyWorld(TREE[:2])
    ids = world.add_people(3)
    world.runner.is_refusing = True
    world.enter(ids, "start")
    world.pass_time(HOUR)
    assert set(world.mails()) == {(contact_id, 1, action) for contact_id in ids for action in (100, 101)}


def test_two_executions_of_one_action_never_work_at_the_same_time_on_the_same_groups() -> None:
    """A sweeper replaces a slow execution, which then continues."""
    world = JourneyWorld(TREE[:1])
    ids = world.add_people(3)
    world.enter(ids, "start")
    world.drain()
    world.clock.move(timedelta(minutes=15))
    world.traps.set("before journeys.take", world.sweep)
    world.wake()
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, 100): 1 for contact_id in ids}


def test_an_earlier_moment_is_kept_although_an_execution_sleeps_until_a_later_moment() -> None:
    world = JourneyWorld([Node(delay_s=86400)])
    late, early = world.add_people(2)
    world.enter([late], "late")
    world.drain()
    (sleeping,) = world.runner.open.values()
    past = world.clock() - timedelta(hours=20)
    world.clock.move_to(past)
    world.enter([early], "early")
    world.drain()
    assert len(world.runner.open) == 1, "the one before was stopped"
    (woken,) = world.runner.open.values()
    assert woken.moment == sleeping.moment - timedelta(hours=20)
    world.run_until_quiet()
    assert set(world.mails()) == {(late, 1, 100), (early, 1, 100)}


def test_the_daily_quota_delays_a_journey_and_loses_nobody() -> None:
    world = JourneyWorld(TREE[:2], per_day=40)
    ids = world.add_people(30)
    world.enter(ids, "start")
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, action): 1 for contact_id in ids for action in (100, 101)}


def test_a_paused_mailer_is_tried_again_without_anybody_resuming() -> None:
    """A workflow has no pause that its owner could end."""
    world = JourneyWorld(TREE[:1])
    ids = world.add_people(3)
    world.mailer.paused = True
    world.enter(ids, "start")
    world.pass_time(HOUR)
    assert not world.mails()
    world.mailer.paused = False
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, 100): 1 for contact_id in ids}


def test_deactivation_while_mails_leave_stops_the_rest_for_good() -> None:
    world = JourneyWorld(TREE[:2])
    ids = world.add_people(60)
    world.enter(ids, "start")
    world.traps.set("before ledger.store_outcomes", world.reactivate)
    world.run_until_quiet()
    assert 0 < len(world.mails()) <= 60
    assert not any(action == 101 for _, _, action in world.mails()), "who got the first mail has left"
    world.enter(ids, "again")
    world.run_until_quiet()
    assert all(count == 1 for count in world.mails().values())
    assert {(contact_id, 2, 101) for contact_id in ids} <= world.mails().keys()


def test_the_same_contacts_enter_by_two_events_at_the_same_time_once() -> None:
    """The second event meets entries whose group is not stored yet."""
    world = JourneyWorld(TREE[:1])
    ids = world.add_people(5)
    world.enter(ids, "first")

    def enter_again() -> None:
        world.enter(ids, "second")
        while world.step(place=-1):
            pass

    world.traps.set("after journeys.put_entries", enter_again)
    world.run_until_quiet()
    assert world.mails() == {(contact_id, 1, 100): 1 for contact_id in ids}


def test_a_contact_that_leaves_between_the_plan_and_its_mail_gets_no_mail() -> None:
    world = JourneyWorld(TREE[:2])
    (contact_id,) = world.add_people(1)
    world.enter([contact_id], "start")
    world.traps.set("after ledger.add_block", lambda: world.contacts.change(contact_id, Status.UNSUBSCRIBED))
    world.run_until_quiet()
    assert not world.mails()


def test_a_contact_that_left_and_entered_again_gets_no_mail_of_its_old_entry() -> None:
    """The group of the old entry may still wait beside the group of the new entry."""
    world = JourneyWorld([Node(), Node(parent=0, delay_s=3600)])
    back, again = world.add_people(2)
    world.enter([back, again], "start")
    world.pass_time(timedelta(minutes=5))
    for contact_id in (back, again):
        world.contacts.change(contact_id, Status.UNSUBSCRIBED)
        world.contacts.change(contact_id, Status.ACTIVE)
    world.enter([again], "again")
    world.run_until_quiet()
    first = {(contact_id, 1, 100): 1 for contact_id in (back, again)}
    assert world.mails() == first | {(again, 2, 100): 1, (again, 2, 101): 1}


def test_executions_are_never_more_than_actions() -> None:
    world = JourneyWorld(TREE)
    ids = world.add_people(40)
    for number, contact_id in enumerate(ids):
        world.enter([contact_id], f"event-{number}")
        world.pass_time(timedelta(minutes=number % 3))
    world.run_until_quiet()
    assert world.runner.most_open <= len(TREE)
