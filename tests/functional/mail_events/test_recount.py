"""Counters equal a recount of the log, however events are repeated, regrouped, interleaved or interrupted."""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postrider.kit.clock import utc_now
from postrider.kit.paging import Cursors
from postrider.kit.settings import table_name
from postrider.mail_events import calendar, counters, facets, grouping, parts, rules
from postrider.mail_events.engagement import MAX_OPENS, recount
from postrider.mail_events.model import AccountLog, EventBatch, EventType, ListLog, LogQuery
from postrider.mail_events.repository import LogRepository
from postrider.mail_events.service import EventService
from postrider.mail_events.source import MailSource, SourceKind
from postrider.storage.dynamo import client, from_wire, to_wire
from postrider.storage.page_markers import PageMarkers
from tests.testing.factories.activity import NOON_MS, event, make_recipients

CAMPAIGNS = itertools.count(1000)
CONTACTS = [3 * rules.BLOCK_SIZE + 1, 3 * rules.BLOCK_SIZE + 2, 4 * rules.BLOCK_SIZE + 1]
STRANGER = 3 * rules.BLOCK_SIZE + 900
FAR = 1_000_000
"""An hour in the next century."""
DOMAINS = {CONTACTS[0]: "gmail.com"}
VARIANTS = {CONTACTS[0]: 901, CONTACTS[2]: 902}
"""The other recipient got a content without variants, as if these had been added between two runs."""


class Killed(Exception):
    """A crash of the worker."""


class MortalLog(LogRepository):
    """Raise Killed before or after the commits that `deaths` names."""

    def __init__(self, deaths: list[str]) -> None:
        self.deaths = deaths

    def commit(self, *arguments, **named):
        death = self.deaths.pop(0) if self.deaths else "lives"
        if death == "before":
            raise Killed
        outcome = super().commit(*arguments, **named)
        if death == "after":
            raise Killed
        return outcome


def service(repository):
    return EventService(repository, Cursors(lambda: b"0" * 32), PageMarkers(utc_now))


WATCHED = [EventType.OPENED, EventType.CLICKED]
KINDS = st.sampled_from(
    [*WATCHED, *WATCHED, EventType.BOUNCED_SOFT, EventType.COMPLAINED, EventType.UNSUBSCRIBED, EventType.VIEWED]
)
HAPPENINGS = st.lists(
    st.tuples(KINDS, st.sampled_from([*CONTACTS, STRANGER]), st.booleans(), st.integers(1, 3), st.integers(0, 3)),
    max_size=14,
)


@pytest.fixture
def log(platform):
    return service(LogRepository())


def stored(campaign_id, log):
    rows = list(LogRepository().read("1", MailSource.campaign(campaign_id), LogQuery(), wanted=1000))
    links = {
        link: {"total": total, "unique": unique}
        for link, (total, unique) in log.link_counts("1", MailSource.campaign(campaign_id)).items()
    }
    return rows, +log.counts("1", MailSource.campaign(campaign_id)), links


def assert_counted(campaign_id, log):
    rows, counts, links = stored(campaign_id, log)
    expected, expected_links = recount(rows)
    assert counts == +expected
    source = MailSource.campaign(campaign_id)
    assert +log.hours("1", source, 0, FAR) == calendar.recount(rows)
    assert +log.facets("1", source) == facets.recount(rows, DOMAINS)
    assert +log.parts("1", source, 0, FAR) == parts.recount(rows)
    assert links == {link: dict(counted) for link, counted in expected_links.items()}
    return rows


