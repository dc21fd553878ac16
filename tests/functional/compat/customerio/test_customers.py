"""People over the Track API, read back over the App API, the main API and Kasplo."""

import pytest

from postrider.kit.wire_ids import hex32
from tests.testing import kasplo
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.harness import path_text


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def app(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def track(owner):
    return make_client(owner, TRACK)


def put(track, identifier, **members):
    answer = track.put(f"/api/v1/customers/{path_text(identifier)}", members)
    assert (answer.status, answer.json) == (200, {}), answer.text


def customer(app, identifier, id_type="id"):
    answer = app.get(f"/v1/customers/{path_text(identifier)}/attributes", id_type=id_type)
    assert answer.status in (200, 404), answer.text
    return answer.json["customer"] if answer.status == 200 else None


def results(app, email):
    return app.get("/v1/customers", email=email).json["results"]


def test_a_person_is_named_by_id_address_and_cio_id(app, track):
    put(track, "crm/7", email="Ann@Example.com", plan="free")
    shown = customer(app, "crm/7")
    assert (shown["id"], shown["identifiers"]["email"]) == ("crm/7", "Ann@Example.com")
    cio_id = shown["identifiers"]["cio_id"]
    put(track, "ann@example.com", plan="pro")
    put(track, cio_id, city="Bern")
    for identifier, id_type in (("ANN@example.com", "email"), (cio_id, "cio_id"), ("crm/7", "id")):
        attributes = customer(app, identifier, id_type)["attributes"]
        assert (attributes["plan"], attributes["city"]) == ("pro", "Bern")
    assert results(app, "ann@EXAMPLE.com") == [shown["identifiers"]]
    assert results(app, "nobody@example.com") == []


def test_attributes_keep_texts_and_hold_anything_else_as_json(app, track):
    put(track, "kinds", text=" a ", number=1.5, flag=True, parts=["a", {"b": None}], **{"Größe in cm": 180})
    attributes = customer(app, "kinds")["attributes"]
    assert attributes["text"] == " a "
    assert (attributes["number"], attributes["flag"], attributes["Größe in cm"]) == ("1.5", "true", "180")
    assert attributes["parts"] == '["a",{"b":null}]'
    put(track, "kinds", number=None, flag="", parts=" ", unknown=None)
    assert set(customer(app, "kinds")["attributes"]) == {"id", "cio_id", "text", "Größe in cm"}


def test_an_unknown_cio_id_names_nobody(app, track):
    for cio_id in ("cio_ffffffffff", "cio_", "cio_none"):
        put(track, cio_id, plan="free")
        assert customer(app, cio_id, "cio_id") is None
    assert customer(app, "nobody") is None


def test_an_update_of_known_people_makes_nobody(app, track):
    put(track, "later", _update=True, plan="free")
    assert customer(app, "later") is None
    put(track, "later", _update=False)
    put(track, "later", _update=True, plan="free")
    assert customer(app, "later")["attributes"]["plan"] == "free"


def test_an_address_changes_and_is_taken_away(app, track):
    put(track, "mover", email="old@example.com")
    put(track, "mover", email="new@example.com")
    assert customer(app, "old@example.com", "email") is None
    assert customer(app, "new@example.com", "email")["id"] == "mover"
    put(track, "mover", email="")
    assert customer(app, "mover")["identifiers"]["email"] is None


def test_an_identification_relates_objects_and_takes_over_a_visitor(app, track):
    track.post("/api/v1/events", {"name": "visit", "anonymous_id": "v1"})
    related = {"relationships": [{"identifiers": {"object_type_id": "1", "object_id": "acme"}}]}
    put(track, "member", anonymous_id="v1", cio_relationships=related)
    path = "/v1/objects/1/acme/relationships"
    (relation,) = app.get(path).json["cio_relationships"]
    assert relation["identifiers"]["id"] == "member"
    put(track, "member", cio_relationships=related | {"action": "delete_relationships"})
    assert app.get(path).json["cio_relationships"] == []
    assert set(customer(app, "member")["attributes"]) == {"id", "cio_id"}, "none of it is an attribute"


@pytest.mark.parametrize("members", [{"email": "x"}, {"unsubscribed": "maybe"}, {"id": "x" * 151}, {"": "x"}])
def test_impossible_members_are_refused(app, track, members):
    answer = track.put("/api/v1/customers/refused%40example.com", members)
    assert answer.status == 400
    assert answer.json["meta"]["errors"]
    assert results(app, "refused@example.com") == []


def test_a_deleted_person_is_gone_with_all_records(app, track):
    put(track, "leaver", email="leaver@example.com")
    track.put("/api/v1/customers/leaver/devices", {"device": {"id": "phone", "platform": "ios"}})
    assert [device["id"] for device in customer(app, "leaver")["devices"]] == ["phone"]
    for _ in range(2):
        assert track.delete("/api/v1/customers/leaver").status == 200
    assert customer(app, "leaver") is None
    put(track, "leaver")
    assert customer(app, "leaver")["devices"] == []


def test_people_are_found_by_a_filter_page_by_page(platform):
    owner = make_owner()
    app, track = make_client(owner), make_client(owner, TRACK)
    put(track, "1", plan="free", city="Zu\u0308rich")
    put(track, "2", plan="pro", email="pro@example.com")
    put(track, "b@example.com", plan="free", unsubscribed=True)
    body = {"filter": {"attribute": {"field": "plan", "operator": "eq", "value": "free"}}}
    found, start = [], ""
    while True:
        page = app.post("/v1/customers", body, query={"limit": "1", "start": start}).json
        found += page["identifiers"]
        start = page["next"]
        if not start:
            break
    assert [(person["id"], person["email"]) for person in found] == [("1", None), (None, "b@example.com")]
    by_id = {"filter": {"attribute": {"field": "id", "operator": "eq", "value": "2"}}}
    assert app.post("/v1/customers", by_id).json["ids"] == ["2"]
    for city, found in (("Z\u00fcrich", ["1"]), ("z\u00fcrich", [])):  # equal to the eye
        by_city = {"attribute": {"field": "city", "operator": "eq", "value": city}}
        assert app.post("/v1/customers", {"filter": by_city}).json["ids"] == found
    outside = {"not": {"segment": {"id": 99_999}}}
    assert app.post("/v1/customers", {"filter": outside}).status == 400, "everybody is outside of an unknown segment"
    assert app.post("/v1/customers", {"filter": {"plan": "free"}}).status == 400
    assert app.post("/v1/customers", body, query={"start": "none"}).status == 400


def test_people_are_the_same_in_every_api(app, track, platform):
    owner = make_owner()
    app, track = make_client(owner), make_client(owner, TRACK)
    put(track, "1", email="made-here@example.com", plan="free")
    put(track, "2")
    list_id = owner.api.get("/lists").json["data"][0]["id"]
    listed = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    assert [contact["email"] for contact in listed] == ["made-here@example.com"], "without an address: only here"
    detail = owner.api.get(f"/lists/{list_id}/contacts/{listed[0]['id']}").json["data"]
    assert [(one["name"], one["value"]) for one in detail["custom_attributes"]] == [("plan", "free")]
    kasplo.make_client(owner).post({"list_id": hex32(list_id), "data": [{"email": "made-there@example.com"}]})
    platform.drain()
    (there,) = results(app, "made-there@example.com")
    assert there["id"] is None
    put(track, "3", email="made-there@example.com")
    assert customer(app, "3")["identifiers"]["cio_id"] == there["cio_id"]


def test_an_account_sees_only_its_own_people(app, track):
    put(track, "mine", email="mine@example.com")
    mine = customer(app, "mine")["identifiers"]
    stranger = make_owner()
    their_app, their_track = make_client(stranger), make_client(stranger, TRACK)
    put(their_track, mine["cio_id"], plan="theirs")
    assert their_track.delete(f"/api/v1/customers/{mine['cio_id']}").status == 200
    assert customer(their_app, mine["cio_id"], "cio_id") is None
    assert results(their_app, "mine@example.com") == []
    assert customer(app, "mine")["attributes"] == {"id": "mine", "email": "mine@example.com", "cio_id": mine["cio_id"]}
