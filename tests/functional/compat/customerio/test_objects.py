"""Objects over the App API, as clients find them that were written over the Track API."""

import pytest

from postrider import bootstrap
from postrider.objects.relations import RelationChange
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def app(owner):
    return make_client(owner)


@pytest.fixture(scope="module", autouse=True)
def companies(owner):
    """Six companies of type 1, and a course of type 2 with people."""
    objects = bootstrap.data_objects()
    account_id = owner.account_id
    for number in range(6):
        attributes = {"name": f"Company {number}", "plan": "pro" if number % 2 else "free", "seats": number}
        objects.put(account_id, 1, f"company {number}", attributes)
    objects.put(account_id, 1, "acme corp/1", {"name": "Acme", "active": True})
    objects.put(account_id, 2, "course", {"name": "Python"})


def found(app, condition, type_id="1", **query):
    answer = app.post("/v1/objects", {"object_type_id": type_id, "filter": condition}, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def attribute(field, value=None, type_id="1"):
    operator = {"operator": "exists"} if value is None else {"operator": "eq", "value": value}
    return {"object_attribute": {"field": field, "type_id": type_id, **operator}}


def test_types_are_listed_with_their_numbers_as_texts(app):
    assert [kind["id"] for kind in app.get("/v1/object_types").json["types"]] == ["1", "2"]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (attribute("plan", "pro"), ["company 1", "company 3", "company 5"]),
        ({"and": [attribute("plan", "pro"), {"not": attribute("seats", 3)}]}, ["company 1", "company 5"]),
        ({"or": [attribute("seats", "0"), attribute("active", "true")]}, ["acme corp/1", "company 0"]),
        ({"and": [{"or": [attribute("active"), attribute("seats", 2)]}]}, ["acme corp/1", "company 2"]),
        (attribute("nothing"), []),
    ],
)
def test_objects_are_found_by_their_attributes_which_compare_as_texts(app, condition, ids):
    page = found(app, condition)
    assert (sorted(page["ids"]), page["next"]) == (ids, "")
    assert [entry["object_id"] for entry in page["identifiers"]] == page["ids"]


def test_a_page_leads_to_the_next_one(app):
    ids, start = [], None
    for _ in range(4):
        page = found(app, attribute("name"), 1, limit=2, **({"start": start} if start else {}))
        ids += page["ids"]
        start = page["next"]
    assert (len(ids), len(set(ids)), start) == (7, 7, "")
    other = app.post(
        "/v1/objects", {"object_type_id": "2", "filter": attribute("name", type_id="2")}, query={"start": "x"}
    )
    assert other.status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"object_type_id": "1"},
        {"object_type_id": "one", "filter": attribute("name")},
        {"object_type_id": "2", "filter": attribute("name")},
        {"object_type_id": "1", "filter": {"and": []}},
        {"object_type_id": "1", "filter": {"and": [attribute("name")], "or": [attribute("name")]}},
        {"object_type_id": "1", "filter": {"object_attribute": {"field": "a", "operator": "eq", "type_id": "1"}}},
        {"object_type_id": "1", "filter": {"object_attribute": {"field": "a", "operator": "gt", "type_id": "1"}}},
    ],
)
def test_a_malformed_filter_is_refused(app, body):
    assert app.post("/v1/objects", body).status == 400


def test_a_filter_has_a_limited_depth(app):
    condition = attribute("name")
    for _ in range(60):
        condition = {"not": condition}
    assert app.post("/v1/objects", {"object_type_id": "1", "filter": condition}).status == 400


def test_an_object_is_shown_by_each_of_its_ids_also_with_a_slash(app, owner):
    path = "/v1/objects/1/acme%20corp%2F1/attributes"
    shown = app.get(path).json["object"]
    assert shown["attributes"] == {"name": "Acme", "active": True}
    assert shown["timestamps"].keys() == {"name", "active"}
    assert (shown["object_type_id"], shown["identifiers"]["object_id"]) == ("1", "acme corp/1")
    cio_object_id = shown["identifiers"]["cio_object_id"]
    by_number = app.get(f"/v1/objects/1/{cio_object_id}/attributes", id_type="cio_object_id")
    assert by_number.json["object"] == shown
    stranger = make_client(make_owner())
    for client, path, query in (
        (app, "/v1/objects/1/unknown/attributes", {}),
        (app, f"/v1/objects/2/{cio_object_id}/attributes", {"id_type": "cio_object_id"}),
        (app, f"/v1/objects/1/{cio_object_id}/attributes", {}),
        (stranger, "/v1/objects/1/acme%20corp%2F1/attributes", {}),
        (stranger, f"/v1/objects/1/{cio_object_id}/attributes", {"id_type": "cio_object_id"}),
        (stranger, "/v1/objects/1/acme%20corp%2F1/relationships", {}),
    ):
        assert client.get(path, **query).status == 404


def test_the_people_of_an_object_are_listed_page_by_page(app, owner):
    list_id = bootstrap.lists().default(owner.account_id).id
    people = [
        bootstrap.contacts().upserts.create(owner.account_id, list_id, email=email, external_id=external_id)
        for email, external_id in (("ada@example.com", "1"), ("ben@example.com", None), (None, "3"))
    ]
    changes = [
        RelationChange(contact_id=person.id, type_id=2, object_id="course", attributes={"role": "student"})
        for person in people
    ]
    bootstrap.contact_recording().relate(owner.account_id, people, changes)
    listed, start = [], None
    for _ in range(2):
        query = {"limit": 2} | ({"start": start} if start else {})
        page = app.get("/v1/objects/2/course/relationships", **query).json
        listed += page["cio_relationships"]
        start = page["next"]
    assert [(entry["identifiers"]["id"], entry["identifiers"]["email"]) for entry in listed] == [
        ("1", "ada@example.com"),
        (None, "ben@example.com"),
        ("3", None),
    ]
    assert [entry["identifiers"]["cio_id"] for entry in listed] == [f"cio_{person.id:x}" for person in people]
    assert {entry["object_type_id"] for entry in listed} == {"2"}
    assert start == ""


def test_a_number_beyond_64_bits_is_set_again_and_found(platform):
    owner = make_owner()
    app, big = make_client(owner), {"size": 1e20}
    for _ in range(2):
        bootstrap.data_objects().put(owner.account_id, 3, "big", big)
    for value, found in ((str(10**20), ["big"]), ("1", [])):
        leaf = {"field": "size", "operator": "eq", "value": value, "type_id": "3"}
        answer = app.post("/v1/objects", {"object_type_id": "3", "filter": {"and": [{"object_attribute": leaf}]}})
        assert (answer.status, answer.json.get("ids")) == (200, found), answer.text
