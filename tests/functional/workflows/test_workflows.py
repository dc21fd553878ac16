"""Workflows: their settings, their list, who may change them and what they keep from being deleted."""

from datetime import timedelta

import pytest

from postrider.kit.errors import NotFound
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import action_body, make_action, make_active_workflow, make_workflow, refusal

KEY, OTHER = "editor-one", "editor-two"


@pytest.fixture
def owner(platform):
    return make_owner()


def test_only_a_list_is_needed(owner):
    list_id = make_list(owner)
    data = owner.api.post("/workflows", json={"audience": {"list_id": list_id}}).json["data"]
    assert data["status"] == "inactive"
    assert data["trigger"] == "subscribed"
    assert data["audience"] == {"list_id": list_id, "segment_id": None}
    assert (data["name"], data["goal"], data["description"], data["activated_on"]) == (None, None, None, None)
    assert owner.api.get(f"/workflows/{data['id']}").json["data"] == data


def test_only_given_members_are_changed(owner):
    workflow_id = make_workflow(owner, name="A", goal="G", description="D", trigger="manual")
    changed = owner.api.patch(f"/workflows/{workflow_id}", json={"goal": None, "name": "B"}).json
    assert changed["patched"]
    data = changed["data"]
    assert (data["name"], data["goal"], data["description"], data["trigger"]) == ("B", None, "D", "manual")
    other = make_list(owner)
    data = owner.api.patch(f"/workflows/{workflow_id}", json={"audience": {"list_id": other}}).json["data"]
    assert data["audience"] == {"list_id": other, "segment_id": None}


def test_list_and_segment_belong_to_the_account(owner):
    list_id, strange = make_list(owner), make_list(make_owner())
    other = make_list(owner)
    segment = owner.api.post(f"/lists/{other}/segments", json={"name": "S", "query": '`email` = "x"'}).json["id"]
    for audience, place in (
        ({"list_id": strange}, "list_id"),
        ({"list_id": 0}, "list_id"),
        ({"list_id": list_id, "segment_id": segment}, "segment_id"),
    ):
        answer = owner.api.post("/workflows", json={"audience": audience})
        assert refusal(answer)[1] == ["body", "audience", place]
    workflow_id = make_workflow(owner, list_id=other)
    audience = {"list_id": other, "segment_id": segment}
    assert (
        owner.api.patch(f"/workflows/{workflow_id}", json={"audience": audience}).json["data"]["audience"] == audience
    )


def test_the_listing_is_sorted_and_paged(owner):
    ids = [make_workflow(owner, name=name) for name in ("b", "C", "a")]
    listed = owner.api.get("/workflows", query={"with_count": "true", "per_page": 2}).json
    assert [row["id"] for row in listed["data"]] == ids[:2]
    assert listed["pagination"]["count"] == 3
    assert [row["id"] for row in owner.api.get("/workflows", query={"per_page": 2, "page": 2}).json["data"]] == ids[2:]
    assert [row["name"] for row in owner.api.get("/workflows", query={"sort": "-name"}).json["data"]] == ["C", "b", "a"]
    assert refusal(owner.api.get("/workflows", query={"sort": "trigger"})) == ("bad_sort", ["query", "sort"])


@pytest.mark.parametrize("workflow_id", ["0", "007", "x", "1.5", "-1", "9" * 30, "٣"])
def test_an_invalid_id_is_unknown(owner, workflow_id):
    for answer in (
        owner.api.get(f"/workflows/{workflow_id}"),
        owner.api.get(f"/workflows/{workflow_id}/actions"),
        owner.api.post(f"/workflows/{workflow_id}/activate"),
    ):
        assert refusal(answer) == ("workflow_not_found", ["path", "workflow_id"])


def test_a_deleted_workflow_is_gone_with_its_actions(owner):
    from postrider import bootstrap

    workflow_id = make_workflow(owner)
    action_id = make_action(owner, workflow_id)
    action = bootstrap.workflows().action_by_id(owner.account_id, int(action_id))
    content = {"email_settings": {"content": {"subject": "Second"}}}
    owner.api.patch(f"/workflows/{workflow_id}/actions/{action_id}", json=content)
    deleted = owner.api.delete(f"/workflows/{workflow_id}").json
    assert (deleted["id"], deleted["deleted"], deleted["data"]["name"]) == (workflow_id, True, "Greeting")
    assert refusal(owner.api.get(f"/workflows/{workflow_id}"))[0] == "workflow_not_found"
    assert bootstrap.workflows().actions(owner.account_id, int(workflow_id)) == []
    assert refusal(owner.api.get(f"/workflows/{workflow_id}/actions/{action_id}"))[0] == "workflow_not_found"
    for revision in (1, 2):
        with pytest.raises(NotFound):
            bootstrap.workflow_repository().content(action, revision)


def test_an_account_has_a_quota_of_workflows(owner, monkeypatch):
    monkeypatch.setattr("postrider.workflows.rules.MAX_WORKFLOWS", 2)
    list_id = make_list(owner)
    for _ in range(2):
        make_workflow(owner, list_id=list_id)
    answer = owner.api.post("/workflows", json={"audience": {"list_id": list_id}})
    assert refusal(answer)[0] == "too_many_workflows"
    assert len(owner.api.get("/workflows").json["data"]) == 2


# Locks