@settings(max_examples=settings.default.max_examples // 4)  # each takes a tenth of a second
@given(
    happened=HAPPENINGS,
    cuts=st.lists(st.integers(0, 30), max_size=4),
    deaths=st.lists(st.sampled_from(["lives", "before", "after"]), max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_counters_equal_a_recount_of_the_log(log, happened, cuts, deaths, order):
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, domains=DOMAINS, variants=VARIANTS)
    list_before = log.counts("1", ListLog(5))
    hours_before = [log.hours("1", owner, 0, FAR) for owner in (ListLog(5), AccountLog())]
    events = [
        event(
            kind,
            contact_id,
            source=MailSource.campaign(campaign_id),
            is_bot=bot and kind in (EventType.OPENED, EventType.CLICKED),
            link_id=link if kind == EventType.CLICKED else None,
            at_ms=NOON_MS + moment * 13 * 3_600_000,
            device="mobile" if moment else None,
            client="gmail" if link == 1 else None,
        )
        for kind, contact_id, bot, link, moment in happened
    ]
    mortal = service(MortalLog(deaths))
    waiting = events + events[: len(events) // 2]  # delivered twice
    order.shuffle(waiting)
    edges = [0, *sorted(min(cut, len(waiting)) for cut in cuts), len(waiting)]
    batches = [waiting[start:end] for start, end in itertools.pairwise(edges)]
    while batches:
        batch = batches.pop(0)
        try:
            assert mortal.record(batch) == []
        except Killed:
            order.shuffle(batch)
            batches.append(batch)
    rows = assert_counted(campaign_id, log)
    assert STRANGER not in {row.contact_id for row in rows}
    assert len({row.id for row in rows}) == len(rows)
    # Of a type that counts once a contact has one row; of the others every event is a row.
    often = [event for event in events if event.type in (EventType.OPENED, EventType.CLICKED, EventType.VIEWED)]
    logged = [row for row in rows if row.type in (EventType.OPENED, EventType.CLICKED, EventType.VIEWED)]
    assert len(logged) == len([event for event in often if event.contact_id != STRANGER])
    grown = log.counts("1", ListLog(5))
    grown.subtract(list_before)
    assert +grown == +log.counts("1", MailSource.campaign(campaign_id))
    for owner, before in zip((ListLog(5), AccountLog()), hours_before, strict=True):
        hours = log.hours("1", owner, 0, FAR)
        hours.subtract(before)
        assert +hours == calendar.recount(rows)


def test_workers_that_record_the_same_events_at_the_same_time_count_them_once(log):
    """SQS delivers at least once, also to two workers at a time."""
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, domains=DOMAINS)
    events = [
        event(
            kind, contact_id, source=MailSource.campaign(campaign_id), link_id=2 if kind == EventType.CLICKED else None
        )
        for kind in (EventType.OPENED, EventType.CLICKED, EventType.OPENED)
        for contact_id in CONTACTS
    ]
    with ThreadPoolExecutor(4) as workers:
        left = list(workers.map(log.record, [events, events[::-1], events[2:], events[:5]]))
    assert left == [[], [], [], []]
    assert len(assert_counted(campaign_id, log)) == len(events)


def test_ten_thousand_opens_of_one_recipient_leave_a_limited_number_of_rows(log):
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, domains=DOMAINS)
    hits = [event(EventType.OPENED, CONTACTS[0], source=MailSource.campaign(campaign_id)) for _ in range(10_000)]
    assert log.record(hits) == []
    rows = assert_counted(campaign_id, log)
    assert len(rows) == MAX_OPENS
    counts = log.counts("1", MailSource.campaign(campaign_id))
    assert (counts["opens"], counts["unique_opens"]) == (MAX_OPENS, 1)


def test_an_open_replaces_the_open_that_a_click_implied(log):
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, domains=DOMAINS)
    log.record([event(EventType.CLICKED, CONTACTS[0], source=MailSource.campaign(campaign_id), link_id=1)])
    assert log.counts("1", MailSource.campaign(campaign_id))["implied_opens"] == 1
    log.record([event(EventType.OPENED, CONTACTS[0], source=MailSource.campaign(campaign_id))])
    counts = log.counts("1", MailSource.campaign(campaign_id))
    assert (counts["implied_opens"], counts["unique_opens"]) == (0, 1)


