"""Actions: a tree of mails, changed only while their workflow is inactive."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import HTML, add_contacts
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.templates import make_template
from tests.testing.factories.workflows import action_body, make_action, make_active_workflow, make_workflow, refusal

YEAR_S = 365 * 86_400


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def workflow_id(owner):
    return make_workflow(owner)


def actions_of(workflow_id):
    return f"/workflows/{workflow_id}/actions"


def test_given_values_are_returned(owner, workflow_id):
    sender = {"id": make_sender(owner), "name": "The team"}
    tracking = {"opens": False, "clicks_html": True, "clicks_text": False}
    content = {"subject": "Hi", "html": HTML, "text": "Hi", "type": "html", "encoding": "iso-8859-1"}
    body = action_body(owner, delay=60, email_settings={"sender": sender, "tracking": tracking, "content": content})
    created = owner.api.post(actions_of(workflow_id), json=body)
    assert (created.status, created.json["created"]) == (201, True)
    data = created.json["data"]
    assert (data["name"], data["parent_id"], data["condition"], data["delay"], data["type"]) == (
        "Mail",
        None,
        "none",
        60,
        "email",
    )
    settings = data["email_settings"]
    assert (settings["sender"], settings["tracking"]) == (sender, tracking)
    assert settings["content"] == {**content, "json": None, "template": None}
    assert owner.api.get(f"{actions_of(workflow_id)}/{data['id']}").json["data"] == data
    summary = owner.api.get(actions_of(workflow_id)).json["data"][0]
    assert summary == {name: data[name] for name in summary}
    assert "email_settings" not in summary


def test_an_action_may_be_without_a_mail_at_first(owner, workflow_id):
    body = {"name": "Later", "condition": "none", "delay": 0, "type": "email"}
    data = owner.api.post(actions_of(workflow_id), json=body).json["data"]
    assert data["email_settings"] is None
    changed = owner.api.patch(
        f"{actions_of(workflow_id)}/{data['id']}", json={"email_settings": {"content": {"subject": "Hi"}}}
    ).json["data"]
    assert changed["email_settings"]["content"]["subject"] == "Hi"
    assert changed["email_settings"]["sender"] is None


def test_a_change_reaches_into_the_settings(owner, workflow_id):
    action_id = make_action(owner, workflow_id)
    path = f"{actions_of(workflow_id)}/{action_id}"
    before = owner.api.get(path).json["data"]
    change = {"delay": 5, "email_settings": {"tracking": {"opens": False}, "content": {"text": "Plain"}}}
    after = owner.api.patch(path, json=change).json["data"]
    assert (after["delay"], after["name"]) == (5, before["name"])
    assert after["email_settings"]["tracking"] == {"opens": False, "clicks_html": True, "clicks_text": True}
    assert after["email_settings"]["content"] == {**before["email_settings"]["content"], "text": "Plain"}
    assert after["email_settings"]["sender"] == before["email_settings"]["sender"]


def test_a_content_is_copied_from_a_template(owner, workflow_id):
    template_id = make_template(owner)
    settings = {"sender": {"id": make_sender(owner)}, "content": {"template": {"id": template_id}, "text": "Own"}}
    data = owner.api.post(actions_of(workflow_id), json=action_body(owner, email_settings=settings)).json["data"]
    content = data["email_settings"]["content"]
    assert (content["subject"], content["html"], content["text"]) == ("Thank you", HTML, "Own")
    settings["content"]["template"]["id"] = 10**9
    answer = owner.api.post(actions_of(make_workflow(owner)), json=action_body(owner, email_settings=settings))
    assert refusal(answer) == ("template_not_found", ["body", "email_settings", "content", "template", "id"])


def test_earlier_revisions_remain_for_runs_that_send_them(owner, workflow_id):
    """A run freezes the revision that it began with."""
    from postrider import bootstrap

    action_id = make_action(owner, workflow_id)
    path = f"{actions_of(workflow_id)}/{action_id}"
    owner.api.patch(path, json={"email_settings": {"content": {"subject": "Second"}}})
    workflows = bootstrap.workflows()
    action = workflows.action_by_id(owner.account_id, int(action_id))
    list_id = workflows.get(owner.account_id, int(workflow_id)).list_id
    assert action.revision == 2
    subjects = [workflows.content(action, list_id, revision).subject for revision in (1, 2)]
    assert subjects == ["Hello [email]", "Second"]
    assert str(action.source) == f"workflow_action#{action_id}"


# The tree


def test_a_workflow_has_one_first_action(owner, workflow_id):
    root = make_action(owner, workflow_id)
    assert make_action(owner, workflow_id, parent_id=root, condition="not_clicked")
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner))
    assert refusal(answer) == ("second_first_action", ["body", "parent_id"])


@pytest.mark.parametrize("condition", ["opened", "not_opened", "clicked", "not_clicked"])
def test_the_first_action_follows_no_mail(owner, workflow_id, condition):
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, condition=condition))
    assert refusal(answer) == ("condition_without_parent", ["body", "condition"])


def test_a_parent_is_an_action_of_the_same_workflow(owner, workflow_id):
    make_action(owner, workflow_id)
    other = make_action(owner, make_workflow(owner))
    for parent_id in (other, "0", "x", "9" * 40):
        answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, parent_id=parent_id))
        assert refusal(answer) == ("parent_not_found", ["body", "parent_id"])
    assert refusal(owner.api.get(f"{actions_of(workflow_id)}/{other}")) == ("action_not_found", ["path", "action_id"])


def test_no_action_follows_itself(owner, workflow_id):
    root = make_action(owner, workflow_id)
    child = make_action(owner, workflow_id, parent_id=root)
    grandchild = make_action(owner, workflow_id, parent_id=child)
    for action_id, parent_id in ((child, child), (child, grandchild)):
        answer = owner.api.patch(f"{actions_of(workflow_id)}/{action_id}", json={"parent_id": parent_id})
        assert refusal(answer) == ("action_cycle", ["body", "parent_id"])
    for parent_id in (root, grandchild):
        assert owner.api.patch(f"{actions_of(workflow_id)}/{root}", json={"parent_id": parent_id}).status == 400
    moved = owner.api.patch(f"{actions_of(workflow_id)}/{grandchild}", json={"parent_id": root}).json["data"]
    assert moved["parent_id"] == root


def test_an_action_with_others_below_it_stays(owner, workflow_id):
    root = make_action(owner, workflow_id)
    child = make_action(owner, workflow_id, parent_id=root)
    assert refusal(owner.api.delete(f"{actions_of(workflow_id)}/{root}")) == (
        "action_has_children",
        ["path", "action_id"],
    )
    deleted = owner.api.delete(f"{actions_of(workflow_id)}/{child}").json
    assert (deleted["id"], deleted["deleted"]) == (child, True)
    assert deleted["data"]["email_settings"]["content"]["html"] == HTML
    assert owner.api.delete(f"{actions_of(workflow_id)}/{root}").status == 200
    assert owner.api.get(actions_of(workflow_id)).json["data"] == []


@pytest.mark.parametrize("delay", [-1, YEAR_S + 1, 10**12])
def test_a_delay_is_at_most_a_year(owner, workflow_id, delay):
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, delay=delay))
    assert refusal(answer) == ("delay_out_of_range", ["body", "delay"])
    assert make_action(owner, workflow_id, delay=YEAR_S)


def test_a_workflow_has_a_quota_of_actions(owner, workflow_id, monkeypatch):
    monkeypatch.setattr("postrider.workflows.rules.MAX_ACTIONS", 2)
    root = make_action(owner, workflow_id)
    make_action(owner, workflow_id, parent_id=root)
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, parent_id=root))
    assert refusal(answer)[0] == "too_many_actions"


def test_an_active_workflow_is_not_changed(owner):
    workflow_id = make_active_workflow(owner)
    (action,) = owner.api.get(actions_of(workflow_id)).json["data"]
    path = f"{actions_of(workflow_id)}/{action['id']}"
    for answer in (
        owner.api.patch(f"/workflows/{workflow_id}", json={"name": "x"}),
        owner.api.delete(f"/workflows/{workflow_id}"),
        owner.api.post(actions_of(workflow_id), json=action_body(owner, parent_id=action["id"])),
        owner.api.patch(path, json={"name": "x"}),
        owner.api.delete(path),
    ):
        assert refusal(answer) == ("workflow_active", ["path", "workflow_id"])


def test_the_listing_is_sorted_and_paged(owner, workflow_id):
    root = make_action(owner, workflow_id, name="b")
    for name in ("C", "a"):
        make_action(owner, workflow_id, name=name, parent_id=root)
    listed = owner.api.get(actions_of(workflow_id), query={"sort": "name", "with_count": "1"}).json
    assert [row["name"] for row in listed["data"]] == ["a", "b", "C"]
    assert listed["pagination"]["count"] == 3
    assert owner.api.get(actions_of(workflow_id), query={"page": 2, "per_page": 2}).json["data"][0]["name"] == "a"
    assert refusal(owner.api.get(actions_of(workflow_id), query={"page": 0}))[1] == ["query", "page"]
    assert refusal(owner.api.get(actions_of(workflow_id), query={"sort": "delay"}))[0] == "bad_sort"


# Mails


@pytest.mark.parametrize(
    ("settings", "status", "place"),
    [
        ({"content": {"subject": "x\r\nBcc: a@example.com"}}, 400, ["content", "subject"]),
        ({"content": {"html": "[IF `a` = 1]"}}, 400, ["content", "html"]),
        ({"content": {"html": "<p>{{ ''.__class__ }}</p>[IF]"}}, 400, ["content", "html"]),
        ({"sender": {"id": "nobody"}}, 400, ["sender", "id"]),
        ({"sender": {"id": "", "name": "x"}}, 422, ["sender", "id"]),
    ],
)
def test_a_mail_that_cannot_be_sent_is_refused_with_its_place(owner, workflow_id, settings, status, place):
    whole = {"sender": {"id": make_sender(owner)}, "content": {"html": HTML}, **settings}
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, email_settings=whole))
    assert answer.status == status, answer.text
    assert answer.json["detail"][0]["loc"] == ["body", "email_settings", *place]
    assert owner.api.get(actions_of(workflow_id)).json["data"] == []


def test_a_sender_shows_no_other_address(owner, workflow_id):
    sender = {"id": make_sender(owner), "name": "bank@example.com"}
    settings = {"sender": sender, "content": {"html": HTML}}
    answer = owner.api.post(actions_of(workflow_id), json=action_body(owner, email_settings=settings))
    assert answer.status == 403


def test_a_rendering_merges_a_contact_and_runs_no_script(owner):
    list_id = make_list(owner)
    (contact_id,) = add_contacts(owner, list_id, "ada@example.com")
    workflow_id = make_workflow(owner, list_id=list_id)
    content = {"html": "<p>For [email] [first_name,friend]</p><script>alert(1)</script>", "subject": "x"}
    settings = {"sender": {"id": make_sender(owner)}, "content": content}
    path = f"{actions_of(workflow_id)}/{make_action(owner, workflow_id, email_settings=settings)}/render"
    answer = owner.api.get(path, query={"contact_id": contact_id})
    assert answer.headers["content-type"].startswith("text/html")
    assert "For ada@example.com friend" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert "For  friend" in owner.api.get(path).text
    assert refusal(owner.api.get(path, query={"contact_id": 10**9})) == ("contact_not_found", ["query", "contact_id"])


def test_a_text_alone_is_rendered_as_it_is_written(owner, workflow_id):
    settings = {"sender": {"id": make_sender(owner)}, "content": {"text": "a < b", "subject": "x"}}
    action_id = make_action(owner, workflow_id, email_settings=settings)
    answer = owner.api.get(f"{actions_of(workflow_id)}/{action_id}/render")
    assert answer.text.startswith("<pre>a &lt; b")


def test_a_test_mail_is_sent_merged_or_separated(owner, workflow_id, platform):
    action_id = make_action(owner, workflow_id)
    path = f"{actions_of(workflow_id)}/{action_id}/send-test"
    to = f"tester.{owner.account_id}@example.com"
    sent = owner.api.post(path, json={"email": to}).json
    assert (sent["id"], sent["object"], sent["sent"]) == (action_id, "action", True)
    assert [warning["type"] for warning in sent["warnings"]] == ["no_postal_address", "unknown_attribute"]
    owner.api.post(path, json={"email": to, "type": "separated"})
    mails = platform.aws.ses.mailbox.latest(to=to)
    assert [mail["subject"] for mail in mails] == [f"Hello {to}"] * 3


def test_no_test_is_sent_without_a_sender_or_to_a_suppressed_address(owner, workflow_id):
    path = f"{actions_of(workflow_id)}/{make_action(owner, workflow_id)}/send-test"
    owner.api.post("/suppressed-emails", json={"email": "gone@example.com"})
    assert refusal(owner.api.post(path, json={"email": "gone@example.com"})) == (
        "address_suppressed",
        ["body", "email"],
    )
    body = {"name": "Bare", "condition": "none", "delay": 0, "type": "email"}
    other = make_workflow(owner)
    bare = owner.api.post(actions_of(other), json=body).json["id"]
    answer = owner.api.post(f"{actions_of(other)}/{bare}/send-test", json={"email": "try@example.com"})
    assert refusal(answer)[0] == "mail_incomplete"
