"""The contract of the storage of journeys, on DynamoDB and on the memory that stands in for it in tests of many schedules."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.exceptions import TransactWriteError

from postrider.contacts.model import BLOCK_SIZE
from postrider.journeys import rules
from postrider.journeys.model import ActionClock, DueBatch, Entry, WaitingGroup
from postrider.journeys.repository import FIRST_GROUPS_AT_ONCE, JourneyRepository
from postrider.journeys.table import EntryItem, EventItem, WaitingGroupItem
from tests.conftest import Platform
from tests.functional.journeys.memory_journeys import MemoryJourneys

NOW = datetime.now(UTC).replace(microsecond=0)
"""The present: the stand-in deletes rows that have expired."""
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(days=60)
ACCOUNT, BLOCK = "7", 5
FIRST_NUMBER = 900_000
_numbers = itertools.count(FIRST_NUMBER)


@pytest.fixture
def dynamodb(platform: Platform) -> Iterator[JourneyRepository]:
    """Yield the storage in DynamoDB; clocks that stay open are stopped, for other tests sweep all they find."""
    storage = JourneyRepository()
    yield storage
    for key in open_clocks(storage):
        clock = storage.clock(*key)
        storage.set_clock(clock, replace(clock, wakes_at=None))


@pytest.fixture(params=["dynamodb", "memory"])
def journeys(request: pytest.FixtureRequest) -> Any:
    return MemoryJourneys() if request.param == "memory" else request.getfixturevalue("dynamodb")


@pytest.fixture
def workflow() -> int:
    return next(_numbers)


@pytest.fixture
def action() -> int:
    return next(_numbers)


def contact_at(place: int, block: int = BLOCK) -> int:
    return block * BLOCK_SIZE + place


def make_entry(contact_id: int, number: int = 1, event: str = "first") -> Entry:
    return Entry(
        contact_id=contact_id,
        number=number,
        activation=1,
        departures=2,
        consent_number=3,
        event=event,
        events=("earlier", event),
        entered_at=NOW,
    )


def make_group(workflow: int, action: int, name: str = "a", **values: Any) -> WaitingGroup:
    group = WaitingGroup(
        account_id=ACCOUNT,
        workflow_id=workflow,
        action_id=action,
        block=BLOCK,
        id=name,
        entry=1,
        activation=1,
        since=NOW,
        due_at=NOW + MINUTE,
        bitmap=rules.bits_of([contact_at(0), contact_at(9), contact_at(BLOCK_SIZE - 1)]),
    )
    return replace(group, **values)


def make_groups(workflow: int, action: int, count: int, **values: Any) -> list[WaitingGroup]:
    return [make_group(workflow, action, f"{number:03d}", **values) for number in range(count)]


def make_batch(groups: Sequence[WaitingGroup], run_id: str = "1-run") -> DueBatch:
    by_block: dict[int, list[str]] = {}
    for group in groups:
        by_block.setdefault(group.block, []).append(group.id)
    first = groups[0]
    return DueBatch(
        account_id=ACCOUNT,
        workflow_id=first.workflow_id,
        action_id=first.action_id,
        run_id=run_id,
        entry=1,
        activation=1,
        due_at=first.due_at,
        groups=by_block,
    )


def waiting(journeys: Any, action: int, **options: Any) -> list[WaitingGroup]:
    return [group for _, group in journeys.waiting(ACCOUNT, action, **options)]


def open_clocks(journeys: Any, moment: datetime = LATER) -> list[tuple[str, int]]:
    keys: list[tuple[str, int]] = journeys.clocks_before(moment)
    return [key for key in keys if key[0] == ACCOUNT and key[1] >= FIRST_NUMBER]


# Entries


def test_a_contact_enters_once_with_each_number(journeys: Any, workflow: int) -> None:
    first, again = make_entry(contact_at(3)), make_entry(contact_at(3), number=2, event="second")
    assert journeys.put_entries(ACCOUNT, workflow, [(None, first)]) == set()
    assert journeys.put_entries(ACCOUNT, workflow, [(None, replace(first, event="other"))]) == {first.contact_id}
    assert journeys.entries(ACCOUNT, workflow, [first.contact_id]) == {first.contact_id: first}
    assert journeys.put_entries(ACCOUNT, workflow, [(first, again)]) == set()
    assert journeys.put_entries(ACCOUNT, workflow, [(first, replace(again, event="other"))]) == {first.contact_id}
    assert journeys.entries(ACCOUNT, workflow, [first.contact_id]) == {first.contact_id: again}


def test_a_change_of_an_entry_that_is_not_stored_is_refused(journeys: Any, workflow: int) -> None:
    contact_id = contact_at(3)
    change = make_entry(contact_id), make_entry(contact_id, number=2)
    assert journeys.put_entries(ACCOUNT, workflow, [change]) == {contact_id}
    assert journeys.entries(ACCOUNT, workflow, [contact_id]) == {}


def test_each_entry_is_stored_or_refused_alone(journeys: Any, workflow: int) -> None:
    """A repeated call returns the groups that another worker has stored, and stores the others."""
    entries = [make_entry(contact_at(place)) for place in range(60)]
    assert journeys.put_entries(ACCOUNT, workflow, [(None, entry) for entry in entries[20:30]]) == set()
    refused = journeys.put_entries(ACCOUNT, workflow, [(None, entry) for entry in entries])
    assert refused == {entry.contact_id for entry in entries[20:30]}
    by_id = {entry.contact_id: entry for entry in entries}
    assert journeys.entries(ACCOUNT, workflow, [*by_id, contact_at(70)]) == by_id


def test_entries_of_a_block_are_read_from_the_first_to_the_last_contact(journeys: Any, workflow: int) -> None:
    places = (0, 9, 10, 100, BLOCK_SIZE - 1)
    entries = {contact_at(place): make_entry(contact_at(place)) for place in places}
    neighbour = make_entry(contact_at(0, BLOCK + 1))
    journeys.put_entries(ACCOUNT, workflow, [(None, entry) for entry in (*entries.values(), neighbour)])

    def between(first: int, last: int) -> set[int]:
        found = journeys.entries_of_block(ACCOUNT, workflow, BLOCK, first, last)
        assert found == {contact_id: entries[contact_id] for contact_id in found}
        return set(found)

    assert between(contact_at(9), contact_at(100)) == {contact_at(9), contact_at(10), contact_at(100)}
    assert between(contact_at(0), neighbour.contact_id) == set(entries)
    assert between(contact_at(11), contact_at(99)) == set()


def test_entries_belong_to_one_workflow_of_one_account(journeys: Any, workflow: int) -> None:
    entry = make_entry(contact_at(3))
    journeys.put_entries(ACCOUNT, workflow, [(None, entry)])
    for account_id, other in (("70", workflow), (ACCOUNT, next(_numbers))):
        assert journeys.entries(account_id, other, [entry.contact_id]) == {}
        assert journeys.entries_of_block(account_id, other, BLOCK, entry.contact_id, entry.contact_id) == {}


def test_only_the_entry_that_was_read_is_removed(journeys: Any, workflow: int) -> None:
    first, again = make_entry(contact_at(3)), make_entry(contact_at(3), number=2)
    assert not journeys.remove_entry(ACCOUNT, workflow, first)
    journeys.put_entries(ACCOUNT, workflow, [(None, first)])
    assert journeys.remove_entry(ACCOUNT, workflow, first)
    assert journeys.remove_entry(ACCOUNT, workflow, first), "a repeated call"
    removed = replace(first, removed=True)
    assert journeys.entries(ACCOUNT, workflow, [first.contact_id]) == {first.contact_id: removed}
    journeys.put_entries(ACCOUNT, workflow, [(removed, again)])
    assert not journeys.remove_entry(ACCOUNT, workflow, first)
    assert journeys.entries(ACCOUNT, workflow, [first.contact_id]) == {first.contact_id: again}, "inside again"


def test_moments_are_kept_in_whole_seconds(journeys: Any, workflow: int, action: int) -> None:
    part = timedelta(microseconds=700_000)
    entry, group = make_entry(contact_at(3)), make_group(workflow, action)
    journeys.put_entries(ACCOUNT, workflow, [(None, replace(entry, entered_at=NOW + part))])
    journeys.put_groups([replace(group, since=group.since + part, due_at=group.due_at + part)])
    assert journeys.entries(ACCOUNT, workflow, [entry.contact_id]) == {entry.contact_id: entry}
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, action) == [group]


# What an event lets in


def test_an_event_lets_a_block_in_once(journeys: Any, workflow: int, action: int) -> None:
    """Contacts that the first call let in may have moved on, and a repetition must not move them back."""
    groups = [make_group(workflow, action, f"{number}", entry=number) for number in (1, 2)]
    assert not journeys.has_entered(ACCOUNT, workflow, BLOCK, "event")
    journeys.put_first_groups(groups, "event", expires_at=LATER)
    assert journeys.has_entered(ACCOUNT, workflow, BLOCK, "event")
    assert waiting(journeys, action) == journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == groups
    journeys.delete(groups)
    journeys.put_first_groups(groups, "event", expires_at=LATER)
    assert waiting(journeys, action) == journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == []


def test_an_event_has_entered_in_its_own_place_only(journeys: Any, workflow: int, action: int) -> None:
    journeys.put_first_groups([make_group(workflow, action)], "event", expires_at=LATER)
    others = [("70", workflow, BLOCK, "event"), (ACCOUNT, next(_numbers), BLOCK, "event")]
    for place in (*others, (ACCOUNT, workflow, BLOCK + 1, "event"), (ACCOUNT, workflow, BLOCK, "other")):
        assert not journeys.has_entered(*place)


def test_more_groups_than_a_transaction_holds_are_let_in(journeys: Any, workflow: int, action: int) -> None:
    """The first ones are stored before the event is noted, so a repeated call stores them again, and only them."""
    groups = make_groups(workflow, action, FIRST_GROUPS_AT_ONCE + 2)
    journeys.put_first_groups(groups, "event", expires_at=LATER)
    assert waiting(journeys, action) == groups
    journeys.delete(groups)
    journeys.put_first_groups(groups, "event", expires_at=LATER)
    assert waiting(journeys, action) == groups[:2]


def test_the_mark_of_an_event_expires_and_contacts_inside_do_not(
    dynamodb: JourneyRepository, workflow: int, action: int
) -> None:
    group, entry = make_group(workflow, action), make_entry(contact_at(3))
    dynamodb.put_first_groups([group], "event", expires_at=LATER)
    dynamodb.put_entries(ACCOUNT, workflow, [(None, entry)])
    key = f"journey#{ACCOUNT}#{workflow}#{BLOCK}"
    assert EventItem.get(key, "event#event").expires_at == LATER
    (stored_group,) = WaitingGroupItem.query(key, WaitingGroupItem.sk.startswith("group#"))
    (stored_entry,) = EntryItem.query(key, EntryItem.sk.startswith("contact#"))
    assert (stored_group.expires_at, stored_entry.expires_at) == (None, None)


# Waiting groups


def test_a_group_that_is_stored_again_is_one_group(journeys: Any, workflow: int, action: int) -> None:
    group = make_group(workflow, action)
    journeys.put_groups([group])
    journeys.put_groups([group])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, action) == [group]
    assert group.contact_ids == [contact_at(0), contact_at(9), contact_at(BLOCK_SIZE - 1)]


def test_contacts_inside_a_workflow_are_those_of_the_groups_of_its_actions(
    journeys: Any, workflow: int, action: int
) -> None:
    following = next(_numbers)
    groups = [make_group(workflow, action), make_group(workflow, following, "b"), make_group(workflow, following, "c")]
    elsewhere = [make_group(workflow, action, block=BLOCK + 1), make_group(next(_numbers), action, "d")]
    foreign = make_group(workflow, action, account_id="70")
    journeys.put_groups([*reversed(groups), *elsewhere, foreign])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == groups
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK + 2) == []
    found = journeys.groups(ACCOUNT, workflow, following, BLOCK, ["c", "b", "c", "a"])
    assert sorted(found, key=lambda group: group.id) == groups[1:], "each once, and none of another action"
    assert journeys.groups(ACCOUNT, workflow, action, BLOCK, []) == []


def test_groups_wait_in_order_of_their_moments(journeys: Any, workflow: int, action: int) -> None:
    first, second, third = (make_group(workflow, action, due_at=NOW + n * MINUTE, block=20 - n) for n in (1, 2, 10))
    beside = make_group(workflow, action, "b", due_at=second.due_at, block=100)
    journeys.put_groups([third, beside, second, first, make_group(workflow, next(_numbers))])
    assert waiting(journeys, action) == [first, second, beside, third]
    assert waiting(journeys, action, until=NOW) == []
    assert waiting(journeys, action, until=second.due_at) == [first, second, beside]
    assert waiting(journeys, action, until=second.due_at + timedelta(milliseconds=900)) == [first, second, beside]
    assert waiting(journeys, action, until=second.due_at - timedelta(seconds=1)) == [first]


def test_a_listing_goes_on_at_a_place(journeys: Any, workflow: int, action: int) -> None:
    """The place of a group that has moved on is still a valid place to continue at."""
    groups = [make_group(workflow, action, due_at=NOW + n * MINUTE) for n in (1, 2, 3)]
    groups = [replace(group, id=name) for group, name in zip(groups, "cab", strict=True)]
    journeys.put_groups(groups)
    places = [place for place, _ in journeys.waiting(ACCOUNT, action)]
    assert waiting(journeys, action, start=places[1]) == groups[1:]
    journeys.delete([groups[1]])
    assert waiting(journeys, action, start=places[1]) == groups[2:]


def test_deleted_groups_are_nowhere(journeys: Any, workflow: int, action: int) -> None:
    groups = make_groups(workflow, action, 15)
    journeys.put_groups(groups)
    journeys.delete(groups[:14])
    journeys.delete(groups[:14])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, action) == groups[14:]


def test_a_group_with_two_moments_is_deleted_with_both(journeys: Any, workflow: int, action: int) -> None:
    """A delay that changes while a worker stores the group again gives it a second moment."""
    before = make_group(workflow, action)
    after = replace(before, due_at=before.due_at + MINUTE)
    journeys.put_groups([before])
    journeys.put_groups([after])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == [after]
    assert waiting(journeys, action) == [before, after]
    journeys.delete(waiting(journeys, action))
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, action) == []


# Batches


def test_taken_groups_wait_no_more_and_are_still_inside(journeys: Any, workflow: int, action: int) -> None:
    groups = [make_group(workflow, action), make_group(workflow, action, "b"), make_group(workflow, action, block=8)]
    journeys.put_groups(groups)
    batch = make_batch(groups)
    assert journeys.take(batch, groups)
    assert waiting(journeys, action) == []
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == groups[:2]
    assert journeys.batches(ACCOUNT, action) == [batch]
    assert journeys.batches(ACCOUNT, next(_numbers)) == journeys.batches("70", action) == []


def test_a_batch_whose_run_has_not_begun_is_found_until_it_is_deleted(
    journeys: Any, workflow: int, action: int
) -> None:
    """A worker that ends between both steps leaves it to the next one."""
    groups = make_groups(workflow, action, 2)
    journeys.put_groups(groups)
    first, second = (make_batch([group], f"1-{name}") for group, name in zip(groups, "ba", strict=True))
    assert journeys.take(first, groups[:1])
    assert journeys.take(second, groups[1:])
    assert journeys.batches(ACCOUNT, action) == [second, first], "in order of their runs"
    for _ in range(2):
        journeys.delete_batch(first)
    assert journeys.batches(ACCOUNT, action) == [second]


def test_a_group_is_taken_once_and_a_batch_whole_or_not_at_all(journeys: Any, workflow: int, action: int) -> None:
    groups = make_groups(workflow, action, 3)
    journeys.put_groups(groups)
    assert journeys.take(make_batch(groups[:2], "1-ours"), groups[:2])
    for again in (groups[:2], groups[1:]):
        assert not journeys.take(make_batch(again, "1-theirs"), again)
    assert waiting(journeys, action) == groups[2:]
    assert [batch.run_id for batch in journeys.batches(ACCOUNT, action)] == ["1-ours"]


def test_a_batch_takes_as_many_groups_as_a_transaction_holds(journeys: Any, workflow: int, action: int) -> None:
    groups = make_groups(workflow, action, rules.GROUPS_TOGETHER + 1)
    journeys.put_groups(groups)
    with pytest.raises((TransactWriteError, AssertionError)):
        journeys.take(make_batch(groups), groups)
    assert journeys.batches(ACCOUNT, action) == []
    batch = make_batch(groups[:-1])
    assert journeys.take(batch, groups[:-1])
    assert waiting(journeys, action) == groups[-1:]
    assert journeys.batches(ACCOUNT, action) == [batch]
    (names,) = batch.groups.values()
    found = journeys.groups(ACCOUNT, workflow, action, BLOCK, names)
    assert sorted(found, key=lambda group: group.id) == groups[:-1]


# Finishing


def test_groups_that_were_served_are_replaced_once(journeys: Any, workflow: int, action: int) -> None:
    """Contacts may have moved on after the first call, and a repetition must not move them back."""
    done = make_groups(workflow, action, 2)
    following = [make_group(workflow, next(_numbers), "next", due_at=NOW + n * MINUTE) for n in (3, 4)]
    journeys.put_groups(done)
    assert journeys.take(make_batch(done), done)
    assert journeys.move(done, following)
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == following
    assert [waiting(journeys, group.action_id) for group in following] == [[group] for group in following]
    journeys.delete(following[:1])
    assert not journeys.move(done, following)
    assert not journeys.move(done[:1], following)
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == following[1:]
    assert waiting(journeys, following[0].action_id) == []


def test_groups_are_replaced_together_or_not_at_all(journeys: Any, workflow: int, action: int) -> None:
    stored, missing = make_groups(workflow, action, 2)
    journeys.put_groups([stored])
    assert not journeys.move([stored, missing], [make_group(workflow, next(_numbers), "next")])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == [stored]


def test_groups_that_nothing_follows_are_deleted(journeys: Any, workflow: int, action: int) -> None:
    groups = make_groups(workflow, action, 2)
    journeys.put_groups(groups)
    journeys.take(make_batch(groups[:1]), groups[:1])
    assert journeys.move(groups[:1], [])
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, action) == groups[1:]


def test_more_groups_follow_than_a_transaction_holds(journeys: Any, workflow: int, action: int) -> None:
    """The first ones are stored before, so a repeated call stores them again, and only them."""
    done, next_action = make_groups(workflow, action, 98), next(_numbers)
    following = make_groups(workflow, next_action, 3)
    journeys.put_groups(done)
    for start in (0, 50):
        journeys.take(make_batch(done[start : start + 50], f"1-{start}"), done[start : start + 50])
    assert journeys.move(done, following)
    assert journeys.groups_of_block(ACCOUNT, workflow, BLOCK) == waiting(journeys, next_action) == following
    journeys.delete(following)
    assert not journeys.move(done, following)
    assert waiting(journeys, next_action) == following[:2]


def test_contacts_that_left_are_counted_once(journeys: Any, workflow: int, action: int) -> None:
    done = make_groups(workflow, action, 99)
    journeys.put_groups(done)
    assert journeys.left(ACCOUNT, action) == 0
    for _ in range(2):
        journeys.move(done, [], left=3)
    assert journeys.left(ACCOUNT, action) == 3
    assert journeys.left(ACCOUNT, action + 1) == 0


# Clocks


def test_an_action_without_a_clock_has_one_that_does_not_run(journeys: Any, action: int) -> None:
    none = ActionClock(account_id=ACCOUNT, action_id=action, generation=0, wakes_at=None)
    assert journeys.clock(ACCOUNT, action) == none
    assert journeys.clock("70", action) == replace(none, account_id="70")


def test_one_worker_starts_a_clock(journeys: Any, action: int) -> None:
    none = journeys.clock(ACCOUNT, action)
    first = replace(none, generation=1, wakes_at=NOW + MINUTE)
    assert journeys.set_clock(none, first)
    assert not journeys.set_clock(none, replace(first, wakes_at=NOW)), "another worker read that there is none"
    assert journeys.clock(ACCOUNT, action) == first
    second = replace(first, generation=2, wakes_at=NOW + 2 * MINUTE)
    assert journeys.set_clock(first, second)
    assert not journeys.set_clock(first, replace(first, wakes_at=NOW)), "an execution that was replaced"
    assert journeys.clock(ACCOUNT, action) == second
    assert journeys.clock(ACCOUNT, next(_numbers)).generation == 0


def test_a_change_of_a_clock_that_is_not_stored_is_refused(journeys: Any, action: int) -> None:
    none = journeys.clock(ACCOUNT, action)
    assert not journeys.set_clock(replace(none, generation=1), replace(none, generation=2, wakes_at=NOW))
    assert journeys.clock(ACCOUNT, action) == none


def test_the_execution_of_a_clock_sleeps_on_and_ends(journeys: Any, action: int) -> None:
    clock = ActionClock(account_id=ACCOUNT, action_id=action, generation=1, wakes_at=NOW)
    journeys.set_clock(journeys.clock(ACCOUNT, action), clock)
    for wakes_at in (NOW + MINUTE, None, NOW + 2 * MINUTE, None):
        after = replace(clock, wakes_at=wakes_at)
        assert journeys.set_clock(clock, after)
        assert journeys.clock(ACCOUNT, action) == after
        assert open_clocks(journeys) == ([] if wakes_at is None else [(ACCOUNT, action)])


def test_clocks_that_should_have_woken_up_are_found_in_order(journeys: Any) -> None:
    actions = [next(_numbers) for _ in range(3)]
    for action, minutes in zip(actions, (3, 1, 2), strict=True):
        wakes_at = NOW + minutes * MINUTE + timedelta(microseconds=5)
        none = journeys.clock(ACCOUNT, action)
        assert journeys.set_clock(none, replace(none, generation=1, wakes_at=wakes_at))
    third, first, second = ((ACCOUNT, action) for action in actions)
    assert journeys.clock(*first).wakes_at == NOW + MINUTE, "in whole seconds"
    assert open_clocks(journeys) == [first, second, third]
    assert open_clocks(journeys, NOW + MINUTE) == []
    assert open_clocks(journeys, NOW + MINUTE + timedelta(milliseconds=900)) == [], "the same second"
    assert open_clocks(journeys, NOW + MINUTE + timedelta(seconds=1)) == [first]


# Any calls

Call = Callable[[Any, int, Sequence[int]], Any]
"""A call of a storage, for a workflow with two actions."""
CONTACTS = contact_at(1), contact_at(2)
EVENTS, RUNS = ("event", "other"), ("1-a", "1-b")
Choice = tuple[int, str, int]
"""A group among eight: the place of its action, its id, its moment."""


def group_of(choice: Choice, workflow: int, actions: Sequence[int]) -> WaitingGroup:
    place, name, minutes = choice
    return make_group(workflow, actions[place], name, due_at=NOW + minutes * MINUTE)


def groups_of(choices: Sequence[Choice], workflow: int, actions: Sequence[int]) -> list[WaitingGroup]:
    return [group_of(choice, workflow, actions) for choice in choices]


def groups_once(places: Sequence[int] = (0, 1)) -> st.SearchStrategy[list[Choice]]:
    """Return lists of groups; a call never has one twice."""
    choices = st.tuples(st.sampled_from(places), st.sampled_from("ab"), st.sampled_from((1, 2)))
    return st.lists(choices, min_size=1, max_size=3, unique_by=lambda choice: choice[:2])


def put_entry(contact_id: int, number: int, event: str) -> Call:
    before = make_entry(contact_id, number - 1) if number > 1 else None
    change = before, make_entry(contact_id, number, event)
    return lambda storage, workflow, _: storage.put_entries(ACCOUNT, workflow, [change])


def remove_entry(contact_id: int, number: int) -> Call:
    return lambda storage, workflow, _: storage.remove_entry(ACCOUNT, workflow, make_entry(contact_id, number))


def put_groups(choices: Sequence[Choice]) -> Call:
    return lambda storage, *scope: storage.put_groups(groups_of(choices, *scope))


def put_first_groups(choices: Sequence[Choice], event: str) -> Call:
    return lambda storage, *scope: storage.put_first_groups(groups_of(choices, *scope), event, expires_at=LATER)


def move(done: Sequence[Choice], following: Sequence[Choice], left: int) -> Call:
    return lambda storage, *scope: storage.move(groups_of(done, *scope), groups_of(following, *scope), left=left)


def delete(choices: Sequence[Choice]) -> Call:
    return lambda storage, *scope: storage.delete(groups_of(choices, *scope))


def take(choices: Sequence[Choice], run_id: str) -> Call:
    def call(storage: Any, *scope: Any) -> Any:
        groups = groups_of(choices, *scope)
        return storage.take(make_batch(groups, run_id), groups)

    return call


def delete_batch(run_id: str) -> Call:
    return lambda storage, *scope: storage.delete_batch(make_batch([group_of((0, "a", 1), *scope)], run_id))


def set_clock(generation: int, step: int, minutes: int | None) -> Call:
    def call(storage: Any, _: int, actions: Sequence[int]) -> Any:
        before = ActionClock(account_id=ACCOUNT, action_id=actions[0], generation=generation, wakes_at=None)
        wakes_at = None if minutes is None else NOW + minutes * MINUTE
        return storage.set_clock(before, replace(before, generation=generation + step, wakes_at=wakes_at))

    return call


CONTACT_IDS, NUMBERS = st.sampled_from(CONTACTS), st.sampled_from((1, 2))
STARTED_CLOCKS = st.builds(set_clock, st.sampled_from((0, 1)), st.just(1), st.sampled_from((None, 1, 2)))
SLEEPING_CLOCKS = st.builds(set_clock, st.sampled_from((1, 2)), st.just(0), st.sampled_from((None, 1, 2)))
CALLS = st.one_of(
    st.builds(put_entry, CONTACT_IDS, NUMBERS, st.sampled_from(EVENTS)),
    st.builds(remove_entry, CONTACT_IDS, NUMBERS),
    st.builds(put_groups, groups_once()),
    st.builds(put_first_groups, groups_once(), st.sampled_from(EVENTS)),
    st.builds(move, groups_once((0,)), groups_once((1,)), st.sampled_from((0, 2))),
    st.builds(delete, groups_once()),
    st.builds(take, groups_once((0,)), st.sampled_from(RUNS)),
    st.builds(delete_batch, st.sampled_from(RUNS)),
    STARTED_CLOCKS,
    SLEEPING_CLOCKS,
)


def everything(storage: Any, workflow: int, actions: Sequence[int]) -> list[Any]:
    return [
        storage.entries(ACCOUNT, workflow, CONTACTS),
        [storage.has_entered(ACCOUNT, workflow, BLOCK, event) for event in EVENTS],
        storage.groups_of_block(ACCOUNT, workflow, BLOCK),
        [list(storage.waiting(ACCOUNT, action)) for action in actions],
        [storage.batches(ACCOUNT, action) for action in actions],
        [storage.left(ACCOUNT, action) for action in actions],
        storage.clock(ACCOUNT, actions[0]),
        [key for key in open_clocks(storage) if key[1] in actions],
    ]


@given(st.lists(CALLS, min_size=5, max_size=20))
@settings(max_examples=40)
def test_any_calls_have_equal_answers_and_effects(dynamodb: JourneyRepository, calls: Sequence[Call]) -> None:
    scope = next(_numbers), (next(_numbers), next(_numbers))
    memory = MemoryJourneys()
    for call in calls:
        assert call(dynamodb, *scope) == call(memory, *scope)
    assert everything(dynamodb, *scope) == everything(memory, *scope)
