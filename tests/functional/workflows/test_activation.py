"""Activation: what a workflow must have before contacts enter it, and its end."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import HTML
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_active_workflow, make_workflow, refusal

BARE = {"name": "Bare", "condition": "none", "delay": 0, "type": "email"}


@pytest.fixture
def owner(platform):
    return make_owner()


def activated(owner, workflow_id, **query):
    return owner.api.post(f"/workflows/{workflow_id}/activate", query=query)


def test_an_active_workflow_is_found_by_its_trigger_until_it_is_deactivated(owner):
    from postrider import bootstrap
    from postrider.workflows.model import Trigger

    list_id = make_list(owner)
    workflow_id = make_workflow(owner, list_id=list_id)
    make_action(owner, workflow_id)
    answer = activated(owner, workflow_id).json
    assert (answer["id"], answer["object"], answer["activated"]) == (workflow_id, "workflow", True)
    (found,) = bootstrap.workflows().active_of_list(owner.account_id, list_id, Trigger.SUBSCRIBED)
    assert (str(found.id), found.activation) == (workflow_id, 1)
    data = owner.api.get(f"/workflows/{workflow_id}").json["data"]
    assert data["status"] == "active"
    assert data["activated_on"] == data["updated_on"]
    assert refusal(activated(owner, workflow_id)) == ("workflow_active", ["path", "workflow_id"])

    stopped = owner.api.post(f"/workflows/{workflow_id}/deactivate").json
    assert stopped == {"id": workflow_id, "object": "workflow", "deactivated": True}
    assert bootstrap.workflows().active_of_list(owner.account_id, list_id, Trigger.SUBSCRIBED) == []
    answer = owner.api.post(f"/workflows/{workflow_id}/deactivate")
    assert refusal(answer) == ("workflow_inactive", ["path", "workflow_id"])
    assert activated(owner, workflow_id).status == 200
    assert bootstrap.workflows().get(owner.account_id, int(workflow_id)).activation == 2


def test_the_list_must_be_usable(owner):
    workflow_id = make_workflow(owner, list_id=make_list(owner, accept_policy=False))
    make_action(owner, workflow_id)
    place = ["path", "workflow_id", "audience", "list_id"]
    assert refusal(activated(owner, workflow_id)) == ("list_policy_not_accepted", place)


def test_there_must_be_an_action(owner):
    assert refusal(activated(owner, make_workflow(owner)))[0] == "workflow_incomplete"


@pytest.mark.parametrize(
    ("settings", "code", "field"),
    [
        ({"content": {"html": HTML}}, "action_incomplete", ["content", "subject"]),
        ({"content": {"subject": "Hi"}}, "action_incomplete", ["content"]),
        (
            {"content": {"subject": "Hi", "html": "[IF `score` = 1]a[ENDIF]"}},
            "unknown_field",
            ["content", "html"],
        ),
    ],
)
def test_the_action_at_fault_is_named(owner, settings, code, field):
    workflow_id = make_workflow(owner)
    root = make_action(owner, workflow_id)
    settings = {"sender": {"id": make_sender(owner)}, **settings}
    action_id = make_action(owner, workflow_id, parent_id=root, name="Second", email_settings=settings)
    answer = activated(owner, workflow_id)
    assert refusal(answer)[0] == code, answer.text
    assert refusal(answer)[1] == ["path", "workflow_id", "actions", action_id, *field]
    assert answer.json["detail"][0]["msg"].startswith(f"Action {action_id} ('Second'): ")
    assert owner.api.get(f"/workflows/{workflow_id}").json["data"]["status"] == "inactive"


def test_actions_without_a_sender_get_the_sender_of_the_call(owner):
    workflow_id = make_workflow(owner)
    action_id = owner.api.post(f"/workflows/{workflow_id}/actions", json=BARE).json["id"]
    path = f"/workflows/{workflow_id}/actions/{action_id}"
    owner.api.patch(path, json={"email_settings": {"content": {"subject": "Hi", "html": HTML}}})
    assert refusal(activated(owner, workflow_id)) == (
        "action_incomplete",
        ["path", "workflow_id", "actions", action_id, "sender", "id"],
    )
    for email in ("nobody@example.com", ""):
        answer = activated(owner, workflow_id, sender_email=email)
        assert refusal(answer) == ("sender_not_confirmed", ["query", "sender_email"])
    sender_id = make_sender(owner)
    assert activated(owner, workflow_id, sender_email=owner.email.upper()).status == 200
    assert owner.api.get(path).json["data"]["email_settings"]["sender"] == {"id": sender_id, "name": None}
    assert refusal(owner.api.delete(f"/brands/default/senders/{sender_id}"))[0] == "sender_in_use"


def test_a_sender_must_be_confirmed(owner, platform):
    sender = {"name": "New", "email": f"new.{owner.account_id}@example.com"}
    sender_id = owner.api.post("/brands/default/senders", json=sender).json["id"]
    workflow_id = make_workflow(owner)
    settings = {"sender": {"id": sender_id}, "content": {"subject": "Hi", "html": HTML}}
    action_id = make_action(owner, workflow_id, email_settings=settings)
    place = ["path", "workflow_id", "actions", action_id, "sender", "id"]
    assert refusal(activated(owner, workflow_id)) == ("sender_not_confirmed", place)


def test_harmless_problems_are_warnings(owner):
    workflow_id = make_workflow(owner)
    tracking = {"opens": False, "clicks_html": False, "clicks_text": False}
    content = {"subject": "Hi", "html": "<p>[unknown]</p>"}
    settings = {"sender": {"id": make_sender(owner)}, "content": content, "tracking": tracking}
    root = make_action(owner, workflow_id, email_settings=settings)
    for condition in ("opened", "not_clicked"):
        make_action(owner, workflow_id, parent_id=root, condition=condition)
    kinds = [warning["type"] for warning in activated(owner, workflow_id).json["warnings"]]
    assert kinds.count("condition_not_tracked") == 2
    assert {"no_postal_address", "unknown_attribute"} <= set(kinds)


def test_after_an_unsubscription_only_the_first_action_is_mailed(owner):
    workflow_id = make_workflow(owner, trigger="unsubscribed")
    child = make_action(owner, workflow_id, parent_id=make_action(owner, workflow_id))
    (warning,) = [
        warning for warning in activated(owner, workflow_id).json["warnings"] if warning["type"] == "action_unreachable"
    ]
    assert warning["msg"].startswith(f"Action {child} ")


def test_another_account_activates_nothing(owner):
    workflow_id = make_active_workflow(owner)
    stranger = make_owner()
    for act in ("activate", "deactivate"):
        assert refusal(stranger.api.post(f"/workflows/{workflow_id}/{act}"))[0] == "workflow_not_found"