def test_a_click_within_two_seconds_of_sending_is_a_machine(log):
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, sent_at_ms=NOON_MS, domains=DOMAINS)
    log.record(
        [
            event(
                EventType.CLICKED, CONTACTS[0], source=MailSource.campaign(campaign_id), link_id=1, at_ms=NOON_MS + 1500
            )
        ]
    )
    counts = log.counts("1", MailSource.campaign(campaign_id))
    assert (counts["bot_clicks"], counts["clicks"]) == (1, 0)
    assert log.link_counts("1", MailSource.campaign(campaign_id)) == {}


def test_counters_have_an_item_for_each_shard(log):
    campaign_id = next(CAMPAIGNS)
    make_recipients(MailSource.campaign(campaign_id), CONTACTS, domains=DOMAINS)
    log.record(
        [event(EventType.OPENED, contact_id, source=MailSource.campaign(campaign_id)) for contact_id in CONTACTS]
    )
    by_shard = counters.read_totals_by_shard(counters.counters_key("1", MailSource.campaign(campaign_id)))
    opens = [by_shard[shard]["opens"] if shard in by_shard else 0 for shard in range(rules.SHARDS)]
    assert sorted(opens) == [0, 0, 1, 2]


def test_a_burst_of_events_in_one_shard_changes_several_items_of_counters(log):
    """Transactions that change the same item at the same time refuse each other."""
    campaign_id = next(CAMPAIGNS)
    source = MailSource.campaign(campaign_id)
    contact_ids = [3 * rules.BLOCK_SIZE + place for place in range(30)]
    make_recipients(source, contact_ids)
    for contact_id in contact_ids:
        log.record([event(EventType.CLICKED, contact_id, source=source, link_id=1)])
    pk = counters.counters_key("1", source)
    items = client().query(
        TableName=table_name("events"),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": to_wire(pk)},
    )["Items"]
    prefixes = Counter(from_wire(item)["sk"].split("#")[0] for item in items)
    assert all(1 < prefixes[prefix] <= counters.SLOTS for prefix in ("totals", "links")), prefixes
    assert log.counts("1", source)["clicks"] == 30
    assert log.link_counts("1", source) == {1: (30, 30)}


def test_different_events_have_different_ids_and_a_repeated_event_keeps_its_id(log):
    """Opens of one contact and moment, which ask for the same id, in two campaigns of a list, together and one by one."""
    first, second = (MailSource.campaign(next(CAMPAIGNS)) for _ in range(2))
    events = []
    for source in (first, second):
        make_recipients(source, CONTACTS, domains=DOMAINS)
        events += [event(EventType.OPENED, CONTACTS[0], source=source, at_ms=NOON_MS + 7) for _ in range(3)]
    assert log.record(events[:2]) == []
    assert log.record([events[4], events[0], events[3]]) == []
    for some in (events[::-1], events[2:3], events):
        assert log.record(some) == []
    of_sources = {source: list(LogRepository().read("1", source, LogQuery())) for source in (first, second)}
    assert [len(rows) for rows in of_sources.values()] == [3, 3]
    rows = [row for rows in of_sources.values() for row in rows]
    assert len({row.id for row in rows}) == 6
    assert {row.mark for row in rows} == {rules.digest(happened.event_id) for happened in events}
    for row in rows:
        found = LogRepository().read("1", ListLog(5), LogQuery(log_ids=frozenset({row.id})))
        assert [other.mark for other in found] == [row.mark]
    assert_counted(first.campaign_id, log)