def test_while_a_workflow_is_locked_changes_need_the_key(owner):
    workflow_id = make_workflow(owner)
    action_id = make_action(owner, workflow_id)
    path, action = f"/workflows/{workflow_id}", f"/workflows/{workflow_id}/actions/{action_id}"
    locked = owner.api.post(f"{path}/lock", json={"key": KEY}).json
    assert locked == {"object": "workflow", "locked": True, "expires_in": 300}
    writes = (
        ("PATCH", path, {"json": {"name": "x"}}),
        ("POST", f"{path}/actions", {"json": action_body(owner, parent_id=action_id)}),
        ("PATCH", action, {"json": {"name": "x"}}),
        ("DELETE", action, {}),
        ("POST", f"{path}/activate", {}),
        ("POST", f"{path}/deactivate", {}),
        ("DELETE", path, {}),
    )
    for method, at, options in writes:
        for query in ({}, {"lock_key": OTHER}):
            answer = owner.api.call(method, at, query=query, **options)
            assert refusal(answer) == ("workflow_locked", ["query", "lock_key"]), (method, at)
    for method, at, options in writes:
        if not at.endswith("deactivate"):
            answer = owner.api.call(method, at, query={"lock_key": KEY}, **options)
            assert answer.json["detail"][0]["type"] != "workflow_locked" if answer.status == 400 else True, answer.text


def test_readers_need_no_key_but_a_wrong_key_is_refused(owner):
    workflow_id = make_workflow(owner)
    path = f"/workflows/{workflow_id}"
    action = f"{path}/actions/{make_action(owner, workflow_id)}"
    assert owner.api.get(path, query={"lock_key": OTHER}).status == 200, "it is not locked"
    owner.api.post(f"{path}/lock", json={"key": KEY})
    for at in (path, action, f"{action}/render", f"{path}/diagram"):
        assert owner.api.get(at).status == 200
        assert owner.api.get(at, query={"lock_key": KEY}).status == 200
        assert refusal(owner.api.get(at, query={"lock_key": OTHER}))[0] == "workflow_locked"


def test_a_lock_is_extended_by_its_key_and_expires(owner, platform):
    workflow_id = make_workflow(owner)
    path = f"/workflows/{workflow_id}"
    owner.api.post(f"{path}/lock", json={"key": KEY})
    assert refusal(owner.api.post(f"{path}/lock", json={"key": OTHER})) == ("workflow_locked", ["body", "key"])
    platform.clock.move(timedelta(seconds=200))
    assert owner.api.post(f"{path}/lock", json={"key": KEY}).json["expires_in"] == 300
    platform.clock.move(timedelta(seconds=299))
    assert owner.api.patch(path, json={"name": "x"}).status == 400
    platform.clock.move(timedelta(seconds=1))
    assert owner.api.patch(path, json={"name": "x"}).status == 200
    assert owner.api.post(f"{path}/lock", json={"key": OTHER}).status == 200


def test_a_lock_is_removed_by_its_key_alone(owner):
    workflow_id = make_workflow(owner)
    path = f"/workflows/{workflow_id}"
    unlocked = {"object": "workflow", "locked": False, "expires_in": 0}
    assert owner.api.post(f"{path}/unlock", json={"key": KEY}).json == unlocked, "it is not locked"
    owner.api.post(f"{path}/lock", json={"key": KEY})
    assert refusal(owner.api.post(f"{path}/unlock", json={"key": OTHER}))[0] == "workflow_locked"
    assert owner.api.post(f"{path}/unlock", json={"key": KEY}).json == unlocked
    assert owner.api.patch(path, json={"name": "x"}).status == 200


def test_no_key_of_a_lock_is_stored(owner):
    from tests.testing.snapshot import items_of_account

    workflow_id = make_workflow(owner)
    owner.api.post(f"/workflows/{workflow_id}/lock", json={"key": "a-very-special-key"})
    assert "a-very-special-key" not in str(items_of_account(owner.account_id))


@pytest.mark.parametrize("key", ["short", "with space 1", "x" * 300])
def test_a_key_has_a_form(owner, key):
    workflow_id = make_workflow(owner)
    assert owner.api.post(f"/workflows/{workflow_id}/lock", json={"key": key}).status == 422


# Others that an active workflow needs


def test_objects_of_an_active_workflow_cannot_be_deleted(owner, platform):
    list_id = make_list(owner)
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json={"name": "S", "query": '`email` = "x"'}).json["id"]
    audience = {"list_id": list_id, "segment_id": segment_id}
    workflow_id = make_active_workflow(owner, audience=audience)
    assert refusal(owner.api.delete(f"/lists/{list_id}")) == ("list_in_use", ["path", "list_id"])
    assert refusal(owner.api.post(f"/lists/{list_id}/archive")) == ("list_in_use", ["path", "list_id"])
    assert refusal(owner.api.delete(f"/lists/{list_id}/segments/{segment_id}"))[0] == "segment_in_use"
    assert owner.api.post(f"/workflows/{workflow_id}/deactivate").json["deactivated"]
    assert owner.api.delete(f"/lists/{list_id}/segments/{segment_id}").status == 200
    reason = owner.api.post(f"/workflows/{workflow_id}/activate")
    assert refusal(reason)[1] == ["path", "workflow_id", "audience", "segment_id"]
    assert owner.api.delete(f"/lists/{list_id}").status == 200


def test_the_sender_of_an_active_workflow_cannot_be_deleted(owner):
    list_id = make_list(owner)
    workflow_id = make_active_workflow(owner, list_id=list_id)
    sender_id = make_sender(owner)
    owner.api.delete(f"/lists/{list_id}")
    assert refusal(owner.api.delete(f"/brands/default/senders/{sender_id}"))[0] == "sender_in_use"
    from postrider import bootstrap

    assert bootstrap.workflows().active_with_sender(owner.account_id, sender_id).id == int(workflow_id)
