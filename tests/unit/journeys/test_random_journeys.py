"""Random trees, delays, people, deaths, repetitions and time, compared with the reference model."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from postrider.contacts.model import Status
from postrider.delivery.model import Outcome
from postrider.delivery.rules import STATE_CACHED_FOR
from postrider.journeys.queue_messages import AdvanceWorkflow
from postrider.workflows.model import ActionCondition
from tests.functional.journeys.world import JourneyWorld, Node, order_of
from tests.unit.journeys.model import Acts, decide, followers

PEOPLE = 4
POINTS = [
    f"{side} {call}"
    for side in ("before", "after")
    for call in (
        "journeys.put_entries",
        "journeys.put_first_groups",
        "journeys.groups",
        "journeys.take",
        "journeys.delete_batch",
        "journeys.move",
        "journeys.set_clock",
        "runner.start",
        "queue.send",
        "ledger.add_run",
        "ledger.add_block",
        "ledger.insert",
        "mailer.send",
        "ledger.store_outcomes",
        "ledger.count_chunks",
        "ledger.close_block",
        "ledger.change_run",
    )
]

delays = st.sampled_from([0, 5, 60, 90, 3600, 7200, 86400])


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    nodes = [Node(delay_s=draw(delays))]
    for place in range(1, draw(st.integers(1, 5))):
        parent = draw(st.integers(0, place - 1))
        nodes.append(Node(parent, draw(st.sampled_from(ActionCondition)), draw(delays)))
    return nodes


class Play:
    """A world with the data of the reference model."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.world = JourneyWorld(nodes)
        self.ids = self.world.add_people(PEOPLE, per_block=2)
        self.left: dict[tuple[int, int], datetime] = {}
        """When entries (contact, number) ended before their way did."""
        self.uncertain: set[tuple[int, int]] = set()
        """Entries that may not have come about."""
        self.events: list[tuple[list[int], str]] = []

    def entry_of(self, contact_id: int) -> int:
        return self.world.entries().get(contact_id, 0)

    def enter(self, place: int) -> None:
        self.events.append(
            ([self.ids[place % PEOPLE], self.ids[(place * 3 + 1) % PEOPLE]], f"event-{len(self.events)}")
        )
        self.world.enter(*self.events[-1])

    def repeat_event(self, place: int) -> None:
        if self.events:
            self.world.enter(*self.events[place % len(self.events)])

    def act(self, place: int, kind: str) -> None:
        """A contact opens or clicks one of its mails."""
        mails = sorted(self.world.mails())
        if mails:
            contact_id, entry, action = mails[place % len(mails)]
            getattr(self.world, kind)(contact_id, entry, action - 100)

    def leave(self, place: int) -> None:
        contact_id = self.ids[place % PEOPLE]
        self._note_departure(contact_id)
        self.world.contacts.change(contact_id, Status.UNSUBSCRIBED)
        if place % 2:
            self.world.contacts.change(contact_id, Status.ACTIVE)

    def reactivate(self) -> None:
        for contact_id in self.ids:
            self._note_departure(contact_id)
        self.world.reactivate()

    def _note_departure(self, contact_id: int) -> None:
        """Note that an entry ends, and perhaps one that a message on its way has still to make."""
        entry = self.entry_of(contact_id)
        self.left.setdefault((contact_id, entry), self.world.clock())
        if any(
            isinstance(order_of(message), AdvanceWorkflow) and not message.gone for message in self.world.queue.messages
        ):
            self.uncertain.add((contact_id, entry + 1))


ACTS: dict[str, Callable[[Play, int], Any]] = {
    "enter": lambda play, number: play.enter(number),
    "repeat the event": lambda play, number: play.repeat_event(number),
    "work": lambda play, number: play.world.step(number),
    "work and repeat": lambda play, number: play.world.step(number, keep=True),
    "wait": lambda play, number: play.world.pass_time(timedelta(minutes=number * 7)),
    "stand still": lambda play, number: play.world.clock.move(timedelta(minutes=number * 5)),
    "wake": lambda play, number: play.world.wake(),
    "open": lambda play, number: play.act(number, "opens"),
    "click": lambda play, number: play.act(number, "clicks"),
    "leave": lambda play, number: play.leave(number),
    "reactivate": lambda play, number: play.reactivate() if number % 4 == 0 else None,
    "sweep": lambda play, number: play.world.sweep(),
    "fail executions": lambda play, number: play.world.runner.fail_all(),
    "events": lambda play, number: play.world.tell_events(),
    "die": lambda play, number: play.world.traps.kill(POINTS[number % len(POINTS)], nth=1 + number % 3),
}


@hypothesis.settings(max_examples=100)
@given(nodes=trees(), acts=st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 40)), max_size=40))
def test_everybody_gets_the_mails_of_the_model_once_in_each_entry(
    nodes: list[Node], acts: list[tuple[str, int]]
) -> None:
    play = Play(nodes)
    play.enter(0)
    for act, number in acts:
        ACTS[act](play, number)
        assert all(count == 1 for count in play.world.mails().values())
    play.world.traps.clear()
    play.world.run_until_quiet()
    check(play)


def check(play: Play) -> None:
    world = play.world
    mails = world.mails()
    assert all(count == 1 for count in mails.values()), "somebody got a mail twice in one entry"
    sent_at = {
        (int(mail.tags["contact"]), int(mail.tags["entry"]), int(mail.tags["source"]) - 100): moment
        for moment, mail, _ in world.mailer.accepted
    }
    for contact_id, entry in {(contact, entry) for contact, entry, _ in sent_at}:
        assert 1 <= entry <= world.entries()[contact_id]
    for (contact_id, entry, place), moment in sent_at.items():
        if play.nodes[place].parent is not None:
            parent = (contact_id, entry, play.nodes[place].parent)
            assert parent in sent_at, "a mail before the one that it follows"
            acts = acts_of(world, parent)
            assert decide(play.nodes[place], acts, sent_at[parent], moment).may, "a mail that the acts do not lead to"
            assert moment - sent_at[parent] >= timedelta(seconds=play.nodes[place].delay_s - 1), "a mail too early"
    for (contact_id, entry, _), moment in sent_at.items():
        left_at = play.left.get((contact_id, entry), moment)
        assert moment <= left_at + STATE_CACHED_FOR, "a mail to somebody who has left"
    for (contact_id, entry, place), moment in sent_at.items():
        is_lost = contact_id in world.in_flight or world.outcome((contact_id, entry, 100 + place)) != Outcome.SENT
        if is_lost or (contact_id, entry) in play.left.keys() | play.uncertain:
            continue
        for child, node in followers(play.nodes, place).items():
            decision = decide(node, acts_of(world, (contact_id, entry, place)), moment, world.clock())
            assert not decision.must or (contact_id, entry, child) in sent_at, "a mail is missing"
    for contact_id, entries in world.entries().items():
        for entry in range(1, entries + 1):
            has_come = (contact_id, entry, 0) in sent_at
            has_left = (contact_id, entry) in play.left.keys() | play.uncertain
            assert has_come or has_left or contact_id in world.in_flight, "an entry is lost"


def acts_of(world: JourneyWorld, mail: tuple[int, int, int]) -> Acts:
    contact_id, entry, place = mail
    key = contact_id, entry, 100 + place
    moments: list[list[datetime]] = [
        acts.get(key, []) for acts in (world.engagements.opened, world.engagements.clicked)
    ]
    return Acts(*moments)