def test_rows_of_batches_of_one_moment_never_share_an_id(log):
    """Blocks of the same shard, whose batches ask for the same place; a batch that is given again changes nothing."""
    source, list_id = MailSource.campaign(next(CAMPAIGNS)), next(CAMPAIGNS)
    candidates = (f"batch-{list_id}-{number}#{block}" for number in itertools.count() for block in (8, 12))
    ids = [  # with the number of their block, as the log completes them, in one tick
        event_id
        for event_id in itertools.islice(candidates, 2000)
        if int(rules.digest(event_id), 16) % rules.BATCH_TICKS == 5
    ]
    chosen = [next(event_id for event_id in ids if event_id.endswith(f"#{block}")) for block in (8, 12)]
    batches = [
        EventBatch(
            event_id=event_id.partition("#")[0],
            type=EventType.SENT,
            at_ms=NOON_MS,
            contact_ids=(block * rules.BLOCK_SIZE + 1, block * rules.BLOCK_SIZE + 2),
            list_id=list_id,
            source=source,
        )
        for event_id, block in zip(chosen, (8, 12), strict=True)
    ]
    for some in ([batches[1]], batches, batches[::-1]):
        log.record_batches("1", some)
    for batch in batches:
        log.record_batch("1", batch)
    for owner in (source, ListLog(list_id)):
        rows = list(LogRepository().read("1", owner, LogQuery()))
        assert sorted(row.contact_id for row in rows) == sorted(
            contact_id for batch in batches for contact_id in batch.contact_ids
        )
        assert len({row.id for row in rows}) == 4


def test_recipients_of_batches_are_counted_without_reading_each_of_them(log, monkeypatch):
    """Of a cancelled campaign, there may be more than the rows that one answer may read."""
    source, list_id = MailSource.campaign(next(CAMPAIGNS)), next(CAMPAIGNS)
    for number, reason in enumerate(("cancelled", "unsubscribed")):
        contact_ids = tuple(8 * rules.BLOCK_SIZE + 100 * number + place for place in range(60))
        batch = EventBatch(
            event_id=f"{list_id}-{reason}",
            type=EventType.SKIPPED,
            at_ms=NOON_MS,
            contact_ids=contact_ids,
            list_id=list_id,
            source=source,
            detail=reason,
        )
        log.record_batches("1", [batch])
    monkeypatch.setattr(grouping, "MAX_ROWS_READ", 10)
    skipped = LogQuery(types=frozenset({EventType.SKIPPED}))
    for owner in (source, ListLog(list_id)):
        assert log.count("1", owner, skipped) == 120
        assert log.count("1", owner, replace(skipped, details=frozenset({"cancelled"}))) == 60
        assert log.count("1", owner, replace(skipped, end_ms=NOON_MS - 1)) == 0
        two = frozenset({8 * rules.BLOCK_SIZE, 8 * rules.BLOCK_SIZE + 101})
        assert log.count("1", owner, replace(skipped, contact_ids=two)) == 2


def test_sources_of_different_kinds_with_the_same_id_have_logs_of_their_own(log):
    campaign = MailSource.campaign(next(CAMPAIGNS))
    action = MailSource(SourceKind.WORKFLOW_ACTION, campaign.id)
    for source in (campaign, action):
        make_recipients(source, CONTACTS, domains=DOMAINS)
    list_before = log.counts("1", ListLog(5))
    log.record([event(EventType.CLICKED, CONTACTS[0], source=campaign, link_id=1)])
    log.record([event(EventType.OPENED, contact_id, source=action) for contact_id in CONTACTS])
    assert +log.counts("1", campaign) == {"clicks": 1, "unique_clicks": 1, "implied_opens": 1}
    assert +log.counts("1", action) == {"opens": 3, "unique_opens": 3}
    assert (log.link_counts("1", campaign), log.link_counts("1", action)) == ({1: (1, 1)}, {})
    rows = [list(LogRepository().read("1", source, LogQuery())) for source in (campaign, action)]
    assert [{row.source for row in found} for found in rows] == [{campaign}, {action}]
    assert [len(found) for found in rows] == [1, 3]
    of_list = log.counts("1", ListLog(5))
    of_list.subtract(list_before)
    assert +of_list == +log.counts("1", campaign) + +log.counts("1", action)
    assert {campaign, action} <= {row.source for row in LogRepository().read("1", ListLog(5), LogQuery(), wanted=1000)}
