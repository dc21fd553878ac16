"""A deployment takes up a copy of the tables while the original continued: no contact gets a mail from both."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from postrider.delivery.model import Outcome
from tests.functional.delivery.world import ACCOUNT
from tests.functional.journeys.world import JourneyWorld, Mail, Node
from tests.unit.journeys.test_fault_matrix import DEATHS

MINUTE = timedelta(minutes=1)
TREE = (Node(delay_s=300), Node(parent=0, delay_s=600), Node(parent=1), Node(parent=2, delay_s=3600))
PEOPLE = 6
TOO_EARLY = {"before journeys.put_entries", "after journeys.put_entries", "before journeys.put_first_groups"}
"""Moments at which the last two contacts do not wait yet: they are known to the queue of the original only."""


def let_enter(world: JourneyWorld) -> list[int]:
    """Let six contacts of two blocks enter, the last two of them two minutes later."""
    ids = world.add_people(PEOPLE, per_block=4)
    world.enter(ids[:4], "first")
    world.pass_time(2 * MINUTE)
    world.enter(ids[4:], "second")
    world.drain()
    return ids


def each_once(contact_ids: list[int], *places: int) -> Counter[Mail]:
    return Counter((contact_id, 1, 100 + place) for contact_id in contact_ids for place in places)


def waiting(world: JourneyWorld, place: int) -> list[tuple[datetime, list[int]]]:
    """Return the moments at which an action is due, each with those who wait for it."""
    return [(group.due_at, group.contact_ids) for _, group in world.journeys.waiting(ACCOUNT, 100 + place)]


@pytest.mark.parametrize("point", DEATHS)
def test_a_copy_of_any_moment_mails_nobody_twice(point: str) -> None:
    original, copies = JourneyWorld(TREE), []
    original.traps.set(point, lambda: copies.append(original.copy()), nth=2)
    ids = let_enter(original)
    original.pass_time(30 * MINUTE)
    assert original.mails() == each_once(ids, 0, 1, 2)
    (copy,) = copies
    copy.unknown_until = original.clock()
    copy.pass_time(10 * MINUTE)
    copy.tell_events()  # late ones of mails of the original
    copy.run_until_quiet()
    assert copy.mails() == each_once(ids, 0, 1, 2) + each_once(ids[:4] if point in TOO_EARLY else ids, 3)


def test_contacts_that_the_original_may_have_mailed_are_unknown_and_continue_as_in_the_original() -> None:
    original = JourneyWorld(TREE)
    ids = let_enter(original)
    copy = original.copy()
    original.pass_time(20 * MINUTE)
    copy.unknown_until = original.clock()
    copy.pass_time(30 * MINUTE)
    assert copy.mails() == each_once(ids, 0, 1, 2)  # those of the original
    assert {copy.outcome(mail) for mail in copy.mails()} == {Outcome.UNKNOWN}
    assert waiting(copy, 3) == waiting(original, 3) != []
    copy.run_until_quiet()
    assert copy.mails() == each_once(ids, 0, 1, 2, 3)
    assert {copy.outcome(mail) for mail in each_once(ids, 3)} == {Outcome.SENT}
