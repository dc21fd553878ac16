"""`X-Validate: strict`: unknown members of a body, which are ignored otherwise, are refused."""

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from postrider.http.strictness import unknown_members
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner


@pytest.fixture(scope="module")
def app(platform):
    return make_client(make_owner())


def test_unknown_members_are_ignored(app):
    body = {"segment": {"name": "Tolerant", "colour": "red"}, "more": 1}
    assert app.post("/v1/segments", body).status == 200
    assert app.post("/v1/segments", body | {"segment": {"name": "Lax"}}, headers={"X-Validate": "lax"}).status == 200


def test_a_strict_call_hears_of_each_of_them(app):
    body = {"segment": {"name": "Strict", "colour": "red"}, "more": 1}
    answer = app.post("/v1/segments", body, headers={"X-Validate": "strict"})
    assert answer.status == 400
    assert answer.json["meta"]["error"].startswith("Invalid request: body.segment.colour: The member is unknown")
    assert "Strict" not in str(app.get("/v1/segments").json)
    assert app.post("/v1/segments", {"segment": {"name": "Strict"}}, headers={"X-Validate": "STRICT"}).status == 200


def test_a_strict_call_without_a_body_is_like_any_other(app):
    assert app.call("GET", "/v1/segments", headers={"X-Validate": "strict"}).status == 200


class Inner(BaseModel):
    name: str = Field(alias="the name")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    inner: Inner | None = None


class Choice(RootModel[Inner | list[Inner]]):
    pass


class Outer(BaseModel):
    parts: list[Choice] = []
    by_key: dict[str, Inner] = {}
    open: Open = Open()


@pytest.mark.parametrize(
    ("sent", "places"),
    [
        ({"x": 1, "y": None}, ["x", "y"]),
        ({"parts": [{"the name": "a", "name": "b"}, [{"the name": "a", "z": 1}]]}, ["parts.0.name", "parts.1.0.z"]),
        ({"by_key": {"k": {"the name": "a", "z": 1}}}, ["by_key.k.z"]),
        ({"open": {"anything": {"z": 1}, "inner": {"the name": "a", "z": 1}}}, ["open.inner.z"]),
        ({"open": {"inner": None}}, []),
        ({}, []),
    ],
)
def test_places_of_unknown_members(sent, places):
    unknown = unknown_members(Outer.model_validate(sent), sent, ())
    assert [".".join(map(str, place)) for place in unknown] == places
