"""Render errors of the main API: `{"detail": [{"msg", "type", "loc"?, "code"?}]}`."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from postrider.http.bodies import json_response
from postrider.http.dialect import Call, Problem, RepeatedCall
from postrider.http.main.places import place_of
from postrider.kit.errors import (
    Forbidden,
    InvalidRows,
    OutOfReach,
    PostriderError,
    RateLimited,
    Unauthenticated,
)

OUT_OF_REACH_CODE = 8004
"""The code that public clients of this API understand as "access denied to account"."""


def status_of(error: PostriderError) -> int:
    """Return the status of an error. In this API, an unknown id and a taken name are business errors: 400."""
    match error:
        case InvalidRows():
            return 422
        case Unauthenticated():
            return 401
        case OutOfReach():
            return 400
        case Forbidden():
            return 403
        case RepeatedCall():
            return 409
        case RateLimited():
            return 429
        case _:
            return 400


class MainResponses:
    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        status = status_of(error)
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if status == 429:
            headers["Retry-After"] = str(error.details.get("retry_after_s", 1))
        detail = [_item(problem, call, status) for problem in error.problems or (error,)]
        return json_response(status, {"detail": detail}, headers)

    def malformed(self, problems: Sequence[Problem], call: Call) -> Response[Any]:
        """Return a 422 that does not repeat the values: they may be passwords."""
        detail = [
            {"loc": list(problem["loc"]) or ["body"], "msg": problem["msg"], "type": problem["type"]}
            for problem in problems
        ]
        return json_response(422, {"detail": detail})

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        return json_response(
            status, {"detail": HTTPStatus(status).phrase}, {"Allow": ", ".join(allow)} if allow else {}
        )

    def fault(self, call: Call) -> Response[Any]:
        return json_response(500, {"detail": "Internal Server Error"})


def _item(error: PostriderError, call: Call, status: int) -> dict[str, Any]:
    item: dict[str, Any] = {"msg": error.message, "type": "bad_request" if error.code == "invalid" else error.code}
    if isinstance(error, OutOfReach):
        item["code"] = OUT_OF_REACH_CODE
    if place := place_of(error, call.route):
        # In the contract, only places of a 422 contain numbers.
        item["loc"] = [*place[: -len(error.field)], *error.field] if status == 422 else place
    return item
