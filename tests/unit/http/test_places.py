"""The main API names the place of a field: path, query or body of the call."""

from typing import Annotated

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, Field

from postrider.http.main.places import place_of
from postrider.kit.errors import Conflict, FieldPath, Invalid, NotFound, PostriderError


class Maker(BaseModel):
    id: str
    name: str


class Mail(BaseModel):
    maker: Maker | None = None
    parts: list[Maker] = []
    note: str = ""


class Letter(BaseModel):
    name: str
    mail: Mail | None = None


class Thing(BaseModel):
    name: str
    query: str | None = None
    settings: Annotated[dict[str, str], Field(alias="options")] = {}


app = APIGatewayHttpResolver(enable_validation=True)


@app.patch("/things/<name>")
def change_thing(name: Annotated[str, Path()], thing: Thing | None = None) -> None: ...


@app.get("/things/<thing_id>")
def find_thing(thing_id: Annotated[str, Path()], query: Annotated[str, Query()]) -> None: ...


@app.post("/things")
def create_thing(thing: Thing) -> None: ...


@app.put("/letters/<name>")
def write_letter(name: Annotated[str, Path()], letter: Letter) -> None: ...


ROUTES = {route.method: route for route in app._dynamic_routes + app._static_routes}


@pytest.mark.parametrize(
    ("method", "kind", "field", "place"),
    [
        ("PATCH", NotFound, "name", ["path", "name"]),
        ("PATCH", Conflict, "name", ["body", "name"]),
        ("PATCH", Invalid, ("options", 3, "key"), ["body", "options", "3", "key"]),
        ("PATCH", Invalid, "query", ["body", "query"]),
        ("GET", Invalid, "query", ["query", "query"]),
        ("GET", Invalid, "thing_id", ["path", "thing_id"]),
        ("GET", Invalid, ("sender", "id"), ["path", "thing_id", "sender", "id"]),
        ("POST", Invalid, ("sender", "id"), ["body", "sender", "id"]),
        ("GET", Invalid, (), []),
        ("PUT", Invalid, ("maker", "id"), ["body", "mail", "maker", "id"]),
        ("PUT", Invalid, "id", ["body", "mail", "maker", "id"]),
        ("PUT", Invalid, "name", ["body", "name"]),
        ("PUT", NotFound, "name", ["path", "name"]),
        ("PUT", Invalid, "weight", ["path", "name", "weight"]),
    ],
)
def test_a_field_is_named_by_its_place(
    method: str, kind: type[PostriderError], field: FieldPath, place: list[str]
) -> None:
    assert place_of(kind("refused", field=field), ROUTES[method]) == place


def test_without_a_call_the_field_is_named_alone() -> None:
    assert place_of(Invalid("refused", field="email"), None) == ["email"]
