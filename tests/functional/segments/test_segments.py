"""Segments: named filters, in three languages, evaluated when they are read."""

import json
import uuid
from zoneinfo import ZoneInfo

import pytest

from infra.bench.meter import Meter
from postrider import bootstrap
from postrider.attributes.repository import AttributeRepository
from postrider.mail_events.model import EventType
from postrider.mail_events.rules import link_id_of
from postrider.users.table import UserItem
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import NOON_MS, make_sent_campaign
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list

DAY_MS = 86_400_000


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "age", "type": "integer"})
    for name, age in (("ann", 30), ("bob", 40), ("cid", None)):
        attributes = [{"name": "age", "value": str(age)}] if age else []
        owner.api.post(
            f"/lists/{list_id}/contacts", json={"email": f"{name}@example.com", "custom_attributes": attributes}
        )
    return list_id


def emails(owner, list_id, segment_id, **query):
    answer = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts", query=query)
    assert answer.status == 200, answer.text
    return [contact["email"] for contact in answer.json["data"]]


def make_segment(owner, list_id, **fields):
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", **fields})
    assert answer.status == 201, answer.text
    return answer.json["id"]


@pytest.mark.parametrize(
    "expression", [{"query": '`age` > "35"'}, {"fiql": "age=gt=35"}, {"json": {"gt": {"age": 35}}}]
)
def test_a_segment_keeps_its_expression_in_the_language_of_the_caller(owner, list_id, expression):
    segment_id = make_segment(owner, list_id, **expression)
    assert emails(owner, list_id, segment_id) == ["bob@example.com"]
    data = owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"]
    others = dict.fromkeys({"query", "fiql", "json"} - expression.keys())
    assert {name: data[name] for name in ("query", "fiql", "json")} == {**others, **expression}
    assert (data["campaigns_count"], data["last_used"]) == (0, 0)


def test_a_segment_without_expression_is_the_whole_list(owner, list_id):
    assert len(emails(owner, list_id, make_segment(owner, list_id))) == 3


def test_members_of_a_segment_are_evaluated_at_each_read(owner, list_id):
    segment_id = make_segment(owner, list_id, query='`age` = "30"')
    [contact] = owner.api.get(f"/lists/{list_id}/contacts", query={"filter": "email==cid@example.com"}).json["data"]
    body = {"custom_attributes": [{"name": "age", "value": "30"}]}
    owner.api.patch(f"/lists/{list_id}/contacts/{contact['id']}", json=body)
    assert emails(owner, list_id, segment_id) == ["ann@example.com", "cid@example.com"]


def test_another_language_replaces_the_expression(owner, list_id):
    segment_id = make_segment(owner, list_id, query='`age` = "30"')
    data = owner.api.patch(f"/lists/{list_id}/segments/{segment_id}", json={"fiql": "age==40"}).json["data"]
    assert (data["query"], data["fiql"], data["name"]) == (None, "age==40", "s")
    assert emails(owner, list_id, segment_id) == ["bob@example.com"]


def test_a_segment_is_narrowed_by_filter_selection_and_pages(owner, list_id):
    segment_id = make_segment(owner, list_id, query='`age` > "1"')
    assert emails(owner, list_id, segment_id, filter="email==ann@example.com") == ["ann@example.com"]
    assert emails(owner, list_id, segment_id, query='`email` LIKE "b%"') == ["bob@example.com"]
    assert emails(owner, list_id, segment_id, page=2, per_page=1) == ["bob@example.com"]
    counted = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts", query={"with_count": "true"}).json
    assert counted["pagination"]["count"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"query": "`age` >"},
        {"query": '`nope` = "1"'},
        {"fiql": "age=around=3"},
        {"json": {"gt": {"nope": 1}}},
        {"query": '`age` = "1"', "fiql": "age==1"},
        {"query": '`age` = "old"'},
    ],
)
def test_a_wrong_expression_says_where_and_nothing_is_kept(owner, list_id, body):
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "x", **body})
    assert (answer.status, answer.json["detail"][0]["loc"][0]) == (400, "body"), answer.text
    assert owner.api.get(f"/lists/{list_id}/segments").json["data"] == []


