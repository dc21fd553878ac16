"""Effects of events on recipients; counters equal a recount of the rows."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from postrider.mail_events.engagement import (
    MAX_CLICKS,
    MAX_OPENS,
    MAX_VIEWS,
    SCANNER_CLICK_MS,
    UNSUBSCRIBED_RECIPIENTS,
    apply_event,
    plan_writes,
    recount,
)
from postrider.mail_events.model import EngagedRecipient, Engagement, Event, EventType
from postrider.mail_events.rules import TICK_MS, digest
from postrider.mail_events.source import MailSource

KINDS = st.sampled_from(
    [
        EventType.OPENED,
        EventType.CLICKED,
        EventType.VIEWED,
        EventType.FORWARDED,
        EventType.COMPLAINED,
        EventType.BOUNCED_HARD,
        EventType.BOUNCED_SOFT,
    ]
)


def happened(number, kind, contact_id=1, *, is_bot=False, link_id=None, at_ms=1_772_452_800_000):
    return Event(
        event_id=str(number),
        type=kind,
        account_id="1",
        list_id=1,
        source=MailSource.campaign(1),
        contact_id=contact_id,
        at_ms=at_ms + number,
        is_bot=is_bot,
        link_id=link_id,
    )


@given(
    st.lists(st.tuples(KINDS, st.integers(1, 3), st.booleans(), st.integers(1, 3)), max_size=120),
    st.lists(st.integers(0, 120), max_size=5),
)
def test_counters_equal_a_recount_for_any_groups(told, cuts):
    recipients = {contact_id: EngagedRecipient() for contact_id in (1, 2)}
    events = [
        happened(
            number,
            kind,
            contact,
            is_bot=bot and kind in (EventType.OPENED, EventType.CLICKED, EventType.FORWARDED),
            link_id=link if kind == EventType.CLICKED else None,
        )
        for number, (kind, contact, bot, link) in enumerate(told)
    ]
    rows, counts, links = {}, {}, {}
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for start, end in itertools.pairwise(edges):
        step = plan_writes([event for event in events[start:end] if digest(event.event_id) not in rows], recipients)
        rows |= step.rows
        recipients |= {contact_id: EngagedRecipient(engagement=after) for contact_id, after in step.recipients.items()}
        for name, by in step.counts.items():
            counts[name] = counts.get(name, 0) + by
        for grown in step.links.values():
            for name, by in grown.items():
                links[name] = links.get(name, 0) + by
    expected, expected_links = recount(rows.values())
    assert {name: by for name, by in counts.items() if by} == dict(+expected)
    named = {f"t{link}": count["total"] for link, count in expected_links.items()}
    named |= {f"u{link}": count["unique"] for link, count in expected_links.items()}
    assert links == named
    assert all(row.contact_id != 3 for row in rows.values()), "only recipients have rows"


def test_rows_of_each_type_are_limited():
    for kind, most in ((EventType.OPENED, MAX_OPENS), (EventType.CLICKED, MAX_CLICKS), (EventType.VIEWED, MAX_VIEWS)):
        events = [
            happened(number, kind, link_id=number if kind == EventType.CLICKED else None) for number in range(500)
        ]
        assert len(plan_writes(events, {1: EngagedRecipient()}).rows) == most
    machines = [happened(number, EventType.OPENED, is_bot=True) for number in range(500)]
    assert len(plan_writes(machines, {1: EngagedRecipient()}).rows) == MAX_OPENS


def test_types_that_count_once_count_once():
    for kind in (EventType.COMPLAINED, EventType.BOUNCED_HARD):
        assert plan_writes([happened(number, kind) for number in range(3)], {1: EngagedRecipient()}).counts == {
            kind.value: 1
        }


def test_a_recipient_who_unsubscribes_twice_counts_once():
    kinds = [EventType.UNSUBSCRIBED, EventType.UNSUBSCRIBED_FROM_ACCOUNT, EventType.UNSUBSCRIBED]
    counts = plan_writes(
        [happened(number * TICK_MS, kind) for number, kind in enumerate(kinds)], {1: EngagedRecipient()}
    ).counts
    assert counts == {"unsubscribed": 1, "unsubscribed_from_account": 1, UNSUBSCRIBED_RECIPIENTS: 1}


def test_moments_do_not_depend_on_the_order():
    events = [happened(number, EventType.OPENED, at_ms=1_772_452_800_000 + number * 60_000) for number in range(3)]
    for order in (events, events[::-1]):
        after = Engagement()
        for event in order:
            after, _ = apply_event(after, event)
        assert after.opened == tuple(event.at_ms // 1000 for event in events)


def test_long_texts_are_cut():
    long = Event(
        event_id="e",
        type=EventType.OPENED,
        account_id="1",
        list_id=1,
        source=MailSource.campaign(1),
        contact_id=1,
        at_ms=1_772_452_800_000,
        user_agent="x" * 100_000,
        ip="y" * 1000,
    )
    (row,) = plan_writes([long], {1: EngagedRecipient()}).rows.values()
    assert (len(row.user_agent), len(row.ip)) == (512, 45)


def test_a_forward_right_after_sending_is_a_scanners():
    sent_at_ms = 1_772_452_800_000
    recipients = {1: EngagedRecipient(sent_at_ms=sent_at_ms)}
    for later, counted in ((SCANNER_CLICK_MS - 1, {}), (SCANNER_CLICK_MS, {"forwarded": 1})):
        forward = happened(later, EventType.FORWARDED, at_ms=sent_at_ms)
        assert plan_writes([forward], recipients).counts == counted
