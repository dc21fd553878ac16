"""Forms of an account: made, found, changed, deleted."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.forms import service
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.forms import make_form
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api


@pytest.fixture
def owner(platform):
    return make_owner()


def test_a_new_form_is_active_asks_for_confirmation_and_has_two_addresses(owner):
    list_id = make_list(owner)
    body = {"name": "Shop", "content": {"linked": "<p>Hi</p>"}, "language": "fr", "list_id": list_id}
    answer = owner.api.post("/forms", json=body)
    assert answer.status == 201
    assert (answer.json["object"], answer.json["created"]) == ("form", True)
    data = answer.json["data"]
    assert (data["name"], data["status"], data["language"], data["list_id"]) == ("Shop", "active", "fr", list_id)
    assert data["content"] == {"linked": "<p>Hi</p>", "embedded": None}
    assert data["redirections"] == {"after_opt_in": None, "after_double_opt_in": None, "after_opt_out": None}
    assert data["double_opt_in"] is True
    assert data["url"]["linked"].endswith(f"/subscribe/{data['id']}")
    assert data["url"]["embedded"].endswith(f"/subscribe/{data['id']}/embed")
    assert owner.api.get(f"/forms/{data['id']}").json["data"] == data


def test_a_form_needs_an_accepted_policy_and_an_active_list(owner):
    list_id = make_list(owner, accept_policy=False)
    body = {"name": "x", "content": {}, "language": "en", "list_id": list_id}
    refused = owner.api.post("/forms", json=body)
    assert (refused.status, refused.json["detail"][0]["loc"]) == (400, ["body", "list_id"])
    owner.api.post(f"/lists/{list_id}/accept-policy")
    assert owner.api.post("/forms", json=body).status == 201
    owner.api.post(f"/lists/{list_id}/archive")
    assert owner.api.post("/forms", json=body).status == 400
    foreign = make_list(make_owner())
    assert owner.api.post("/forms", json={**body, "list_id": foreign}).status == 400


def test_a_change_sets_what_is_given_and_leaves_the_rest(owner, platform):
    form_id = make_form(
        owner,
        content={"linked": "<p>a</p>", "embedded": "<p>b</p>"},
        redirections={"after_opt_in": "https://example.com/in", "after_opt_out": "https://example.com/out"},
    )
    before = owner.api.get(f"/forms/{form_id}").json["data"]
    platform.clock.move(timedelta(minutes=1))
    answer = owner.api.patch(
        f"/forms/{form_id}",
        json={
            "name": "Other",
            "content": {"linked": "<p>c</p>"},
            "redirections": {"after_opt_in": None},
            "double_opt_in": False,
        },
    )
    data = answer.json["data"]
    assert (answer.status, answer.json["updated"], data["name"], data["double_opt_in"]) == (200, True, "Other", False)
    assert data["content"] == {"linked": "<p>c</p>", "embedded": "<p>b</p>"}
    assert data["redirections"]["after_opt_in"] is None
    assert data["redirections"]["after_opt_out"] == "https://example.com/out"
    assert (data["created_on"], data["last_updated_on"]) == (before["created_on"], before["last_updated_on"] + 60)
    assert owner.api.get(f"/forms/{form_id}").json["data"] == data
    assert owner.api.patch(f"/forms/{form_id}", json={}).json["data"] == data


def test_a_form_moves_to_another_list_of_the_account_only(owner):
    form_id, target = make_form(owner), make_list(owner)
    assert owner.api.patch(f"/forms/{form_id}", json={"list_id": target}).json["data"]["list_id"] == target
    closed, foreign = make_list(owner, accept_policy=False), make_list(make_owner())
    for list_id in (closed, foreign):
        answer = owner.api.patch(f"/forms/{form_id}", json={"list_id": list_id})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "list_id"])
    assert owner.api.get(f"/forms/{form_id}").json["data"]["list_id"] == target


def test_a_deleted_form_is_gone_and_so_are_its_pages(owner):
    form_id = make_form(owner)
    assert Api().get(f"/subscribe/{form_id}").status == 200
    assert owner.api.delete(f"/forms/{form_id}").json == {"id": form_id, "object": "form", "deleted": True}
    for answer in (
        owner.api.get(f"/forms/{form_id}"),
        owner.api.patch(f"/forms/{form_id}", json={"name": "x"}),
        owner.api.delete(f"/forms/{form_id}"),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "form_not_found")
    assert owner.api.get("/forms").json["data"] == []
    assert Api().get(f"/subscribe/{form_id}").status == 404


def test_the_status_deleted_is_another_way_to_delete_and_no_other_is_known(owner):
    form_id = make_form(owner)
    refused = owner.api.patch(f"/forms/{form_id}", json={"status": "paused"})
    assert (refused.status, refused.json["detail"][0]["loc"]) == (400, ["body", "status"])
    assert owner.api.patch(f"/forms/{form_id}", json={"status": "active"}).status == 200
    answer = owner.api.patch(f"/forms/{form_id}", json={"status": "deleted"})
    assert answer.json["data"]["status"] == "deleted"
    assert owner.api.get(f"/forms/{form_id}").status == 400


def test_forms_of_a_deleted_list_are_gone_at_once_and_then_for_good(owner, platform):
    list_id = make_list(owner)
    form_id, other = make_form(owner, list_id=list_id), make_form(owner)
    owner.api.delete(f"/lists/{list_id}")
    assert owner.api.get(f"/forms/{form_id}").status == 400
    assert [form["id"] for form in owner.api.get("/forms").json["data"]] == [other]
    assert Api().get(f"/subscribe/{form_id}").status == 404
    platform.drain()
    assert bootstrap.forms().find(owner.account_id, form_id) is None


def test_forms_are_sorted_counted_and_paged(owner, platform):
    for name, language in (("b", "fr"), ("C", "de"), ("a", "en")):
        make_form(owner, name=name, language=language)
        platform.clock.move(timedelta(seconds=1))

    def names(**query):
        return [form["name"] for form in owner.api.get("/forms", query=query).json["data"]]

    assert names() == ["b", "C", "a"]
    assert names(sort="-name") == ["C", "b", "a"]
    assert names(sort="+language") == ["C", "a", "b"]
    for term in ("created_on", "last_updated_on", "list_id", "status"):
        assert names(sort=term) == ["b", "C", "a"]
    answer = owner.api.get("/forms", query={"page": 2, "per_page": 2, "with_count": "true", "sort": "name"}).json
    assert answer["pagination"] == {"count": 3, "page": 2, "per_page": 2}
    assert [form["name"] for form in answer["data"]] == ["C"]
    assert names(page=9) == []
    wrong = owner.api.get("/forms", query={"sort": "id"})
    assert (wrong.status, wrong.json["detail"][0]["loc"]) == (400, ["query", "sort"])


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": ""}, ["body", "name"]),
        ({"name": None}, ["body", "name"]),
        ({"content": "<p>"}, ["body", "content"]),
        ({"content": {"linked": ""}}, ["body", "content", "linked"]),
        ({"language": "klingon"}, ["body", "language"]),
        ({"list_id": 0}, ["body", "list_id"]),
        ({"status": "paused"}, ["body", "status"]),
        ({"redirections": {"after_opt_in": "javascript:alert(1)"}}, ["body", "redirections", "after_opt_in"]),
    ],
)
def test_a_body_that_does_not_fit_is_422_and_says_where(owner, change, loc):
    body = {"name": "x", "content": {}, "language": "en", "list_id": 1, **change}
    answer = owner.api.post("/forms", json=body)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, loc), answer.text


def test_content_and_number_of_forms_are_bounded(owner, monkeypatch):
    """A listing answers with all of it, and Lambda with 6 MB at most."""
    list_id = make_list(owner)
    body = {"name": "x", "language": "en", "list_id": list_id, "content": {"linked": "x" * 24 * 1024 + "x"}}
    answer = owner.api.post("/forms", json=body)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "content", "linked"])
    monkeypatch.setattr(service, "MAX_FORMS", 1)
    make_form(owner, list_id=list_id)
    second = owner.api.post("/forms", json={**body, "content": {}})
    assert (second.status, second.json["detail"][0]["type"]) == (400, "too_many_forms")


def test_another_account_sees_and_changes_nothing(owner):
    form_id, stranger = make_form(owner), make_owner()
    for answer in (
        stranger.api.get(f"/forms/{form_id}"),
        stranger.api.patch(f"/forms/{form_id}", json={"name": "mine"}),
        stranger.api.delete(f"/forms/{form_id}"),
    ):
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, "form_not_found")
    assert stranger.api.get("/forms").json["data"] == []
    assert owner.api.get(f"/forms/{form_id}").json["data"]["name"] == "Website"


def test_an_unknown_form_is_400_and_a_stranger_is_401(owner):
    assert owner.api.get(f"/forms/{'0' * 20}").json["detail"][0]["type"] == "form_not_found"
    for method, path in (("GET", "/forms"), ("POST", "/forms"), ("GET", "/forms/x"), ("DELETE", "/forms/x")):
        assert Api().call(method, path).status == 401


def test_a_token_without_the_right_is_403(owner):
    form = {"username": owner.email, "password": PASSWORD, "scopes": "forms:read"}
    reader = Api(Api().post("/token", form=form).json["access_token"])
    form_id = make_form(owner)
    assert reader.get(f"/forms/{form_id}").status == 200
    assert reader.patch(f"/forms/{form_id}", json={"name": "x"}).status == 403
    assert reader.delete(f"/forms/{form_id}").status == 403
