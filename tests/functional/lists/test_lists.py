"""Lists: made, found, changed, archived, deleted."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import make_form
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Api


@pytest.fixture
def owner(platform):
    return make_owner()


def test_a_new_list_is_active_and_its_policy_not_accepted(owner):
    sender_id = make_sender(owner)
    answer = owner.api.post("/lists", json={"name": "News", "default_sender": {"id": sender_id}, "language": "fr"})
    assert answer.status == 201
    assert "object" not in answer.json
    data = answer.json["data"]
    assert (data["name"], data["status"], data["policy_accepted"], data["language"]) == ("News", "active", False, "fr")
    assert data["default_sender"] == {"name": "Owner", "email": owner.email}
    assert owner.api.get(f"/lists/{answer.json['id']}").json["data"] == data


def test_a_list_without_a_language_has_that_of_the_document(owner):
    body = {"name": "News", "default_sender": {"id": make_sender(owner)}}
    assert owner.api.post("/lists", json=body).json["data"]["language"] == "en_US"


def test_the_default_sender_must_be_a_confirmed_sender_of_the_account(owner):
    unconfirmed = owner.api.post("/brands/default/senders", json={"name": "N", "email": "new@example.com"}).json["id"]
    foreign = make_sender(make_owner())
    for sender_id in (unconfirmed, foreign, "none"):
        answer = owner.api.post("/lists", json={"name": "News", "default_sender": {"id": sender_id}})
        assert answer.status == 400
        assert answer.json["detail"][0]["loc"] == ["body", "default_sender", "id"]


def test_a_change_sets_what_is_given_and_leaves_the_rest(owner):
    list_id = make_list(owner, redirections={"after_opt_in": "https://example.com/in"})
    answer = owner.api.patch(
        f"/lists/{list_id}", json={"name": "Other", "redirections": {"after_opt_out": "https://example.com/out"}}
    )
    data = answer.json["data"]
    assert (answer.status, data["name"]) == (200, "Other")
    assert data["redirections"] == {
        "after_opt_in": "https://example.com/in",
        "after_double_opt_in": None,
        "after_opt_out": "https://example.com/out",
    }


def test_a_list_is_archived_and_taken_out_again_and_neither_twice(owner):
    list_id = make_list(owner)
    assert owner.api.post(f"/lists/{list_id}/unarchive").status == 400
    answer = owner.api.post(f"/lists/{list_id}/archive")
    assert answer.json == {"id": list_id, "object": "list", "archived": True}
    assert owner.api.post(f"/lists/{list_id}/archive").status == 400
    assert owner.api.get(f"/lists/{list_id}").json["data"]["status"] == "archived"
    assert owner.api.post(f"/lists/{list_id}/unarchive").json["archived"] is False


def test_a_deleted_list_is_gone_with_its_contacts(owner, platform):
    list_id = make_list(owner)
    for number in range(3):
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": f"p{number}@example.com"})
    assert owner.api.delete(f"/lists/{list_id}").json == {"id": list_id, "object": "list", "deleted": True}
    assert owner.api.get(f"/lists/{list_id}").status == 400
    assert owner.api.get(f"/lists/{list_id}/contacts").status == 400
    assert owner.api.get("/lists").json["data"] == []
    platform.drain()
    from postrider import bootstrap

    assert all(
        not bootstrap.contacts().block_contacts(owner.account_id, list_id, block)
        for block in bootstrap.contacts().blocks_of(owner.account_id, list_id)
    )


def test_lists_are_filtered_sorted_counted_and_paged(owner):
    for name in ("b", "C", "a"):
        make_list(owner, name=name)
    names = [contact_list["name"] for contact_list in owner.api.get("/lists", query={"sort": "-name"}).json["data"]]
    assert names == ["C", "b", "a"]
    answer = owner.api.get("/lists", query={"page": 2, "per_page": 2, "with_count": "True"}).json
    assert answer["pagination"] == {"count": 3, "page": 2, "per_page": 2}
    assert [contact_list["name"] for contact_list in answer["data"]] == ["a"]
    found = owner.api.get("/lists", query={"filter": "name==c;status==active"}).json
    assert [contact_list["name"] for contact_list in found["data"]] == ["C"]
    assert found["pagination"]["count"] is None
    assert owner.api.get("/lists", query={"page": 9}).json["data"] == []


@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ({"sort": "id"}, ["query", "sort"]),
        ({"filter": "language==en"}, ["query", "filter"]),
        ({"filter": "name"}, ["query", "filter"]),
    ],
)
def test_a_wrong_question_says_where(owner, query, loc):
    answer = owner.api.get("/lists", query=query)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, loc)


def test_a_page_has_at_most_1000_items(owner):
    answer = owner.api.get("/lists", query={"per_page": 1001})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["query", "per_page"])


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"default_sender": {"id": "x"}}, ["body", "name"]),
        ({"name": "", "default_sender": {"id": "x"}}, ["body", "name"]),
        ({"name": 5, "default_sender": {"id": "x"}}, ["body", "name"]),
        ({"name": "x", "default_sender": {"id": "x"}, "language": "klingon"}, ["body", "language"]),
        ({"name": "x", "default_sender": {"id": "x"}, "webhook": {"url": "ftp://x"}}, ["body", "webhook", "url"]),
    ],
)
def test_a_body_that_does_not_fit_is_422_and_says_where(owner, body, loc):
    answer = owner.api.post("/lists", json=body)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, loc), answer.text


def test_a_body_that_is_no_json_is_422(owner):
    answer = owner.api.call("POST", "/lists", body="{", headers={"Content-Type": "application/json"})
    assert answer.status == 422


def test_an_unknown_property_is_ignored_and_protected_ones_cannot_be_set(owner):
    sender_id = make_sender(owner)
    body = {
        "name": "x",
        "default_sender": {"id": sender_id},
        "account_id": "1",
        "status": "archived",
        "policy_accepted": True,
        "id": 7,
    }
    data = owner.api.post("/lists", json=body).json["data"]
    assert (data["status"], data["policy_accepted"], data["id"] != 7) == ("active", False, True)


def test_an_idempotency_key_gives_the_first_answer_again(owner):
    body = {"name": "Once", "default_sender": {"id": make_sender(owner)}}
    answers = [owner.api.post("/lists", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert len(owner.api.get("/lists").json["data"]) == 1
    other = owner.api.post("/lists", json={**body, "name": "Twice"}, headers={"Idempotency-Key": "k1"})
    assert (other.status, other.json["detail"][0]["type"]) == (409, "idempotency_key_reused")
    stranger = make_owner()
    again = stranger.api.post(
        "/lists",
        json={"name": "Once", "default_sender": {"id": make_sender(stranger)}},
        headers={"Idempotency-Key": "k1"},
    )
    assert again.status == 201


def test_the_page_to_subscribe_is_that_of_the_oldest_form_people_can_use(owner, platform):
    list_id = make_list(owner)

    def subscribe():
        pages = owner.api.get(f"/lists/{list_id}").json["data"]["pages"]
        assert pages | {"subscribe": None} == dict.fromkeys(("opt_in", "opt_out", "subscribe", "unsubscribe"))
        return pages["subscribe"]

    assert subscribe() is None
    make_form(owner)
    first = make_form(owner, list_id=list_id)
    platform.clock.move(timedelta(seconds=1))
    second = make_form(owner, list_id=list_id)
    assert subscribe() == owner.api.get(f"/forms/{first}").json["data"]["url"]["linked"]
    assert Api().get(urlsplit(subscribe()).path).status == 200
    owner.api.delete(f"/forms/{first}")
    assert subscribe().endswith(second)
    owner.api.post(f"/lists/{list_id}/archive")
    assert subscribe() is None


def test_null_clears_the_webhook_and_the_redirections(owner):
    list_id = make_list(owner)
    path = f"/lists/{list_id}"
    given = {
        "webhook": {"url": "https://example.com/hook"},
        "redirections": {"after_opt_out": "https://example.org/bye"},
    }
    assert owner.api.patch(path, json=given).status == 200
    assert owner.api.patch(path, json={"webhook": None, "redirections": None}).status == 200
    data = owner.api.get(path).json["data"]
    assert not (data["webhook"] or {}).get("url")
    assert not (data["redirections"] or {}).get("after_opt_out")
