"""Merge fields over the Docs API are the custom attributes of a list."""

import pytest

from tests.functional.compat.docs.test_lists import NEW
from tests.testing.docs import make_client
from tests.testing.factories.accounts import make_owner


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def client(owner):
    return make_client(owner)


@pytest.fixture
def audience(client):
    return client.post("/lists", NEW).json


@pytest.fixture
def path(audience):
    return f"/lists/{audience['id']}/merge-fields"


def test_a_field_is_added_shown_changed_and_deleted(client, owner, audience, path):
    body = {
        "name": "Favourite colour",
        "type": "radio",
        "tag": "colour",
        "required": True,
        "default_value": "red",
        "public": True,
        "help_text": "Choose one.",
        "options": {"choices": ["red", "blue"], "size": 25, "unknown": 1},
    }
    made = client.post(path, body).json
    own = {**body, "tag": "COLOUR", "options": {"choices": ["red", "blue"], "size": 25}, "display_order": 5}
    assert {name: made[name] for name in own} == own
    assert client.get(path, type="radio").json["merge_fields"] == [made]
    assert client.get(path, required="True").json["total_items"] == 1
    names = [attribute["name"] for attribute in owner.api.get(_attributes(audience)).json["data"]]
    assert "colour" in names
    change = {"name": "Colour", "type": "text", "tag": "COL", "options": {"choices": ["red", "green"]}}
    changed = client.patch(f"{path}/{made['merge_id']}", change).json
    expected = {"name": "Colour", "tag": "COL", "options": {"choices": ["red", "green"], "size": 25}}
    assert changed == made | expected
    assert client.delete(f"{path}/{made['merge_id']}").status == 204
    assert client.delete(f"{path}/{made['merge_id']}").status == 404
    assert client.patch(f"{path}/{made['merge_id']}", {"name": "x"}).status == 404


def _attributes(audience):
    return f"/lists/{audience['web_id']}/custom-attributes"


@pytest.mark.parametrize(
    "kind", ["text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown", "birthday", "zip"]
)
def test_every_type_is_kept(client, path, kind):
    options = {"choices": ["a", "b"]} if kind in ("radio", "dropdown") else {}
    made = client.post(path, {"name": kind, "type": kind, "options": options}).json
    assert (made["type"], made["tag"]) == (kind, f"MMERGE{made['merge_id']}")
    assert client.get(path, type=kind, count=100).json["merge_fields"][-1] == made


def test_fields_of_other_apis_have_tags_too(client, owner, audience, path):
    for name, kind in (("city", "text"), ("favourite_book", "text"), ("age", "integer"), ("since", "datetime")):
        owner.api.post(_attributes(audience), json={"name": name, "type": kind})
    fields = {field["name"]: field for field in client.get(path, count=100).json["merge_fields"]}
    assert (fields["city"]["tag"], fields["age"]["type"], fields["since"]["type"]) == ("CITY", "number", "date")
    assert fields["favourite_book"]["tag"] == f"MMERGE{fields['favourite_book']['merge_id']}"
    answer = client.post(path, {"name": "Town", "type": "text", "tag": "CITY"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "tag")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": None}, "type"),
        ({"type": "colour"}, "type"),
        ({"name": ""}, "name"),
        ({"tag": "MUCHTOOLONGTAG"}, "tag"),
        ({"tag": "FNAME"}, "tag"),
        ({"tag": "EMAIL"}, "tag"),
        ({"type": "dropdown"}, "options.choices"),
        ({"type": "dropdown", "options": {"choices": "a"}}, "options.choices"),
        ({"options": {"size": []}}, "options.size"),
        ({"type": "zip", "default_value": "!"}, "default_value"),
    ],
)
def test_an_invalid_field_is_refused(client, path, change, field):
    answer = client.post(path, {"name": "New", "type": "text", **change})
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (400, [field])


def test_a_field_of_a_segment_cannot_be_deleted(client, owner, audience, path):
    made = client.post(path, {"name": "Team", "type": "text", "tag": "TEAM"}).json
    segment = {"name": "Reds", "query": '`team` = "red"'}
    answer = owner.api.post(f"/lists/{audience['web_id']}/segments", json=segment)
    assert answer.status == 201, answer.text
    refused = client.delete(f"{path}/{made['merge_id']}")
    assert (refused.status, refused.json["title"]) == (400, "Invalid Action")
