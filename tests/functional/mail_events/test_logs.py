"""The logs of campaigns and lists."""

from datetime import timedelta

import pytest

from infra.bench import work
from postrider import bootstrap
from postrider.mail_events.model import EventType
from postrider.mail_events.rules import SHARDS, link_id_of
from postrider.storage.events_table import EventsTableItem
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import NOON_MS, SENT_MS, make_sent_campaign
from tests.testing.factories.lists import make_list

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.1 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(scope="module")
def sent(platform):
    """Three recipients: the first opened twice and clicked, the second bounced, the third did nothing."""
    campaign = make_sent_campaign(make_owner())
    campaign.did(EventType.OPENED, 0, ip="198.51.100.7", user_agent=SAFARI)
    campaign.did(EventType.OPENED, 0, ip="198.51.100.7", user_agent=SAFARI)
    campaign.did(EventType.CLICKED, 0, link_id=1, url="https://example.com/offer")
    campaign.did(EventType.BOUNCED_HARD, 1, detail="5.1.1 user unknown")
    return campaign


def rows(campaign, **query):
    answer = campaign.owner.api.get(f"/logs/campaigns/{campaign.id}", query=query)
    assert answer.status == 200, answer.text
    return answer.json["data"]


def types(found):
    return [row["type"] for row in found]


def test_a_campaigns_log_is_newest_first(sent):
    found = rows(sent)
    assert types(found) == ["bounce_hb", "clickthru", "open", "open", "sent", "sent", "sent"]
    moments = [row["timestamp"] for row in found]
    assert moments == sorted(moments, reverse=True)
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert all(0 < row["id"] < 2**53 for row in found)
    assert types(rows(sent, sort="+time")) == list(reversed(types(found)))
    assert types(rows(sent, sort="log_id")) == list(reversed(types(found)))


def test_a_row_has_contact_link_and_software(sent):
    opened = rows(sent, filter="type==open")[0]
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    assert opened == {
        "id": opened["id"],
        "contact_id": contact.id,
        "email": contact.email,
        "type": "open",
        "timestamp": opened["timestamp"],
        "occurrences": 1,
        "clickthru_url": None,
        "user_agent": {
            "ip": "198.51.100.7",
            "os": {"family": "iOS", "version": "17.1"},
            "browser": {"family": "Mobile Safari", "version": "17.1"},
            "device": {"family": "mobile", "brand": "Apple", "model": "iPhone"},
            "is_bot": False,
            "raw": SAFARI,
        },
    }
    assert rows(sent, filter="type==clickthru")[0]["clickthru_url"] == "https://example.com/offer"


def test_rows_of_a_deleted_contact_have_no_address(platform):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    bootstrap.contacts().delete(campaign.owner.account_id, campaign.list_id, campaign.contact_ids[1])
    emails = {row["contact_id"]: row["email"] for row in rows(campaign)}
    assert [emails[contact_id] is None for contact_id in campaign.contact_ids] == [False, True]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("type==bounce", ["bounce_hb"]),
        ("type==open;type==clickthru", ["clickthru", "open", "open"]),
        ("type==spam", []),
        ("contact_id=={0}", ["clickthru", "open", "open", "sent"]),
        ("email=={email}", ["bounce_hb", "sent"]),
        ("email=={email};contact_id=={0}", []),
        ("email==nobody@example.com", []),
        ("link_id=={link}", ["clickthru"]),
        ("link_id==1", []),
        ("log_id=={click_log}", ["clickthru"]),
        ("start_id=={click_log}", ["bounce_hb", "clickthru"]),
        ("end_id=={click_log};type==clickthru;totals==1", ["clickthru"]),
        ("additional_info==5.1.1 user unknown", ["bounce_hb"]),
        ("uniques==true", ["bounce_hb", "clickthru", "open", "sent", "sent", "sent"]),
        ("group_by_contact==1", ["sent", "sent", "sent"]),
        ("group_by_contact==1;type==open", ["open"]),
    ],
)
def test_filters(sent, condition, expected):
    contact = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[1])
    click = rows(sent, filter="type==clickthru")[0]["id"]
    text = condition.format(
        *sent.contact_ids, email=contact.email.upper(), link=link_id_of(sent.id, 1), click_log=click
    )
    assert types(rows(sent, filter=text)) == expected


