"""Drafts of campaigns: settings, revisions, refused values."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from postrider.epochs.mailer import EpochMailer
from postrider.ports.mailer import MailerPaused, MailerRefused, MailerThrottled, MailerUnknown
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Api

CAMPAIGN = ["path", "campaign_id"]
"""Prefix of the place of an invalid setting of the stored campaign."""


@pytest.fixture
def owner(platform):
    return make_owner()


def test_only_a_name_is_needed_and_the_next_step_is_told(owner):
    answer = owner.api.post("/campaigns", json={"name": "Bare"})
    data = answer.json["data"]
    assert (answer.status, data["status"], data["suspended"], data["type"]) == (201, "incomplete", False, "standard")
    steps = [data["next_building_step"]]
    for change in (
        {"audience": {"list_id": make_list(owner)}},
        {"sender": {"id": make_sender(owner)}},
        {"content": {"subject": "Hi"}},
        {"content": {"text": "Hello"}},
    ):
        changed = owner.api.patch(f"/campaigns/{data['id']}", json=change)
        assert changed.status == 200, changed.text
        steps.append(changed.json["data"]["next_building_step"])
    assert steps == ["audience", "sender", "subject", "content", None]


def test_given_values_are_returned(owner):
    list_id = make_list(owner, name="Readers")
    campaign_id = make_campaign(
        owner,
        list_id=list_id,
        tracking={"opens": False, "additional_params": "utm_source=mail"},
        reply_to_email="answers@example.com",
        sender={"id": make_sender(owner), "name": "The team"},
    )
    data = owner.api.get(f"/campaigns/{campaign_id}").json["data"]
    assert data["audience"] == {"list_id": list_id, "name": "Readers", "segment_id": None}
    assert data["tracking"] == {
        "opens": False,
        "clicks_html": True,
        "clicks_text": True,
        "additional_params": "utm_source=mail",
    }
    assert data["sender"] == {"name": "The team", "email": owner.email}
    assert data["reply_to_email"] == "answers@example.com"
    assert data["content"]["subject"] == "News for [email]"


def test_every_change_of_content_makes_a_revision_that_stays_readable(owner):
    campaign_id = make_campaign(owner)
    owner.api.patch(f"/campaigns/{campaign_id}", json={"content": {"subject": "Second"}})
    owner.api.patch(f"/campaigns/{campaign_id}", json={"name": "No new content"})
    listed = owner.api.get(f"/campaigns/{campaign_id}/revisions", query={"with_count": "true"}).json
    assert [revision["id"] for revision in listed["data"]] == [2, 1]
    assert listed["pagination"]["count"] == 2
    first = owner.api.get(f"/campaigns/{campaign_id}", query={"revision_id": 1}).json["data"]
    assert first["content"]["subject"] == "News for [email]"
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["content"]["subject"] == "Second"
    assert owner.api.get(f"/campaigns/{campaign_id}", query={"revision_id": 3}).status == 400


def test_a_draft_is_deleted_with_its_revisions(owner):
    campaign_id = make_campaign(owner)
    assert owner.api.delete(f"/campaigns/{campaign_id}").json == {
        "id": campaign_id,
        "object": "campaign",
        "deleted": True,
    }
    assert owner.api.get(f"/campaigns/{campaign_id}").status == 400
    assert owner.api.delete(f"/campaigns/{campaign_id}").status == 400


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"audience": {"list_id": 999_999}}, ["body", "audience", "list_id"]),
        ({"sender": {"id": "nobody"}}, ["body", "sender", "id"]),
        ({"content": {"subject": "x\r\nBcc: y@example.com"}}, ["body", "content", "subject"]),
        ({"content": {"template": {"id": 5}}}, ["body", "content", "template", "id"]),
    ],
)
def test_unknown_and_unsafe_values_are_refused_and_nothing_is_stored(owner, fields, loc):
    answer = owner.api.post("/campaigns", json={"name": "x", **fields})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, loc), answer.text
    assert owner.api.get("/campaigns").json["data"] == []


@pytest.mark.parametrize(
    "html",
    [
        "{% include '/etc/passwd' %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ env('AWS_SECRET_ACCESS_KEY') }}",
        "{% for i in (1..1000000000) %}x{% endfor %}",
    ],
)
def test_template_code_is_refused_or_shown_as_text(owner, html):
    answer = owner.api.post("/campaigns", json={"name": "x", "content": {"subject": "s", "html": f"<p>{html}</p>"}})
    if answer.status == 201:
        rendered = owner.api.get(f"/campaigns/{answer.json['id']}/render")
        assert "class '" not in rendered.text
        assert "root:" not in rendered.text
    else:
        assert answer.status == 400


def test_rendering_merges_a_contact_and_escapes_its_values(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "first_name", "type": "text"})
    campaign_id = make_campaign(owner, list_id=list_id)
    [contact_id] = add_contacts(owner, list_id, "ann@example.com")
    owner.api.patch(
        f"/lists/{list_id}/contacts/{contact_id}",
        json={"custom_attributes": [{"name": "first_name", "value": "<b>{{ 7*7 }}</b>"}]},
    )
    html = owner.api.get(f"/campaigns/{campaign_id}/render", query={"contact_id": contact_id}).json["data"]["html"]
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in html
    assert "friend" in owner.api.get(f"/campaigns/{campaign_id}/render").json["data"]["html"]


def test_rendering_reports_tags_of_attributes_that_the_list_lacks(owner):
    html = "<style>p{color:red}</style><p>Hello [first_name,friend], [first]</p>"
    content = {"subject": "x", "html": html, "inline_css": False}
    campaign_id = make_campaign(owner, list_id=make_list(owner), content=content)
    rendered = owner.api.get(f"/campaigns/{campaign_id}/render").json["data"]
    assert "<style>p{color:red}</style>" in rendered["html"]
    assert "<p>Hello friend, </p>" in rendered["html"]
    assert {warning["type"] for warning in rendered["warnings"]} == {"unknown_attribute"}
    assert [warning["msg"] for warning in rendered["warnings"]] == [
        "The html names the attribute 'first_name', which the list does not have (line 1, column 37).",
        "The html names the attribute 'first', which the list does not have (line 1, column 58).",
    ]
    assert owner.api.get(f"/campaigns/{campaign_id}").json["data"]["content"]["inline_css"] is False


def test_a_test_mail_arrives_merged_or_in_two(owner, platform):
    campaign_id = make_campaign(owner)
    to = f"tester.{owner.account_id}@example.com"
    answer = owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": to})
    body = answer.json
    assert {warning["type"] for warning in body.pop("warnings")} == {"no_postal_address", "unknown_attribute"}
    assert body == {"email": to, "type": "merged", "object": "test_email", "sent": True}
    owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": to, "type": "separated"})
    mails = platform.aws.ses.mailbox.latest(to=to)
    assert len(mails) == 3
    assert mails[-1]["html"]
    assert mails[-1]["text"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (MailerThrottled("too many"), 429, "mailer_busy"),
        (MailerRefused("no such mailbox", code="rejected"), 400, "mail_refused"),
        (MailerPaused("the account is paused"), 400, "mail_refused"),
        (MailerUnknown("no answer"), 400, "mail_unknown"),
    ],
)
def test_a_test_mail_that_is_not_sent_is_answered_with_the_reason(owner, monkeypatch, error, status, code):
    def send(mailer, mail):
        raise error

    campaign_id = make_campaign(owner)
    monkeypatch.setattr(EpochMailer, "send", send)
    answer = owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": "tester@example.com"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (status, code)


def test_the_pages_of_a_test_mail_can_be_looked_at_and_act_for_nobody(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "reader@example.com")
    tags = ("UNSUBSCRIBE", "GLOBAL_UNSUBSCRIBE", "SUBSCRIBE", "FORWARD", "SHOWEMAIL", "PREFERENCES")
    html = "".join(f'<a href="[{tag}]">{tag}</a>' for tag in tags)
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "Hi", "html": html})
    to = f"tester.{owner.account_id}@example.com"
    assert owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": to}).status == 200
    mail = platform.aws.ses.mailbox.latest(to=to)[0]
    paths = [urlsplit(link).path for link in re.findall(r'href="([^"]+)"', mail["html"])]
    assert [path.split("/")[1] for path in paths] == ["u", "g", "s", "f", "v", "p"]
    assert urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>")).path == paths[0]
    before = owner.api.get(f"/lists/{list_id}/contacts").json
    for path in paths:
        assert Api().get(path).status == 200, path
    for path in paths[:3]:
        assert Api().post(path, form={"List-Unsubscribe": "One-Click"}).status == 200, path
    for action in ("save", "leave", "leave_all", "come_back"):
        assert Api().post(paths[5], form={"action": action}).status == 200, action
    platform.drain("record-engagement")
    assert owner.api.get(f"/lists/{list_id}/contacts").json == before
    assert owner.api.get("/suppressed-emails").json["data"] == []
    assert owner.api.get(f"/logs/campaigns/{campaign_id}").json["data"] == []


def test_rendering_for_an_unknown_contact_names_the_parameter(owner):
    campaign_id = make_campaign(owner)
    answer = owner.api.get(f"/campaigns/{campaign_id}/render", query={"contact_id": "987654321"})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", "contact_id"])


def test_campaigns_are_filtered_sorted_and_paged(owner, platform):
    ids = {}
    for name in ("b", "C", "a"):
        ids[name] = make_campaign(owner, name=name)
        platform.clock.move(timedelta(seconds=2))

    def names(**query):
        return [campaign["name"] for campaign in owner.api.get("/campaigns", query=query).json["data"]]

    assert names() == ["b", "C", "a"]
    assert names(sort="name") == ["a", "b", "C"]
    assert names(sort="-created_on") == ["a", "C", "b"]
    assert names(sort="name", filter="name==c;name==A") == ["a", "C"]
    assert names(sort="-name", filter="name==c;name==A;status==incomplete") == ["C", "a"]
    assert names(sort="name", filter="name==c;status==delivered") == []
    owner.api.patch(f"/campaigns/{ids['b']}", json={"reply_to_email": "x@example.com"})
    assert names(sort="-updated_on")[0] == "b"
    assert names(filter="name==c") == ["C"]
    assert names(filter="status==incomplete;name==a;name==b") == ["b", "a"]
    assert names(page=2, per_page=2) == ["a"]
    assert owner.api.get("/campaigns", query={"with_count": "1"}).json["pagination"]["count"] == 3
    assert owner.api.get("/campaigns", query={"sort": "subject"}).status == 400
    assert owner.api.get("/campaigns", query={"filter": "list_id==x"}).status == 400


@pytest.mark.parametrize(
    ("settings", "loc"),
    [
        ({"sender": {"name": "a\r\nBcc: x@y.z"}}, ["body", "sender", "name"]),
        ({"tracking": {"additional_params": 'a b"<'}}, ["body", "tracking", "additional_params"]),
        ({"tracking": {"additional_params": "\u00fc=1"}}, ["body", "tracking", "additional_params"]),
    ],
)
def test_invalid_settings_of_mails_are_refused_by_the_call(owner, settings, loc):
    campaign_id = make_campaign(owner)
    given = {"sender": {"id": make_sender(owner), **settings["sender"]}} if "sender" in settings else settings
    answers = [
        owner.api.post("/campaigns", json={"name": "New", **given}),
        owner.api.patch(f"/campaigns/{campaign_id}", json=given),
    ]
    for answer in answers:
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, loc), answer.text


def test_missing_values_of_a_rendering_are_listed(owner):
    list_id = make_list(owner)
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.delete(f"/lists/{list_id}")
    answer = owner.api.get(f"/campaigns/{campaign_id}/render")
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, [*CAMPAIGN, "audience", "list_id"])


CONDITIONAL = (
    '<p title="[IF TAG IS &quot;gold&quot;]Yes[ENDIF]">[IF TAG IS "gold" AND (`email` LIKE "%")]For gold[ELSE]For others[ENDIF]'
    '[IF INTEREST IS "jazz"], jazz[ENDIF] <a href="[UNSUBSCRIBE]">Leave</a></p>'
)


@pytest.fixture
def conditional(owner):
    """A campaign whose conditions name a tag and an interest, and a contact with both."""
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "jazz"})
    [contact_id] = add_contacts(owner, list_id, "ada@example.com")
    changes = {"tags": ["gold"], "interests": ["jazz"]}
    assert owner.api.patch(f"/lists/{list_id}/contacts/{contact_id}", json=changes).status == 200
    campaign_id = make_campaign(owner, list_id=list_id, content={"subject": "News", "html": CONDITIONAL})
    return list_id, contact_id, f"/campaigns/{campaign_id}"


def test_conditions_of_a_content_follow_renamed_tags_and_interests(owner, conditional):
    """Another tag that takes the old name is not meant, and a later change of the content keeps the tag."""
    list_id, contact_id, path = conditional
    owner.api.patch("/tags/gold", json={"tag": "first-class"})
    owner.api.patch(f"/lists/{list_id}/interests/jazz", json={"name": "blues"})
    owner.api.post("/tags", json={"tag": "gold"})
    for _ in range(2):
        shown = owner.api.get(path).json["data"]["content"]["html"]
        assert shown == CONDITIONAL.replace("gold&quot;", "first-class&quot;").replace('"gold', '"first-class').replace(
            '"jazz', '"blues'
        )
        html = owner.api.get(f"{path}/render", query={"contact_id": contact_id}).json["data"]["html"]
        assert "For gold, jazz" in html
        assert 'title="Yes"' in html
        assert owner.api.patch(path, json={"content": {"subject": "Other news"}}).status == 200


@pytest.mark.parametrize("kind", ["tag", "interest"])
def test_a_content_that_names_a_deleted_tag_or_interest_is_not_scheduled(owner, conditional, kind):
    list_id, _, path = conditional
    deleted = "/tags/gold" if kind == "tag" else f"/lists/{list_id}/interests/jazz"
    assert owner.api.delete(deleted).status == 200
    answer = owner.api.post(f"{path}/schedule")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, f"{kind}_deleted")


def test_a_content_that_names_an_unknown_campaign_is_not_scheduled(owner):
    html = CONDITIONAL.replace('INTEREST IS "jazz"', "MAILING(999999999) IS NOT OPENED")
    campaign_id = make_campaign(owner, content={"subject": "News", "html": html})
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "campaign_not_found")
