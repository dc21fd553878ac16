"""Segments over the App API: sets of people, filled over the Track API, and saved filters of the default list."""

from datetime import timedelta

import pytest

from functions.compat.customerio.translate_filters import people_tree
from functions.compat.customerio.translate_identifiers import cio_id_of
from postrider import bootstrap
from postrider.contacts.model import Status
from postrider.kit.errors import Invalid
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.workflows import make_workflow


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def app(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def track(owner):
    return make_client(owner, TRACK)


@pytest.fixture(scope="module")
def list_id(owner):
    return bootstrap.lists().default(owner.account_id).id


@pytest.fixture(scope="module")
def people(owner, list_id):
    """Ada has an address and an id, Bob an address only, Cid an id only."""
    ada, bob = add_contacts(owner, list_id, "ada@example.com", "bob@example.com")
    contacts, account_id = bootstrap.contacts(), owner.account_id
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "plan", "type": "text"})
    contacts.upserts.create(account_id, list_id, email="ada@example.com", external_id="a/1", attributes={"plan": "pro"})
    cid = contacts.upserts.create(account_id, list_id, email=None, external_id="c3", attributes={"plan": "Pro"}).id
    return {"ada": ada, "bob": bob, "cid": cid}


def make_set(app, name, **fields):
    answer = app.post("/v1/segments", {"segment": {"name": name, **fields}})
    assert answer.status == 200, answer.text
    return answer.json["segment"]


def make_filter(owner, list_id, name, query=None):
    body = {"name": name} | ({"query": query} if query else {})
    return int(owner.api.post(f"/lists/{list_id}/segments", json=body).json["id"])


def membership(app, segment_id, **query):
    answer = app.get(f"/v1/segments/{segment_id}/membership", **query)
    assert answer.status == 200, answer.text
    return answer.json


def count(app, segment_id):
    return app.get(f"/v1/segments/{segment_id}/customer_count").json["count"]


def test_a_set_is_made_empty_and_found_again(app):
    made = make_set(app, " Early adopters ", description="Since 2020")
    assert (made["name"], made["description"], made["type"]) == ("Early adopters", "Since 2020", "manual")
    assert (made["state"], made["progress"]) == ("finished", None)
    assert made["deduplicate_id"] == f"{made['id']}:{made['updated_at']}"
    assert app.get(f"/v1/segments/{made['id']}").json == {"segment": made}
    assert made in app.get("/v1/segments").json["segments"]
    assert count(app, made["id"]) == 0
    assert membership(app, made["id"]) == {"segment_id": made["id"], "ids": [], "identifiers": [], "next": ""}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"segment": {}},
        {"segment": {"name": ""}},
        {"segment": {"name": "  "}},
        {"segment": {"name": "x" * 201}},
        {"segment": {"name": "a\nb"}},
        {"segment": {"name": 7}},
        {"segment": {"name": "long", "description": "x" * 2001}},
    ],
)
def test_a_set_needs_a_name(app, body):
    assert app.post("/v1/segments", body).status == 400


def test_a_name_is_unique_in_the_account(app, owner):
    make_set(app, "Twice")
    answer = app.post("/v1/segments", {"segment": {"name": "Twice"}})
    assert (answer.status, answer.json["meta"]["error"]) == (400, "A segment or tag with this name exists.")
    owner.api.post("/tags", json={"tag": "taken"})
    assert app.post("/v1/segments", {"segment": {"name": "taken"}}).status == 400