def test_grouped_rows_have_the_number_of_rows_in_their_group(sent):
    uniques = {(row["contact_id"], row["type"]): row["occurrences"] for row in rows(sent, filter="uniques==1")}
    assert uniques[sent.contact_ids[0], "open"] == 2
    grouped = {row["contact_id"]: row["occurrences"] for row in rows(sent, filter="group_by_contact==1")}
    assert grouped == dict(zip(sent.contact_ids, [4, 2, 1], strict=True))


def test_unique_openers_are_read_and_counted_without_grouping(sent, monkeypatch):
    """A large campaign has more opens than one answer may group."""
    monkeypatch.setattr("postrider.mail_events.grouping.MAX_ROWS_READ", 1)
    query = {"filter": "type==open;uniques==true", "with_count": "true"}
    answer = sent.owner.api.get(f"/logs/campaigns/{sent.id}", query=query).json
    assert [(row["contact_id"], row["occurrences"]) for row in answer["data"]] == [(sent.contact_ids[0], 2)]
    assert answer["pagination"]["count"] == 1
    refused = sent.owner.api.get(f"/logs/campaigns/{sent.id}", query={"filter": "group_by_contact==1"})
    assert (refused.status, refused.json["detail"][0]["type"]) == (400, "too_many_rows")


def test_times_are_inclusive_seconds(sent):
    assert types(rows(sent, end_time=SENT_MS // 1000)) == ["sent"] * 3
    assert types(rows(sent, start_time=SENT_MS // 1000 + 1)) == ["bounce_hb", "clickthru", "open", "open"]
    assert types(rows(sent, start_time=SENT_MS // 1000, end_time=SENT_MS // 1000)) == ["sent"] * 3


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "type==nonsense"},
        {"filter": "colour==red"},
        {"filter": "contact_id==x"},
        {"filter": "uniques==maybe"},
        {"filter": "uniques==1;totals==1"},
        {"filter": "start_id==1;start_id==2"},
        {"sort": "email"},
        {"cursor": "AAAA"},
    ],
)
def test_an_invalid_query_is_refused(sent, query):
    assert sent.owner.api.get(f"/logs/campaigns/{sent.id}", query=query).status == 400


@pytest.mark.parametrize("query", [{"page": 0}, {"per_page": 1001}, {"start_time": 0}, {"start_time": "x"}])
def test_a_malformed_query_is_refused(sent, query):
    for path in (f"/logs/campaigns/{sent.id}", f"/logs/lists/{sent.list_id}"):
        assert sent.owner.api.get(path, query=query).status == 422


def test_another_account_sees_nothing(sent):
    stranger = make_owner()
    assert stranger.api.get(f"/logs/campaigns/{sent.id}").status == 400
    assert stranger.api.get(f"/logs/lists/{sent.list_id}").status == 400


def test_an_unknown_campaign_or_list_is_refused(sent):
    assert sent.owner.api.get("/logs/campaigns/987654321").status == 400
    assert sent.owner.api.get("/logs/lists/987654321").status == 400


@pytest.fixture(scope="module")
def long(platform):
    """Many rows, several in the same millisecond."""
    campaign = make_sent_campaign(make_owner(), contacts=7)
    for number in range(12):
        campaign.did(EventType.OPENED, number % 7, at_ms=NOON_MS + number // 5)
    return campaign


@pytest.mark.parametrize("sort", ["-time", "time"])
@pytest.mark.parametrize("per_page", [1, 4, 5, 19, 50])
def test_the_cursor_leads_to_the_end_and_back(long, sort, per_page):
    everything = [row["id"] for row in rows(long, per_page=1000, sort=sort)]
    assert len(everything) == 19

    def walk(direction, cursor):
        seen, pages = [], 0
        while True:
            query = {"per_page": per_page, "sort": sort} | ({"cursor": cursor} if cursor else {})
            answer = long.owner.api.get(f"/logs/campaigns/{long.id}", query=query).json
            page = [row["id"] for row in answer["data"]]
            assert len(page) <= per_page
            seen = seen + page if direction == "next" else page + seen
            last, cursor = cursor, answer["pagination"]["cursor"][direction]
            pages += 1
            assert pages <= 20
            if cursor is None:
                return seen, last

    forward, last = walk("next", None)
    assert forward == everything
    if last is not None:
        back, _ = walk("previous", last)
        assert back == everything


def test_numbered_pages_lead_to_the_end(long):
    everything = [row["id"] for row in rows(long, per_page=1000)]
    pages = [[row["id"] for row in rows(long, per_page=4, page=number)] for number in range(1, 7)]
    assert [row for page in pages for row in page] == everything
    assert pages[-1] == []
    assert [row["id"] for row in rows(long, per_page=4, page=3)] == everything[8:12]
    assert rows(long, per_page=4, page=900) == []


def test_a_forged_cursor_is_refused(long):
    def cursor_of(campaign, **query):
        answer = campaign.owner.api.get(f"/logs/campaigns/{campaign.id}", query={"per_page": 3, **query})
        return answer.json["pagination"]["cursor"]["next"]

    mine = cursor_of(long)
    other = make_sent_campaign(make_owner(), contacts=5)
    flipped = mine[:-2] + ("A" if mine[-2] != "A" else "B") + mine[-1]
    for forged in (flipped, cursor_of(other), cursor_of(long, filter="type==open"), "", "é", mine + "A", "x" * 5000):
        answer = long.owner.api.get(f"/logs/campaigns/{long.id}", query={"per_page": 3, "cursor": forged})
        assert answer.status == 400, forged
        assert answer.json["detail"][0]["loc"] == ["query", "cursor"]


def test_a_cursor_wins_over_a_page(long):
    """Some clients send page=1 with every call."""

    def ids(**query):
        answer = long.owner.api.get(f"/logs/campaigns/{long.id}", query={"per_page": 3, **query})
        return answer.json["pagination"]["cursor"]["next"], [row["id"] for row in answer.json["data"]]

    cursor, first = ids()
    pages = [ids(cursor=cursor, **page)[1] for page in ({}, {"page": 1}, {"page": 2})]
    assert pages[0] == pages[1] == pages[2] != first


def test_the_count_is_returned_if_requested(long):
    def count(**query):
        return long.owner.api.get(f"/logs/campaigns/{long.id}", query=query).json["pagination"]["count"]

    assert count() is None
    assert count(with_count="true") == 19
    assert count(with_count="1", filter="type==open") == 12
    assert count(with_count="True", filter=f"type==open;contact_id=={long.contact_ids[0]}") == 2


def test_the_log_of_a_list_includes_the_logs_of_its_campaigns(sent):
    answer = sent.owner.api.get(f"/logs/lists/{sent.list_id}", query={"filter": "type==bounce"})
    assert answer.status == 200
    (row,) = answer.json["data"]
    assert (row["campaign_id"], row["dsn_message"], row["contact_id"]) == (
        sent.id,
        "5.1.1 user unknown",
        sent.contact_ids[1],
    )
    clicked = sent.owner.api.get(
        f"/logs/lists/{sent.list_id}", query={"filter": f"track_id=={link_id_of(sent.id, 1)}", "with_count": "1"}
    ).json
    assert (types(clicked["data"]), clicked["pagination"]["count"]) == (["clickthru"], 1)
    everything = sent.owner.api.get(f"/logs/lists/{sent.list_id}", query={"per_page": 1000}).json["data"]
    pages = [
        sent.owner.api.get(f"/logs/lists/{sent.list_id}", query={"per_page": 3, "page": number}).json["data"]
        for number in range(1, 6)
    ]
    assert [row for page in pages for row in page] == everything


def test_the_type_of_subscription_is_shown_and_can_be_filtered(platform):
    owner = make_owner()
    list_id, contacts = make_list(owner), bootstrap.contacts()
    contact = contacts.upserts.create(owner.account_id, list_id, email="reader@example.com")

    def confirm(account_id, list_id, contact_id):
        consent_number = contacts.get(account_id, list_id, contact_id).consent_number
        contacts.confirm(account_id, list_id, contact_id, consent_number=consent_number)

    for change in (contacts.unsubscribe, contacts.resubscribe, contacts.unsubscribe, confirm):
        platform.clock.move(timedelta(seconds=1))
        change(owner.account_id, list_id, contact.id)

    def subscriptions(condition):
        answer = owner.api.get(f"/logs/lists/{list_id}", query={"filter": f"type==subscribe{condition}"})
        assert answer.status == 200, answer.text
        return [row["subscription_type"] for row in answer.json["data"]]

    assert subscriptions("") == ["subscription_confirmation", "resubscribe", None]
    assert subscriptions(";additional_info==resubscribe") == ["resubscribe"]
    assert subscriptions(";additional_info==subscription_confirmation") == ["subscription_confirmation"]
    assert subscriptions(";additional_info==something else") == []


def test_a_small_log_is_read_in_a_handful_of_queries(platform, monkeypatch):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    campaign.did(EventType.OPENED, 0)
    asked = []
    real = EventsTableItem.query.__func__
    monkeypatch.setattr(
        EventsTableItem, "query", classmethod(lambda cls, *a, **b: asked.append(a) or real(cls, *a, **b))
    )
    assert types(rows(campaign)) == ["open", "sent", "sent"]
    assert len(asked) == SHARDS + 1


def test_forgetting_a_contact_keeps_rows_without_personal_data(platform):
    campaign = make_sent_campaign(make_owner(), contacts=2)
    for place in (0, 1):
        campaign.did(EventType.OPENED, place, ip="198.51.100.7", user_agent=SAFARI)
        campaign.did(EventType.CLICKED, place, link_id=1, url="https://example.com/?me=person@example.com")
    before = rows(campaign)
    forgotten = campaign.contact_ids[0]
    assert bootstrap.events().forget(campaign.owner.account_id, campaign.list_id, forgotten) == 2
    after = rows(campaign)
    assert [(row["id"], row["type"]) for row in after] == [(row["id"], row["type"]) for row in before]
    told = {row["contact_id"] for row in after if row["user_agent"] or row["clickthru_url"]}
    assert told == {campaign.contact_ids[1]}


def test_rows_of_machines_are_marked_and_counted_apart_from_people(platform):
    """A machine without a User-Agent is marked as well; grouped rows stand for rows of people."""
    sent = make_sent_campaign(make_owner())
    sent.did(EventType.OPENED, 0, is_bot=True)
    sent.did(EventType.OPENED, 0, user_agent=work.BROWSER)
    sent.did(EventType.CLICKED, 0, is_bot=True, link_id=1)
    sent.did(EventType.VIEWED, 1, is_bot=True)
    for path in (f"/logs/campaigns/{sent.id}", f"/logs/lists/{sent.list_id}"):
        rows = sent.owner.api.get(path, query={"filter": "type==open;type==clickthru;type==view"}).json["data"]
        assert [(row["type"], row["user_agent"]["is_bot"]) for row in rows] == [
            ("view", True),
            ("clickthru", True),
            ("open", False),
            ("open", True),
        ]
        grouped = sent.owner.api.get(path, query={"filter": "type==open;type==view;group_by_contact==true"})
        assert [(row["contact_id"], row["occurrences"]) for row in grouped.json["data"]] == [(sent.contact_ids[0], 1)]
