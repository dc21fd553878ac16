"""Newsletters over Customer.io's App API: set up, sent in two languages and two test groups, and counted."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.delivery.queue_messages import PLAN_QUEUE, SEND_QUEUE
from postrider.kit.clock import unix
from postrider.tracking.service import TrackingRequest
from tests.conftest import Platform
from tests.testing.customerio import CustomerioApi, make_client
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender

LANGUAGES = ("fr", "", "fr-CA", "de")
BODY = '<p>Hello</p><p><a href="https://example.com/offer">Offer</a></p>'
FRENCH = {"language": "fr", "subject": "Nouvelles", "body": '<p>Bonjour</p><a href="https://example.com/fr">L</a>'}


@pytest.fixture
def owner(platform: Platform) -> Owner:
    return make_owner()


@pytest.fixture
def api(owner: Owner) -> CustomerioApi:
    make_sender(owner)
    return make_client(owner)


def create(api: CustomerioApi, **values: Any) -> dict[str, Any]:
    body = {"name": "Weekly", "type": "email", "subject": "News", "body": BODY, **values}
    answer = api.post("/v1/newsletters", body)
    assert answer.status == 200, answer.text
    newsletter: dict[str, Any] = answer.json["newsletter"]
    return newsletter


def add_people(owner: Owner, count: int) -> None:
    list_id = bootstrap.lists().default(owner.account_id).id
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "language", "type": "text"})
    for number in range(count):
        bootstrap.contacts().upserts.create(
            owner.account_id,
            list_id,
            email=f"{number}.{owner.account_id}@example.com",
            attributes={"language": LANGUAGES[number % len(LANGUAGES)]},
        )


def test_a_newsletter_goes_out_in_two_languages_and_two_test_groups(
    platform: Platform, owner: Owner, api: CustomerioApi, mailer: MemoryMailer
) -> None:
    """The figures of the contents add up to those of the newsletter."""
    path, ids = set_up(owner, api)
    assert api.post(f"{path}/send").json["newsletter"]["content_ids"] == list(ids)
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    assert Counter(mail.to for _, mail, _ in mailer.accepted) == {
        f"{number}.{owner.account_id}@example.com": 1 for number in range(16)
    }
    for _, mail, _ in mailer.accepted:
        is_french = LANGUAGES[int(mail.to.partition(".")[0]) % 4].startswith("fr")
        subject = f"Subject: {'Nouvelles' if is_french else 'News'}{' B' if ids[int(mail.tags['variant'])] else ''}\r\n"
        assert subject in mail.message.decode()
    messages = api.get(f"{path}/messages").json["messages"]
    assert Counter(message["content_id"] for message in messages) == Counter(
        int(mail.tags["variant"]) for _, mail, _ in mailer.accepted
    )
    assert {message["subject"] for message in messages} <= {"News", "News B", "Nouvelles", "Nouvelles B"}
    assert all((" B" in message["subject"]) == ids[message["content_id"]] for message in messages)
    platform.clock.move(timedelta(hours=1))
    click_all(mailer)
    platform.drain("record-engagement")
    whole = api.get(f"{path}/metrics", period="hours", steps=3).json["metric"]
    parts = [
        api.get(f"{path}/contents/{content_id}/metrics", period="hours", steps=3).json["metric"] for content_id in ids
    ]
    assert whole["series"] == {name: _sums(parts, name) for name in whole["series"]}
    assert (whole["total"]["sent"], whole["total"]["clicked"], whole["series"]["clicked"]) == (16, 16, [0, 0, 16])
    links = api.get(f"{path}/metrics/links", period="hours", steps=2).json["links"]
    assert {link["link"]["href"]: link["metric"]["series"]["clicked"] for link in links} == {
        "https://example.com/offer": [0, 8],
        "https://example.com/fr": [0, 8],
    }
    of_contents = [
        link["metric"]["total"]["clicked"]
        for content_id in ids
        for link in api.get(f"{path}/contents/{content_id}/metrics/links").json["links"]
    ]
    assert sum(of_contents) == 16


def set_up(owner: Owner, api: CustomerioApi) -> tuple[str, dict[int, bool]]:
    """Return the path of a newsletter, and of each content whether it is in the second test group."""
    add_people(owner, 16)
    path = f"/v1/newsletters/{create(api)['id']}"
    assert api.post(f"{path}/language", FRENCH).json["content"]["language"] == "fr"
    assert len(api.post(f"{path}/test_groups").json["newsletter"]["content_ids"]) == 4
    first, second = api.get(f"{path}/test_groups").json["test_groups"]
    assert [(group["name"], group["winner"]) for group in (first, second)] == [("A", False), ("B", False)]
    group = f"{path}/test_group/{second['id']}/language"
    api.put(f"{group}/fr", {"subject": "Nouvelles B"})
    api.put(f"{group}/", {"subject": "News B"})
    contents = api.get(f"{path}/contents").json["contents"]
    return path, {content["id"]: content["id"] in second["content_ids"] for content in contents}


def click_all(mailer: MemoryMailer) -> None:
    for number, (_, mail, _) in enumerate(mailer.accepted):
        text = re.sub(r"=\r\n", "", mail.message.decode())
        token = re.findall(r"/c/([\w-]+)", text)[0]
        request = TrackingRequest(request_id=f"n{number}", method="GET", user_agent="Mozilla/5.0 Firefox/120.0")
        bootstrap.tracking().record_click(token, request)


def _sums(parts: list[dict[str, Any]], name: str) -> list[int]:
    return [sum(values) for values in zip(*(part["series"][name] for part in parts), strict=True)]


def test_campaigns_of_the_default_list_are_newsletters_with_one_content(owner: Owner, api: CustomerioApi) -> None:
    list_id = bootstrap.lists().default(owner.account_id).id
    elsewhere = make_campaign(owner, list_id=list_id)
    make_campaign(owner, list_id=make_list(owner))
    made = create(api)["id"]
    listed = api.get("/v1/newsletters").json
    assert [newsletter["id"] for newsletter in listed["newsletters"]] == [elsewhere, made]
    assert listed["next"] == ""
    (content,) = api.get(f"/v1/newsletters/{elsewhere}/contents").json["contents"]
    assert (content["id"], content["subject"], content["language"]) == (elsewhere, "News for [email]", "")
    assert api.get(f"/v1/newsletters/{elsewhere}/test_groups").json == {"test_groups": []}


def test_newsletters_are_paged_to_the_end_in_both_orders(api: CustomerioApi) -> None:
    ids = [create(api, name=f"Number {number}")["id"] for number in range(3)]
    for sort, expected in (("asc", ids), ("desc", ids[::-1])):
        seen, start = [], ""
        for _ in range(3):
            page = api.get("/v1/newsletters", limit=1, sort=sort, start=start).json
            seen += [newsletter["id"] for newsletter in page["newsletters"]]
            start = page["next"]
        assert (seen, start) == (expected, "")
    assert api.get("/v1/newsletters", start="nonsense").status == 400


def test_a_content_keeps_what_an_update_leaves_out(owner: Owner, api: CustomerioApi) -> None:
    newsletter = create(api, preheader_text="In short", headers=[{"name": "X-Kind", "value": "weekly"}])
    path = f"/v1/newsletters/{newsletter['id']}/contents/{newsletter['content_ids'][0]}"
    before = api.get(path).json["content"]
    changed = api.put(path, {**before, "subject": "Other", "name": "ignored", "language": "xx"}).json["content"]
    assert changed == {**before, "subject": "Other", "deduplicate_id": changed["deduplicate_id"]}
    assert changed["headers"] == [{"name": "X-Kind", "value": "weekly"}]
    assert (changed["preheader_text"], changed["recipient"]) == ("In short", "{{customer.email}}")
    second = bootstrap.senders().get(owner.account_id, make_sender(owner))
    changed = api.put(path, {"from_id": second.numeric_id, "reply_to_id": second.numeric_id}).json["content"]
    assert changed["from"] == f"{second.name} <{second.email}>"
    assert (changed["from_id"], changed["reply_to"]) == (second.numeric_id, second.email)
    for wrong in (
        {"from_id": 10**9},
        {"recipient": "a@b.c"},
        {"body_amp": "<html>"},
        {"headers": [{"name": "Bcc", "value": "a@b.c"}]},
    ):
        assert api.put(path, wrong).status == 400, wrong


def test_a_content_can_have_a_sender_of_its_own(
    platform: Platform, owner: Owner, api: CustomerioApi, mailer: MemoryMailer
) -> None:
    """It cannot be deleted while the newsletter is to be sent."""
    add_people(owner, 4)
    path = f"/v1/newsletters/{create(api)['id']}"
    french_id = api.post(f"{path}/language", FRENCH).json["content"]["id"]
    other = bootstrap.senders().add(
        owner.account_id, name="Other", email=f"other.{owner.email}", confirmed_at=platform.clock()
    )
    usual = api.get(f"{path}/language/").json["content"]["from_id"]
    changed = api.put(
        f"{path}/contents/{french_id}", {"from_id": other.numeric_id, "reply_to_id": other.numeric_id}
    ).json
    assert (changed["content"]["from_id"], changed["content"]["reply_to"]) == (other.numeric_id, other.email)
    assert api.get(f"{path}/language/").json["content"]["from_id"] == usual != other.numeric_id
    api.post(f"{path}/schedule", {"scheduled_at": unix(platform.clock()) + 3600})
    delete = f"/brands/default/senders/{other.id}"
    assert owner.api.delete(delete).status == 400
    used = bootstrap.use_finder().of_sender(owner.account_id, other.id).campaigns
    assert [campaign.id for campaign in used] == [int(path.rpartition("/")[2])]
    api.post(f"{path}/send")
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    senders = {mail.to.partition(".")[0]: mail.sender for _, mail, _ in mailer.accepted}
    assert {number for number, email in senders.items() if email == other.email} == {"0", "2"}
    assert owner.api.delete(delete).status == 200


def test_a_translation_is_made_read_changed_and_deleted(api: CustomerioApi) -> None:
    path = f"/v1/newsletters/{create(api)['id']}"
    assert api.put(f"{path}/language/fr", {"subject": "x"}).status == 400, "a PUT creates no language"
    assert api.post(f"{path}/language", FRENCH).status == 200
    assert api.post(f"{path}/language", FRENCH).status == 400
    assert api.get(f"{path}/language/FR").json["content"]["subject"] == "Nouvelles"
    assert api.put(f"{path}/language/", {"subject": "Default"}).json["content"]["language"] == ""
    assert api.get(f"{path}/language/").json["content"]["subject"] == "Default"
    assert api.get(f"{path}/language/de").status == 400
    assert api.delete(f"{path}/language/fr").status == 204
    assert api.get(f"{path}/language/fr").status == 400
    api.post(f"{path}/test_groups")
    assert api.get(f"{path}/language/").status == 400, "with test groups, their own paths are used"
    assert api.get(f"{path}/test_group/2/language/").json["content"]["name"] == "B"
    for group in ("3", "x", "9" * 30):
        assert api.get(f"{path}/test_group/{group}/language/").status == 404


def test_it_is_scheduled_descheduled_and_deleted(
    platform: Platform, owner: Owner, api: CustomerioApi, mailer: MemoryMailer
) -> None:
    add_people(owner, 1)
    moment = unix(platform.clock()) + 86_400
    newsletter = create(api, scheduled_at=moment)
    path = f"/v1/newsletters/{newsletter['id']}"
    campaign = bootstrap.campaigns().get(owner.account_id, newsletter["id"])
    assert (campaign.status, unix(campaign.scheduled_for or platform.clock())) == ("scheduled", moment)
    assert api.post(f"{path}/schedule", {"scheduled_at": moment + 60, "timezone": "America/New_York"}).status == 200
    assert api.post(f"{path}/schedule", {"scheduled_at": 0}).json["newsletter"]["sent_at"] is None
    assert api.post(f"{path}/schedule", {"scheduled_at": 5}).status == 400
    assert api.delete(path).status == 204
    assert api.get(path).status == 404
    sent = create(api, send_now=True)
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    assert len(mailer.accepted) == 1
    path = f"/v1/newsletters/{sent['id']}"
    assert api.get(path).json["newsletter"]["sent_at"] > 0
    assert api.put(f"{path}/contents/{sent['id']}", {"subject": "late"}).status == 400
    assert api.delete(path).status == 204
    assert api.get(path).status == 404, "it is archived"


def test_the_audience_can_be_a_segment_or_a_filter(
    platform: Platform, owner: Owner, api: CustomerioApi, mailer: MemoryMailer
) -> None:
    add_people(owner, 4)
    list_id = bootstrap.lists().default(owner.account_id).id
    segment = bootstrap.segments().create(owner.account_id, list_id, name="All", expressions={"query": 'email != "x"'})
    only = {"and": [{"or": [{"segment": {"id": segment.id}}]}]}
    assert create(api, recipients=only)["recipient_segment_ids"] == [segment.id]
    french = {"field": "language", "operator": "eq", "value": "fr", "inverse": True}
    filtered = create(api, recipients={"and": [only, {"attribute": french}]}, send_now=True)
    assert filtered["recipient_segment_ids"] == [segment.id]
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    assert sorted(mail.to.partition(".")[0] for _, mail, _ in mailer.accepted) == ["1", "2", "3"]
    nobody = create(api, recipients={"segment": {"id": 10**9}}, send_now=True)
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    assert len(mailer.accepted) == 3
    assert api.get(f"/v1/newsletters/{nobody['id']}/metrics").json["metric"]["total"]["created"] == 0
    wrong = {"name": "x", "type": "email", "subject": "s", "body": BODY, "recipients": {"attribute": {"field": "x"}}}
    assert api.post("/v1/newsletters", wrong).status == 400


def test_another_audience_set_over_the_main_api_replaces_the_filter(owner: Owner, api: CustomerioApi) -> None:
    newsletter = create(api, recipients={"attribute": {"field": "plan", "operator": "exists"}})
    list_id = bootstrap.lists().default(owner.account_id).id
    assert bootstrap.campaigns().get(owner.account_id, newsletter["id"]).audience_id
    audience = {"audience": {"list_id": list_id, "segment_id": None}}
    assert owner.api.patch(f"/campaigns/{newsletter['id']}", json=audience).status == 200
    assert bootstrap.campaigns().get(owner.account_id, newsletter["id"]).audience_id is None


def test_invalid_contents_are_refused(api: CustomerioApi) -> None:
    base = {"name": "x", "type": "email", "subject": "s", "body": BODY}
    deep: dict[str, Any] = {"segment": {"id": 1}}
    for _ in range(900):
        deep = {"not": deep}
    for wrong in (
        {"recipients": deep},
        {"type": "push"},
        {"rate_limit_email_rate": 5},
        {"send_now": True, "scheduled_at": 9_999_999_999},
        {"from": "x@unknown.example"},
        {"from": "a@b.c", "from_id": 1},
    ):
        assert api.post("/v1/newsletters", base | wrong).status in (400, 403), wrong
    assert api.get("/v1/newsletters").json["newsletters"] == []


@pytest.mark.parametrize(
    ("query", "length"), [({}, 45), ({"period": "months"}, 12), ({"steps": 0}, 45), ({"steps": 1}, 2)]
)
def test_a_series_has_as_many_steps_as_asked(api: CustomerioApi, query: dict[str, Any], length: int) -> None:
    newsletter = create(api)
    series = api.get(f"/v1/newsletters/{newsletter['id']}/metrics", **query).json["metric"]["series"]
    assert {len(values) for values in series.values()} == {length}
    assert api.get(f"/v1/newsletters/{newsletter['id']}/metrics", period="years").status == 400
    assert api.get(f"/v1/newsletters/{newsletter['id']}/contents/1/metrics").status == 404
