"""Errors as the main API writes them (reference, section 2): `{"detail": [{"msg", "type", "loc"?, "code"?}]}`."""

from collections.abc import Sequence
from typing import Any

import orjson
from aws_lambda_powertools.event_handler import Response

from postrider.http.main.places import place_of
from postrider.kit.errors import (
    Forbidden,
    OutOfReach,
    PostriderError,
    RateLimited,
    Unauthenticated,
)

OUT_OF_REACH_CODE = 8004
"""What public clients of this API read as "access denied to account" (reference, section 2)."""

JSON = "application/json"


def to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)


def status_of(error: PostriderError) -> int:
    """A thing that is not there, or is taken, is a failed business rule here: 400 (reference, section 2)."""
    match error:
        case Unauthenticated():
            return 401
        case OutOfReach():
            return 400
        case Forbidden():
            return 403
        case RateLimited():
            return 429
        case _:
            return 400


def render(error: PostriderError, route: Any | None = None) -> Response[Any]:
    """Return the answer to a call of this route that the domain refused."""
    status = status_of(error)
    item: dict[str, Any] = {"msg": error.message, "type": "bad_request" if error.code == "invalid" else error.code}
    if isinstance(error, OutOfReach):
        item["code"] = OUT_OF_REACH_CODE
    if place := place_of(error, route):
        item["loc"] = place
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        headers["Retry-After"] = str(error.details.get("retry_after_s", 1))
    return _json(status, {"detail": [item]}, headers)


def render_malformed(problems: Sequence[Any]) -> Response[Any]:
    """422 for what does not fit the schema; the value itself is not repeated, it may be a password."""
    detail = [
        {"loc": list(problem["loc"]) or ["body"], "msg": problem["msg"], "type": problem["type"]}
        for problem in problems
    ]
    return _json(422, {"detail": detail})


def render_framework(status: int, text: str, headers: dict[str, str | list[str]] | None = None) -> Response[Any]:
    return _json(status, {"detail": text}, headers)


def render_fault() -> Response[Any]:
    return _json(500, {"detail": "Internal Server Error"})


def _json(status: int, body: Any, headers: dict[str, str | list[str]] | None = None) -> Response[Any]:
    return Response(status, JSON, to_json(body), headers or {})