def deleted_past_the_check(owner, list_id, kind):
    """Delete the object "gone" as a call does that looked for segments just before one was saved."""
    account_id = owner.account_id
    match kind:
        case "attribute":
            AttributeRepository().delete(bootstrap.attributes().get(account_id, list_id, "gone"))
        case "interest":
            bootstrap.interests().delete(bootstrap.interests().get(account_id, list_id, "gone"))
        case "tag":
            bootstrap.groups().delete(bootstrap.groups().by_name(account_id, "gone"))


@pytest.mark.parametrize(
    ("kind", "query"),
    [("attribute", '`gone` != "1"'), ("tag", 'TAG IS NOT "gone"'), ("interest", 'INTEREST IS NOT "gone"')],
)
def test_a_segment_with_a_deleted_object_is_reported(owner, list_id, kind, query):
    """Its expression was valid when it was stored; a negated condition on a deleted object would select everybody."""
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "gone", "type": "text"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "gone"})
    segment_id = make_segment(owner, list_id, query=query)
    deleted_past_the_check(owner, list_id, kind)
    listed = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts")
    exported = owner.api.post(f"/lists/{list_id}/exports", query={"segment_id": segment_id})
    for answer, place in ((listed, "path"), (exported, "query")):
        assert answer.status == 400
        [error] = answer.json["detail"]
        assert (error["type"], error["loc"]) == ("segment_broken", [place, "segment_id"])
        assert f"segment {segment_id} ('s') cannot be read: The {kind} 'gone' was deleted." in error["msg"]


def test_a_campaign_whose_frozen_filter_names_a_deleted_tag_is_paused_and_mails_nobody(owner, list_id, platform):
    segment_id = make_segment(owner, list_id, query='TAG IS NOT "gone"')
    campaign_id = make_campaign(owner, list_id=list_id, audience={"list_id": list_id, "segment_id": segment_id})
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain("plan-runs", rounds=1)
    deleted_past_the_check(owner, list_id, "tag")
    platform.drain()
    data = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    assert (data["suspended"], data["status"]) == (True, "delivering")
    assert owner.api.get(f"/reports/campaigns/{campaign_id}").json["data"]["sent_emails"] == 0


def test_the_greatest_integers_are_stored_and_compared(owner, list_id):
    path = f"/lists/{list_id}/contacts"
    for name, number in (("max", 2**63 - 1), ("min", -(2**63) + 1)):
        body = {"email": f"{name}@example.com", "custom_attributes": [{"name": "age", "value": str(number)}]}
        assert owner.api.post(path, json=body).status == 201
        for query in (
            {"query": f"`age` = {number}"},
            {"fiql": f"age=={number}"},
            {"json": f'{{"eq":{{"age":{number}}}}}'},
        ):
            assert [contact["email"] for contact in owner.api.get(path, query=query).json["data"]] == [
                f"{name}@example.com"
            ]
    assert len(owner.api.get(path, query={"query": f"`age` < {2**63 - 1}"}).json["data"]) == 3


def test_a_date_is_a_day_in_the_time_zone_of_the_accounts_owner(owner, list_id, platform):
    now = platform.clock()
    name = "Pacific/Kiritimati" if now.hour >= 11 else "Pacific/Pago_Pago"  # where it is another day than in UTC
    UserItem(f"account#{owner.account_id}", f"user#{owner.user_id}").update(actions=[UserItem.timezone.set(name)])
    for day, count in ((now.astimezone(ZoneInfo(name)).date(), 3), (now.date(), 0)):
        segment_id = make_segment(owner, list_id, query=f'`registered` = "{day}"')
        assert len(emails(owner, list_id, segment_id)) == count