def test_people_are_added_and_removed_by_any_identifier(app, track, people):
    segment_id = make_set(app, "By identifier")["id"]
    path = f"/api/v1/segments/{segment_id}"
    assert track.post(f"{path}/add_customers", {"ids": ["a/1", "c3", "nobody", "x" * 320]}).json == {}
    assert (
        track.post(
            f"{path}/add_customers",
            {"ids": ["BOB@example.com", "?", ""]},
            query={"id_type": "email"},
        ).json
        == {}
    )
    assert count(app, segment_id) == 3
    page = membership(app, segment_id)
    assert page["ids"] == ["a/1", "", "c3"]
    assert page["identifiers"] == [
        {"id": "a/1", "email": "ada@example.com", "cio_id": cio_id_of(people["ada"])},
        {"id": None, "email": "bob@example.com", "cio_id": cio_id_of(people["bob"])},
        {"id": "c3", "email": None, "cio_id": cio_id_of(people["cid"])},
    ]
    gone = {"ids": [cio_id_of(people["ada"]), "cio_x", ""]}
    assert track.post(f"{path}/remove_customers", gone, query={"id_type": "cio_id"}).json == {}
    assert track.post(f"{path}/remove_customers", {"ids": []}).json == {}
    assert membership(app, segment_id)["ids"] == ["", "c3"]
    assert count(app, segment_id) == 2


def test_members_are_paged_to_the_end(app, track, people):
    segment_id = make_set(app, "Paged")["id"]
    track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": ["a/1", "c3"]})
    first = membership(app, segment_id, limit=1)
    assert (first["ids"], bool(first["next"])) == (["a/1"], True)
    last = membership(app, segment_id, limit=1, start=first["next"])
    assert (last["ids"], last["next"]) == (["c3"], "")
    assert membership(app, segment_id, limit=10**6)["ids"] == ["a/1", "c3"], "clamped"
    other = make_set(app, "Other")["id"]
    assert app.get(f"/v1/segments/{other}/membership", start=first["next"]).status == 400


def test_a_page_is_smaller_where_identifiers_are_long(app, track, people, monkeypatch):
    segment_id = make_set(app, "Long identifiers")["id"]
    track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": ["a/1", "c3"]})
    monkeypatch.setattr("functions.compat.customerio.routes_segments.MAX_IDENTIFIER_BYTES", 150)
    first = membership(app, segment_id)
    assert (first["ids"], membership(app, segment_id, start=first["next"])["ids"]) == (["a/1"], ["c3"])


def test_a_filter_is_a_segment_whose_members_follow_from_it(app, track, owner, list_id, people, platform):
    segment_id = make_filter(owner, list_id, "Pros", '`plan` = "pro"')
    shown = app.get(f"/v1/segments/{segment_id}").json["segment"]
    assert (shown["type"], shown["name"]) == ("dynamic", "Pros")
    assert membership(app, segment_id)["ids"] == ["a/1", "c3"], "people without an address, too"
    assert count(app, segment_id) == 2
    bootstrap.contacts().upserts.patch(owner.account_id, list_id, people["ada"], attributes={"plan": "free"})
    assert count(app, segment_id) == 2, "kept for a minute"
    platform.clock.move(timedelta(seconds=61))
    assert count(app, segment_id) == 1
    bootstrap.contacts().upserts.patch(owner.account_id, list_id, people["ada"], attributes={"plan": "pro"})
    for word in ("add", "remove"):
        assert track.post(f"/api/v1/segments/{segment_id}/{word}_customers", {"ids": ["a/1"]}).status == 400
    everybody = make_filter(owner, list_id, "Everybody")
    assert count(app, everybody) == len(membership(app, everybody)["ids"]) == 3


def test_a_tag_is_no_segment(app, owner):
    owner.api.post("/tags", json={"tag": "plain"})
    tag = bootstrap.groups().by_name(owner.account_id, "plain").id
    for path in ("", "/customer_count", "/membership", "/used_by"):
        assert app.get(f"/v1/segments/{tag}{path}").status == 404
    assert app.delete(f"/v1/segments/{tag}").status == 404


def test_a_set_is_deleted_and_a_filter_is_not(app, track, owner, list_id, people):
    segment_id = make_set(app, "Short-lived")["id"]
    track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": ["a/1"]})
    answer = app.delete(f"/v1/segments/{segment_id}")
    assert (answer.status, answer.text) == (204, "")
    assert app.delete(f"/v1/segments/{segment_id}").status == 404
    assert track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": ["a/1"]}).status == 404
    filter_id = make_filter(owner, list_id, "Kept")
    assert app.delete(f"/v1/segments/{filter_id}").status == 400
    assert app.get(f"/v1/segments/{filter_id}").status == 200


