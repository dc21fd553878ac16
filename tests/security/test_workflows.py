"""Attacks through the mails, names and ids of workflows."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import action_body, make_action, make_workflow, refusal
from tests.testing.harness import Api
from tests.testing.snapshot import items_of_account

TEMPLATES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ env('AWS_SECRET_ACCESS_KEY') }}",
    "{% include '/etc/passwd' %}",
    "{% for a in (1..1000000000) %}{% endfor %}",
    "[first_name|attr('format')]",
]


@pytest.fixture
def owner(platform):
    return make_owner()


def mail(owner, **content):
    return {"sender": {"id": make_sender(owner)}, "content": {"subject": "Hi", "html": "<p>Hi</p>", **content}}


@pytest.mark.parametrize("part", ["subject", "html", "text"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_refused_or_only_text(owner, part, template):
    path = f"/workflows/{make_workflow(owner)}/actions"
    created = owner.api.post(path, json=action_body(owner, email_settings=mail(owner, **{part: template})))
    if created.status == 400:
        assert created.json["detail"][0]["loc"] == ["body", "email_settings", "content", part]
        return
    html = owner.api.get(f"{path}/{created.json['id']}/render").text
    for secret in ("<class", "root:", "NameError"):
        assert secret not in html


def test_the_data_of_a_contact_is_no_template_and_no_markup(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "nick", "type": "text"})
    value = "{{ 7 * 7 }} [IF 1 = 1]x[ENDIF] <img src=x onerror=alert(1)>"
    contact = {"email": "a@example.com", "custom_attributes": [{"name": "nick", "value": value}]}
    contact_id = owner.api.post(f"/lists/{list_id}/contacts", json=contact).json["data"]["id"]
    workflow_id = make_workflow(owner, list_id=list_id)
    action_id = make_action(owner, workflow_id, email_settings=mail(owner, html="<p>[nick]</p>"))
    html = owner.api.get(f"/workflows/{workflow_id}/actions/{action_id}/render", query={"contact_id": contact_id}).text
    assert "{{ 7 * 7 }} [IF 1 = 1]x[ENDIF] &lt;img src=x onerror=alert(1)&gt;" in html


@pytest.mark.parametrize("text", ["a\r\nBcc: x@example.com", "a\nb", "a\0b", "a\u2028b", "a\u202eb"])
def test_no_header_is_injected(owner, text):
    path = f"/workflows/{make_workflow(owner)}/actions"
    action_id = owner.api.post(path, json=action_body(owner)).json["id"]
    before = items_of_account(owner.account_id)
    for settings, place in (
        ({"content": {"subject": text}}, ["content", "subject"]),
        ({"sender": {"id": make_sender(owner), "name": text}}, ["sender", "name"]),
    ):
        answer = owner.api.patch(f"{path}/{action_id}", json={"email_settings": settings})
        assert refusal(answer) == ("header_unsafe", ["body", "email_settings", *place])
    assert items_of_account(owner.account_id) == before


def test_objects_of_another_account_are_unknown(owner):
    """Also the parent of an action, which no sweep over bodies names."""
    stranger = make_owner()
    foreign_id = make_workflow(stranger)
    parent_id = make_action(stranger, foreign_id)
    workflow_id = make_workflow(owner)
    action_id = make_action(owner, workflow_id)
    body = action_body(owner, parent_id=parent_id)
    assert refusal(owner.api.post(f"/workflows/{workflow_id}/actions", json=body))[0] == "parent_not_found"
    answer = owner.api.patch(f"/workflows/{workflow_id}/actions/{action_id}", json={"parent_id": parent_id})
    assert refusal(answer)[0] == "parent_not_found"
    for path in (
        f"/workflows/{foreign_id}",
        f"/workflows/{foreign_id}/actions/{parent_id}",
        f"/workflows/{foreign_id}/diagram",
    ):
        assert refusal(owner.api.get(path))[0] == "workflow_not_found"
    assert refusal(owner.api.get(f"/workflows/{workflow_id}/actions/{parent_id}"))[0] == "action_not_found"


@pytest.mark.parametrize("query", ["`attr.x) OR contains(#a,:b` = 1", "$where = 1", "`email` = 'x' OR 1 = 1 --"])
def test_no_segment_with_an_injected_expression_becomes_an_audience(owner, query):
    list_id = make_list(owner)
    answer = owner.api.post(f"/lists/{list_id}/segments", json={"name": "S", "query": query})
    assert answer.status == 400, answer.text
    audience = {"list_id": list_id, "segment_id": 1}
    assert owner.api.post("/workflows", json={"audience": audience}).status == 400


def test_read_only_members_are_ignored(owner):
    body = {
        "audience": {"list_id": make_list(owner)},
        "status": "active",
        "activated_on": 1,
        "account_id": "1",
        "id": "5",
        "version": 9,
    }
    data = owner.api.post("/workflows", json=body).json["data"]
    assert (data["status"], data["activated_on"]) == ("inactive", None)
    assert data["id"] != "5" or owner.api.get("/workflows/5").status == 200
    path = f"/workflows/{data['id']}"
    assert owner.api.patch(path, json={"status": "active"}).json["data"]["status"] == "inactive"


def test_a_mail_in_the_browser_is_that_of_its_token(owner, platform):
    from postrider import bootstrap
    from postrider.mail_events.source import MailSource
    from postrider.tracking.tokens import MailToken, TokenPurpose

    list_id = make_list(owner)
    contact = owner.api.post(f"/lists/{list_id}/contacts", json={"email": "a@example.com"}).json["data"]
    workflow_id = make_workflow(owner, list_id=list_id)
    action_id = int(make_action(owner, workflow_id, email_settings=mail(owner, html="<p>For [email]</p>")))

    def shown(**fields):
        token = MailToken(list_id=list_id, contact_id=contact["id"], **fields)
        return Api().get(f"/v/{bootstrap.mail_tokens().make(TokenPurpose.VIEW, token)}")

    page = shown(account_id=owner.account_id, source=MailSource.action(action_id))
    assert page.status == 200
    assert "For a@example.com" in page.text
    for fields in (
        {"account_id": make_owner().account_id, "source": MailSource.action(action_id)},
        {"account_id": owner.account_id, "source": MailSource.action(10**9)},
        {"account_id": owner.account_id, "source": MailSource.campaign(action_id)},
    ):
        assert "For a@example.com" not in shown(**fields).text
