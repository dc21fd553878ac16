"""Workflow blueprints: finished workflows that anybody may read and copy."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_workflow, refusal
from tests.testing.harness import Api

pytestmark = pytest.mark.usefixtures("platform")
ROWS = Api().get("/workflow-blueprints").json["data"]
IDS = [row["id"] for row in ROWS]


def actions_of(blueprint_id):
    return Api().get(f"/workflow-blueprints/{blueprint_id}/actions", query={"with_count": "true"}).json


def test_the_stock_is_read_without_a_token():
    assert [row["name"] for row in ROWS] == ["Welcome series", "Re-engagement", "Anniversary", "Post-purchase"]
    assert len(actions_of("1")["data"]) == actions_of("1")["pagination"]["count"] == 3
    listed = Api().get("/workflow-blueprints", query={"sort": "-name", "per_page": 2, "with_count": "1"}).json
    assert [row["name"] for row in listed["data"]] == ["Welcome series", "Re-engagement"]
    assert listed["pagination"]["count"] == len(IDS)
    assert Api().get("/workflow-blueprints/1").json["data"] == ROWS[0]


@pytest.mark.parametrize("blueprint_id", IDS)
def test_every_blueprint_makes_a_workflow_that_lacks_nothing(blueprint_id):
    """The tree of the blueprint is copied, and each of its mails is rendered and can be sent."""
    owner = make_owner()
    sender = {"id": make_sender(owner), "name": "The team"}
    body = {
        "audience": {"list_id": make_list(owner)},
        "blueprint": {"id": blueprint_id, "email_settings": {"sender": sender}},
    }
    created = owner.api.post("/workflows", json=body).json["data"]
    blueprint = Api().get(f"/workflow-blueprints/{blueprint_id}").json["data"]
    for name in ("name", "goal", "description", "trigger"):
        assert created[name] == blueprint[name]
    path = f"/workflows/{created['id']}/actions"
    copies, originals = owner.api.get(path).json["data"], actions_of(blueprint_id)["data"]
    ids = {original["id"]: copy["id"] for original, copy in zip(originals, copies, strict=True)}
    for original, copy in zip(originals, copies, strict=True):
        for name in ("name", "condition", "delay", "type"):
            assert copy[name] == original[name]
        assert copy["parent_id"] == ids.get(original["parent_id"])
        settings = owner.api.get(f"{path}/{copy['id']}").json["data"]["email_settings"]
        source = Api().get(f"/workflow-blueprints/{blueprint_id}/actions/{original['id']}").json["data"]
        assert settings["content"] == source["email_settings"]["content"]
        assert settings["sender"] == sender
        html = owner.api.get(f"{path}/{copy['id']}/render").text
        body_text = html.partition("<body")[2].replace("<!--[if", "").replace("<![endif]", "")
        assert "Unsubscribe" in body_text or "unsubscribe" in body_text
        assert "[" not in body_text
        assert "$" not in body_text
    assert owner.api.post(f"/workflows/{created['id']}/activate").status == 200


def test_members_of_the_body_override_the_blueprint():
    owner = make_owner()
    body = {"name": "Own", "trigger": "manual", "audience": {"list_id": make_list(owner)}, "blueprint": {"id": "1"}}
    data = owner.api.post("/workflows", json=body).json["data"]
    assert (data["name"], data["trigger"], data["goal"]) == ("Own", "manual", ROWS[0]["goal"])
    action = owner.api.get(f"/workflows/{data['id']}/actions").json["data"][0]
    settings = owner.api.get(f"/workflows/{data['id']}/actions/{action['id']}").json["data"]["email_settings"]
    assert settings["sender"] is None


def test_a_blueprint_is_copied_later_into_a_workflow_without_actions():
    owner = make_owner()
    workflow_id = make_workflow(owner, name="Own")
    path = f"/workflows/{workflow_id}"
    assert owner.api.patch(path, json={"blueprint": {"id": "3"}}).json["data"]["name"] == "Own"
    assert len(owner.api.get(f"{path}/actions").json["data"]) == 2
    answer = owner.api.patch(path, json={"blueprint": {"id": "1"}})
    assert refusal(answer) == ("workflow_has_actions", ["body", "blueprint", "id"])
    other = make_workflow(owner)
    make_action(owner, other)
    assert refusal(owner.api.patch(f"/workflows/{other}", json={"blueprint": {"id": "1"}}))[0] == "workflow_has_actions"


def test_an_unknown_blueprint_or_sender_is_refused():
    for path in ("/workflow-blueprints/99", "/workflow-blueprints/x/actions", "/workflow-blueprints/0/actions/1"):
        assert refusal(Api().get(path)) == ("blueprint_not_found", ["path", "blueprint_id"])
    assert refusal(Api().get("/workflow-blueprints/1/actions/4")) == ("action_not_found", ["path", "action_id"])
    owner = make_owner()
    audience = {"list_id": make_list(owner)}
    answer = owner.api.post("/workflows", json={"audience": audience, "blueprint": {"id": "99"}})
    assert refusal(answer) == ("blueprint_not_found", ["body", "blueprint", "id"])
    stranger = {"sender": {"id": make_sender(make_owner())}}
    answer = owner.api.post(
        "/workflows", json={"audience": audience, "blueprint": {"id": "1", "email_settings": stranger}}
    )
    assert refusal(answer)[1] == ["body", "blueprint", "email_settings", "sender", "id"]
    assert owner.api.get("/workflows").json["data"] == []