def test_a_set_that_a_filter_names_is_not_deleted(app, owner, list_id):
    segment_id = make_set(app, "Named")["id"]
    make_filter(owner, list_id, "Naming", 'TAG IS "Named"')
    assert app.delete(f"/v1/segments/{segment_id}").status == 400
    assert app.get(f"/v1/segments/{segment_id}").status == 200


def test_uses_of_a_segment_are_listed(app, owner, list_id):
    set_id = make_set(app, "Used")["id"]
    filter_id = make_filter(owner, list_id, "Using", 'TAG IS "Used"')
    audience = {"list_id": list_id, "segment_id": filter_id}
    campaign_id, workflow_id = make_campaign(owner, audience=audience), make_workflow(owner, audience=audience)
    expected = {"campaigns": [int(workflow_id)], "sent_newsletters": [], "draft_newsletters": [campaign_id]}
    for segment_id in (set_id, filter_id):
        answer = app.get(f"/v1/segments/{segment_id}/used_by").json
        assert answer == {"segment_id": segment_id, "used_by": expected}


def test_a_filter_of_people_names_segments_of_both_kinds(app, track, owner, list_id, people):
    set_id = make_set(app, "In a filter")["id"]
    track.post(f"/api/v1/segments/{set_id}/add_customers", {"ids": ["a/1"]})
    filter_id = make_filter(owner, list_id, "Of pros", '`plan` = "pro"')
    everybody = make_filter(owner, list_id, "Of all")

    def chosen(form):
        tree = people_tree(owner.account_id, form)
        matching = bootstrap.filter_evaluator().compiled(owner.account_id, list_id, tree)
        return [key for key, id_ in people.items() if matching.accepts(contacts[id_])]

    contacts = bootstrap.contacts().many(owner.account_id, list_id, people.values())
    assert contacts[people["cid"]].status == Status.UNADDRESSED
    assert chosen({"segment": {"id": set_id}}) == ["ada"]
    assert chosen({"segment": {"id": filter_id}}) == ["ada", "cid"]
    assert chosen({"not": {"segment": {"id": str(everybody)}}}) == []
    with pytest.raises(Invalid, match="Unknown segment 0"):
        chosen({"not": {"segment": {"id": 0}}})
    assert chosen({"or": [{"segment": {"id": -1}}, {"segment": {"id": 10**30}}, {"segment": {"id": list_id}}]}) == []
    assert chosen({"attribute": {"field": "plan", "operator": "eq", "value": "pro"}}) == ["ada"], "to the letter"
    assert chosen({"attribute": {"field": "plan", "operator": "exists"}}) == ["ada", "cid"]
    assert chosen({"attribute": {"field": "never seen", "operator": "exists"}}) == []
    assert chosen({"attribute": {"field": "never seen", "operator": "eq", "value": ""}}) == ["ada", "bob", "cid"]
    assert chosen({"attribute": {"field": "id", "operator": "exists"}}) == ["ada", "cid"]
    assert chosen({"attribute": {"field": "email", "operator": "eq", "value": "ADA@example.com"}}) == ["ada"]
    assert chosen({"not": {"attribute": {"field": "email", "operator": "exists"}}}) == ["cid"]


@pytest.mark.parametrize("ids", [["a"] * 1001, "a", None, [1], [None], ["x" * 321]])
def test_a_change_of_members_is_a_list_of_at_most_a_thousand_texts(app, track, people, ids):
    segment_id = make_set(app, f"Bad {ids!r}"[:40] + str(len(str(ids))))["id"]
    assert track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": ids}).status == 400
    assert track.post(f"/api/v1/segments/{segment_id}/add_customers", {"ids": []}, query={"id_type": "x"}).status == 400
