"""Custom attributes over HTTP."""

from dataclasses import replace

import pytest

from postrider import bootstrap
from postrider.attributes.repository import AttributeRepository
from postrider.kit.errors import Conflict
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def attributes(owner):
    return f"/lists/{make_list(owner)}/custom-attributes"


def test_an_attribute_is_made_found_and_deleted(owner, attributes):
    answer = owner.api.post(attributes, json={"name": "First-Name_1", "type": "text"})
    data = {"name": "First-Name_1", "type": "text"}
    assert (answer.status, answer.json) == (
        201,
        {"name": "First-Name_1", "object": "attribute", "created": True, "data": data},
    )
    assert owner.api.get(f"{attributes}/First-Name_1").json == {"data": data}
    deleted = owner.api.delete(f"{attributes}/First-Name_1")
    assert deleted.json == {"name": "First-Name_1", "object": "attribute", "deleted": True}
    assert owner.api.get(f"{attributes}/First-Name_1").status == 400
    assert owner.api.delete(f"{attributes}/First-Name_1").status == 400


def test_a_name_is_unique_within_the_list(owner, attributes):
    owner.api.post(attributes, json={"name": "age", "type": "integer"})
    answer = owner.api.post(attributes, json={"name": "age", "type": "text"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "attribute_exists")


@pytest.mark.parametrize(
    "name", ["id", "email", "Status", "registered", "bounce_type", "bounce_count", "tags", "_tags"]
)
def test_names_that_mean_something_else_are_reserved(owner, attributes, name):
    answer = owner.api.post(attributes, json={"name": name, "type": "text"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "attribute_name_reserved")


@pytest.mark.parametrize("body", [{"name": "a b", "type": "text"}, {"name": "a"}, {"name": "a", "type": "float"}, {}])
def test_invalid_attributes_are_refused(owner, attributes, body):
    assert owner.api.post(attributes, json=body).status == 422


def test_a_definition_is_changed_member_by_member(owner, attributes):
    owner.api.post(attributes, json={"name": "colour", "type": "text"})
    definition = {"name": "colour", "type": "text", "format": "text", "required": False, "default": "", "options": []}
    for changes in (
        {},
        {"required": True},
        {"default": "red"},
        {"format": "choice", "options": ["red", "green"]},
        {"options": ["green"], "default": "green", "required": None},
        {"default": ""},
        {"format": "boolean", "options": []},
    ):
        definition |= {name: value for name, value in changes.items() if value is not None}
        answer = owner.api.patch(f"{attributes}/colour", json=changes)
        assert answer.json == {"name": "colour", "object": "attribute", "updated": True, "data": definition}
    assert owner.api.get(f"{attributes}/colour").json == {"data": {"name": "colour", "type": "text"}}


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("text", {"options": ["a"]}, "attribute_options_invalid"),
        ("text", {"format": "choice"}, "attribute_options_invalid"),
        ("text", {"format": "choice", "options": ["a", "a"]}, "attribute_options_invalid"),
        ("text", {"format": "choice", "options": ["a,b"]}, "attribute_options_invalid"),
        ("text", {"format": "choice", "options": [" "]}, "attribute_options_invalid"),
        ("text", {"format": "choice", "options": ["a" * 256]}, "attribute_options_invalid"),
        (
            "text",
            {"format": "choice", "options": [str(position) for position in range(101)]},
            "attribute_options_invalid",
        ),
        ("text", {"format": "choice", "options": ["a"], "default": "b"}, "attribute_default_invalid"),
        ("text", {"format": "boolean", "default": "yes"}, "attribute_default_invalid"),
        ("text", {"format": "number", "default": "many"}, "attribute_default_invalid"),
        ("text", {"format": "date", "default": "soon"}, "attribute_default_invalid"),
        ("text", {"default": "x" * 256}, "attribute_default_invalid"),
        ("integer", {"default": "1.5"}, "attribute_default_invalid"),
        ("integer", {"format": "text"}, "attribute_format_invalid"),
        ("mediumtext", {"format": "choice", "options": ["a"]}, "attribute_format_invalid"),
        ("datetime", {"format": "number"}, "attribute_format_invalid"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(owner, attributes, kind, body, code):
    owner.api.post(attributes, json={"name": "a", "type": kind})
    before = owner.api.patch(f"{attributes}/a", json={}).json["data"]
    answer = owner.api.patch(f"{attributes}/a", json=body)
    (problem,) = answer.json["detail"]
    assert (answer.status, problem["type"]) == (400, code)
    assert owner.api.patch(f"{attributes}/a", json={}).json["data"] == before


def test_a_definition_is_refused_if_the_attribute_changed_meanwhile(owner, attributes):
    owner.api.post(attributes, json={"name": "a", "type": "text"})
    list_id = int(attributes.split("/")[2])
    before = bootstrap.attributes().get(owner.account_id, list_id, "a")
    for changes in ({"default": "x"}, {"format": "choice", "options": ["x"]}):
        owner.api.patch(f"{attributes}/a", json=changes)
        with pytest.raises(Conflict):
            AttributeRepository().change(before, replace(before, required=True))
    owner.api.delete(f"{attributes}/a")
    with pytest.raises(Conflict):
        AttributeRepository().change(before, replace(before, required=True))
    assert owner.api.patch(f"{attributes}/a", json={}).status == 400


def test_a_listing_goes_to_the_end(owner, attributes):
    for name in ("c", "a", "b"):
        owner.api.post(attributes, json={"name": name, "type": "text"})
    pages = [
        owner.api.get(attributes, query={"per_page": 2, "page": page, "with_count": "true"}).json for page in (1, 2, 3)
    ]
    assert [[attribute["name"] for attribute in page["data"]] for page in pages] == [["a", "b"], ["c"], []]
    assert pages[0]["pagination"] == {"count": 3, "page": 1, "per_page": 2}


def test_another_account_sees_nothing(owner, attributes):
    owner.api.post(attributes, json={"name": "age", "type": "integer"})
    stranger = make_owner()
    assert stranger.api.get(attributes).status == 400
    assert stranger.api.get(f"{attributes}/age").status == 400
    assert stranger.api.delete(f"{attributes}/age").status == 400
    assert stranger.api.post(attributes, json={"name": "x", "type": "text"}).status == 400


def test_reading_is_no_right_to_write(owner, attributes):
    form = {"username": owner.email, "password": PASSWORD, "scopes": "attributes:read"}
    token = Api().post("/token", form=form).json["access_token"]
    assert Api(token).get(attributes).status == 200
    assert Api(token).post(attributes, json={"name": "age", "type": "text"}).status == 403


def test_a_deleted_attribute_is_shown_no_more(owner, attributes):
    contacts = attributes.replace("/custom-attributes", "/contacts")
    owner.api.post(attributes, json={"name": "age", "type": "integer"})
    body = {"email": "a@example.com", "custom_attributes": [{"name": "age", "value": "42"}]}
    contact_id = owner.api.post(contacts, json=body).json["id"]
    owner.api.delete(f"{attributes}/age")
    assert owner.api.get(f"{contacts}/{contact_id}").json["data"]["custom_attributes"] == []
    owner.api.post(attributes, json={"name": "age", "type": "text"})
    assert owner.api.get(f"{contacts}/{contact_id}").json["data"]["custom_attributes"] == []
