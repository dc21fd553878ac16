"""A dialect writes its own refusals, identifies its own callers, and reads paths as the HTTP API hands them over."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel

from postrider.accounts.model import Caller
from postrider.http import Depends, Operations, build_app, document_of, entrypoint
from postrider.http.bodies import json_response
from postrider.http.dialect import Call, Dialect, Event, Headers, Problem
from postrider.http.handlers import MAX_BODY_BYTES
from postrider.http.requests import normalised
from postrider.kit.errors import Conflict, Invalid, PostriderError, TooLarge, Unauthenticated
from tests.testing.harness import CONTEXT, Answer, answer_of, http_event

CALLER = Caller(
    account_id="1",
    own_account_id="1",
    user_id="2",
    user_account_id="1",
    email="owner@example.com",
    scopes=frozenset({"things:write"}),
    lineage="1",
)


class PlainAnswers:
    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        kind = {Unauthenticated: 401, TooLarge: 413, Conflict: 409}.get(type(error), 400)
        return json_response(kind, {"refused": error.code, "path": call.path})

    def malformed(self, problems: Sequence[Problem], call: Call) -> Response[Any]:
        return json_response(400, {"malformed": [problem["loc"][-1] for problem in problems]})

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        return json_response(status, {"unrouted": list(allow)})

    def fault(self, call: Call) -> Response[Any]:
        return json_response(500, {"fault": True})


class Refusal(BaseModel):
    refused: str


class Thing(BaseModel):
    name: str


def identify(headers: Headers, path: str) -> Caller:
    if headers.get("key") != "good":
        raise Unauthenticated("Unknown key.")
    return CALLER


def refuse_teapots(event: Event) -> Event:
    if event["headers"].get("user-agent") == "teapot":
        raise Invalid("No teapots.", code="teapot")
    return event


def stamped(event: Event, result: dict[str, Any]) -> dict[str, Any]:
    return result | {"headers": {**result["headers"], "Stamp": event["rawPath"]}}


PLAIN = Dialect(
    name="plain",
    identify=identify,
    answers=PlainAnswers(),
    security={"Key": APIKey(name="key", in_=APIKeyIn.header)},
    errors={400: ("Refused.", Refusal)},
    usual_errors=(400,),
    before=(refuse_teapots, normalised),
    after=(stamped,),
    spanning=frozenset({"thing_id"}),
)
operations = Operations("Things", PLAIN)
Writer = Annotated[Caller, Depends(PLAIN.needs("things:write"))]
Reader = Annotated[Caller, Depends(PLAIN.needs("things:read"))]


@operations.get("/things/{thing_id}/parts", "Show the parts of a thing", public=True)
def show_parts(thing_id: Annotated[str, Path()]) -> dict[str, str]:
    return {"thing_id": thing_id}


@operations.post("/things", "Create a thing")
def create_thing(caller: Writer, thing: Thing) -> dict[str, str]:
    if thing.name == "taken":
        raise Conflict("Taken.", code="taken")
    if thing.name == "broken":
        raise RuntimeError("broken")
    return {"name": thing.name, "account_id": caller.account_id}


@operations.get("/things", "List things")
def list_things(caller: Reader) -> dict[str, str]:
    return {}


app = build_app(operations, dialect=PLAIN)
handler = entrypoint(app)


def call(method: str, path: str, body: Any = None, *, key: str | None = "good", **options: Any) -> Answer:
    headers = {**options.pop("headers", {}), **({"key": key} if key else {})}
    text = body if isinstance(body, str | bytes | None) else json.dumps(body)
    return answer_of(handler(http_event(method, path, headers=headers, body=text, **options), CONTEXT))


@pytest.mark.parametrize(
    ("path_text", "thing_id"),
    [
        ("plain", "plain"),
        ("acme%20corp%2F1", "acme corp/1"),
        ("50%25", "50%"),
        ("%252F", "%2F"),
        ("a/b/c", "a/b/c"),
    ],
)
def test_an_id_in_a_path_keeps_its_characters(path_text: str, thing_id: str) -> None:
    assert call("GET", f"/things/{path_text}/parts").json == {"thing_id": thing_id}


def test_a_question_mark_in_an_id_cuts_the_path() -> None:
    assert call("GET", "/things/a%3Fb/parts").status == 404


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (lambda: call("POST", "/things", {"name": "new"}), 200, {"name": "new", "account_id": "1"}),
        (lambda: call("POST", "/things/", '{"name": "new"}'), 200, {"name": "new", "account_id": "1"}),
        (lambda: call("POST", "/things", b'{"name": "new"}'), 200, {"name": "new", "account_id": "1"}),
        (lambda: call("POST", "/things", {"name": 7}), 400, {"malformed": ["name"]}),
        (lambda: call("POST", "/things", "no json"), 400, {"malformed": [0]}),
        (lambda: call("POST", "/things", "null"), 400, {"malformed": ["body"]}),
        (lambda: call("POST", "/things", {"name": 7}, key=None), 401, {"refused": "unauthorized", "path": "/things"}),
        (lambda: call("GET", "/things"), 400, {"refused": "forbidden", "path": "/things"}),
        (lambda: call("POST", "/things", {"name": "taken"}), 409, {"refused": "taken", "path": "/things"}),
        (lambda: call("POST", "/things", {"name": "broken"}), 500, {"fault": True}),
        (lambda: call("POST", "/nothing"), 404, {"unrouted": []}),
        (lambda: call("PUT", "/things", {"name": "new"}), 405, {"unrouted": ["GET", "POST"]}),
        (
            lambda: call("POST", "/things", "x" * (MAX_BODY_BYTES + 1)),
            413,
            {"refused": "too_large", "path": "/things"},
        ),
        (
            lambda: call("GET", "/things", headers={"user-agent": "teapot"}),
            400,
            {"refused": "teapot", "path": "/things"},
        ),
        (
            lambda: call("POST", "/things", {"name": "new"}, headers={"idempotency-key": "x" * 300}),
            400,
            {"refused": "idempotency_key_invalid", "path": "/things"},
        ),
    ],
)
def test_every_kind_of_answer_is_written_by_the_dialect(
    answer: Callable[[], Answer], status: int, body: dict[str, Any]
) -> None:
    response = answer()
    assert (response.status, response.json) == (status, body), response.text


def test_after_steps_finish_an_answer() -> None:
    assert call("POST", "/things/", {"name": "new"}).headers["stamp"] == "/things"


def test_the_document_is_that_of_the_dialect() -> None:
    document = document_of(app)
    assert document["components"]["securitySchemes"] == {"Key": {"type": "apiKey", "in": "header", "name": "key"}}
    assert document["paths"]["/things"]["post"]["security"] == [{"Key": []}]
    assert sorted(document["paths"]["/things"]["post"]["responses"]) == ["400"]
    assert "/things/{thing_id}/parts" in document["paths"]