def test_bounce_types_are_shown_and_compared_in_the_words_of_the_api(owner, list_id):
    path = f"/lists/{list_id}/contacts"
    contact_id = owner.api.get(path, query={"filter": "email==bob@example.com"}).json["data"][0]["id"]
    bootstrap.contacts().mark_bounced(
        owner.account_id, list_id, contact_id, kind="mailbox_full", hard=False, event_id="e"
    )
    assert owner.api.get(f"{path}/{contact_id}").json["data"]["last_bounce_type"] == "fm"
    for query in (
        '`bounce_type` = "fm"',
        '`last_bounce_type` LIKE "F%"',
        '`bounce_type` != "none" AND `bounce_type` < "hb"',
    ):
        segment_id = make_segment(owner, list_id, query=query)
        assert emails(owner, list_id, segment_id) == ["bob@example.com"], query


def test_a_segment_is_deleted(owner, list_id):
    segment_id = make_segment(owner, list_id)
    assert owner.api.delete(f"/lists/{list_id}/segments/{segment_id}").json["deleted"] is True
    assert owner.api.get(f"/lists/{list_id}/segments/{segment_id}").status == 400
    assert owner.api.delete(f"/lists/{list_id}/segments/{segment_id}").status == 400


def test_a_segment_that_mail_still_goes_to_is_not_deleted(owner, list_id, platform):
    """A draft may be incomplete: missing settings are reported when it is scheduled."""
    segment_id = make_segment(owner, list_id)
    path = f"/lists/{list_id}/segments/{segment_id}"
    campaign_id = make_campaign(owner, list_id=list_id, audience={"list_id": list_id, "segment_id": segment_id})
    tomorrow = int(platform.clock().timestamp()) + 86_400
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule", json={"date": tomorrow}).status == 200
    [error] = owner.api.delete(path).json["detail"]
    assert error["type"] == "segment_in_use"
    assert error["msg"] == f"Campaign {campaign_id} ('Spring') goes to this segment and is scheduled."
    owner.api.post(f"/campaigns/{campaign_id}/unschedule")
    assert owner.api.delete(path).status == 200


def test_deleting_a_segment_or_a_sender_costs_the_same_in_an_account_with_many_campaigns(owner, list_id, platform):
    def cost_of_deletions():
        segment_id = make_segment(owner, list_id)
        sender = {"name": "Other", "email": f"{uuid.uuid4().hex}@example.com"}
        sender_id = owner.api.post("/brands/default/senders", json=sender).json["id"]
        with Meter() as meter:
            assert owner.api.delete(f"/lists/{list_id}/segments/{segment_id}").status == 200
            assert owner.api.delete(f"/brands/default/senders/{sender_id}").status == 200
        return meter.read_units

    cost_of_deletions()  # the caller is cached for a minute
    before = cost_of_deletions()
    for _ in range(24):  # more than a unit of reading
        make_campaign(owner, list_id=list_id, name="n" * 255)
    assert cost_of_deletions() == before


def test_a_list_has_so_many_segments_interests_and_attributes_at_most(owner, list_id, monkeypatch):
    for noun, name in (("segments", "SEGMENTS"), ("interests", "INTERESTS"), ("custom-attributes", "ATTRIBUTES")):
        path = f"/lists/{list_id}/{noun}"
        count = len(owner.api.get(path).json["data"])
        monkeypatch.setattr(f"postrider.{name.lower()}.service.MAX_{name}", count + 1)
        bodies = [{"name": f"n{number}"} | ({"type": "text"} if name == "ATTRIBUTES" else {}) for number in range(2)]
        statuses = [owner.api.post(path, json=body).status for body in bodies]
        assert statuses == [201, 400]
        assert len(owner.api.get(path).json["data"]) == count + 1


def test_segments_are_sorted_and_counted(owner, list_id):
    for name in ("b", "a"):
        make_segment(owner, list_id, name=name)
    answer = owner.api.get(f"/lists/{list_id}/segments", query={"sort": "name", "with_count": 1}).json
    assert [segment["name"] for segment in answer["data"]] == ["a", "b"]
    assert answer["pagination"]["count"] == 2


def test_a_campaign_to_a_segment_reaches_its_members_and_is_counted(owner, list_id, platform):
    segment_id = make_segment(owner, list_id, query='`age` = "40"')
    campaign_id = make_campaign(owner, list_id=list_id, audience={"list_id": list_id, "segment_id": segment_id})
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    report = owner.api.get(f"/reports/campaigns/{campaign_id}").json["data"]
    assert report["sent_emails"] == 1
    assert owner.api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"]["campaigns_count"] == 1


def test_contacts_are_selected_by_their_activity_with_a_campaign(owner, list_id, platform):
    segment_id = make_segment(owner, list_id, query='`age` = "40"')
    campaign_id = make_campaign(owner, list_id=list_id, audience={"list_id": list_id, "segment_id": segment_id})
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    sent = make_segment(owner, list_id, query=f"MAILING({campaign_id}) IS SENT")
    assert emails(owner, list_id, sent) == ["bob@example.com"]
    unsent = make_segment(owner, list_id, fiql=f"mailing=notsent={campaign_id}")
    assert emails(owner, list_id, unsent) == ["ann@example.com", "cid@example.com"]
    opened = make_segment(owner, list_id, json={"open": {"mailing": campaign_id}})
    assert emails(owner, list_id, opened) == []


WINDOWS = [
    ("MAILING({mailing}) IS OPENED", "ab"),
    ('MAILING({mailing}) IS OPENED SINCE "2026-03-09"', "ab"),
    ('MAILING({mailing}) IS OPENED UNTIL "2026-03-03"', "ab"),
    ('MAILING({mailing}) IS OPENED SINCE "2026-03-04" UNTIL "2026-03-07"', "a"),
    ('MAILING({mailing}) IS NOT OPENED SINCE "2026-03-04" UNTIL "2026-03-07"', "bc"),
    ('MAILING({mailing}) IS CLICKED SINCE "2026-03-09"', "b"),
    ('LINK({first}) IS CLICKED SINCE "2026-03-09"', ""),
    ('LINK({second}) IS CLICKED SINCE "2026-03-09"', "b"),
    ('LINK({second}) IS NOT CLICKED UNTIL "2026-03-05"', "abc"),
    ('MAILING({mailing}) IS SENT SINCE "2026-03-02" UNTIL "2026-03-03"', "abc"),
    ('MAILING({mailing}) IS SENT SINCE "2026-03-03"', ""),
]


def test_a_time_window_considers_every_event_of_an_activity(platform):
    """Of three recipients one opened on three days, one clicked two links on two days, one did nothing."""
    sent = make_sent_campaign(make_owner())
    for days in (0, 3, 8):
        sent.did(EventType.OPENED, 0, at_ms=NOON_MS + days * DAY_MS)
    sent.did(EventType.CLICKED, 1, link_id=2, at_ms=NOON_MS + 8 * DAY_MS)
    sent.did(EventType.CLICKED, 1, link_id=1, at_ms=NOON_MS)
    bootstrap.link_table().save(sent.owner.account_id, sent.source, {1: "https://a.example", 2: "https://b.example"})
    named = {"mailing": sent.id, "first": link_id_of(sent.id, 1), "second": link_id_of(sent.id, 2)}
    for query, who in WINDOWS:
        listed = sent.owner.api.get(f"/lists/{sent.list_id}/contacts", query={"query": query.format(**named)})
        wanted = [sent.contact_ids["abc".index(name)] for name in who]
        assert [segment["id"] for segment in listed.json["data"]] == wanted, query


def test_a_campaign_or_link_that_does_not_exist_is_refused(owner, list_id, platform):
    """A negated condition on it would select everybody. A campaign of another account does not exist for this one."""
    foreign = make_sent_campaign(make_owner())
    bootstrap.link_table().save(foreign.owner.account_id, foreign.source, {1: "https://a.example"})
    own = make_campaign(owner, list_id=list_id)
    for query, reason in [
        ("MAILING(999999999) IS NOT SENT", "There is no campaign 999999999."),
        (f"MAILING({foreign.id}) IS SENT", f"There is no campaign {foreign.id}."),
        (f"LINK({link_id_of(foreign.id, 1)}) IS NOT CLICKED", f"There is no link {link_id_of(foreign.id, 1)} in"),
        (f"LINK({link_id_of(own, 1)}) IS NOT CLICKED", f"There is no link {link_id_of(own, 1)} in"),
    ]:
        saved = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", "query": query})
        tagged = owner.api.post(f"/lists/{list_id}/contacts/tag", json={"tags": ["new"], "query": query})
        listed = owner.api.get(f"/lists/{list_id}/contacts", query={"query": query})
        for answer, place in ((saved, "body"), (tagged, "body"), (listed, "query")):
            assert (answer.status, answer.json["detail"][0]["loc"]) == (400, [place, "query"])
            assert reason in answer.text


def test_a_segment_that_names_a_campaign_deleted_later_is_refused(owner, list_id):
    draft = make_campaign(owner, list_id=list_id)
    segment_id = make_segment(owner, list_id, query=f"MAILING({draft}) IS NOT SENT")
    assert len(emails(owner, list_id, segment_id)) == 3
    assert owner.api.delete(f"/campaigns/{draft}").status == 200
    answer = owner.api.get(f"/lists/{list_id}/segments/{segment_id}/contacts")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "segment_broken")
    assert f"There is no campaign {draft}." in answer.text


def test_a_listing_takes_a_selection_in_its_query(owner, list_id):
    path = f"/lists/{list_id}/contacts"
    for query in ({"query": '`age` = "40"'}, {"fiql": "age==40"}, {"json": json.dumps({"eq": {"age": 40}})}):
        assert [contact["email"] for contact in owner.api.get(path, query=query).json["data"]] == ["bob@example.com"]
    assert owner.api.get(path, query={"query": "(", "fiql": "age==1"}).status == 400


def test_a_tag_that_a_segment_names_is_created_empty(owner, list_id):
    segment_id = make_segment(owner, list_id, query='TAG IS "later"')
    assert owner.api.get("/tags/later").json == {"data": {"tag": "later"}}
    assert emails(owner, list_id, segment_id) == []
    [contact] = owner.api.get(f"/lists/{list_id}/contacts", query={"filter": "email==ann@example.com"}).json["data"]
    owner.api.post(f"/lists/{list_id}/contacts/{contact['id']}/tag", json={"tags": ["later"]})
    assert emails(owner, list_id, segment_id) == ["ann@example.com"]


@pytest.mark.parametrize("name", ["", "Gold plan", "x" * 65, "x" * 3_000])
def test_a_segment_creates_no_tag_that_could_not_be_created_otherwise(owner, list_id, name):
    query = f'TAG IS "{name}"'
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", "query": query})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "tag_name_invalid")
    assert owner.api.get("/tags").json["data"] == []
    assert owner.api.get(f"/lists/{list_id}/contacts", query={"query": query}).json["data"] == []


def test_a_tag_that_only_a_listing_names_is_nobodys_and_is_not_created(owner, list_id):
    path = f"/lists/{list_id}/contacts"
    for query in ({"query": 'TAG IS "never"'}, {"fiql": "tag==never"}, {"filter": "tags==never"}):
        assert owner.api.get(path, query=query).json["data"] == []
    assert len(owner.api.get(path, query={"query": 'TAG IS NOT "never"'}).json["data"]) == 3
    assert owner.api.get("/tags/never").status == 400


@pytest.mark.parametrize(
    "expression",
    [{"query": 'INTEREST IS "chess"'}, {"fiql": "interest==chess"}, {"json": {"eq": {"interest": "chess"}}}],
)
def test_an_interest_that_the_list_lacks_is_refused_by_name(owner, list_id, expression):
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s", **expression})
    [error] = answer.json["detail"]
    assert (answer.status, error["type"], error["loc"]) == (400, "interest_not_found", ["body", *expression])
    assert "'chess'" in error["msg"]
