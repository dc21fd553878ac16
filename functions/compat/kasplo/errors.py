"""Errors as the Kasplo API writes them: the envelope of the call with a filled error; that of tags differs."""

from collections.abc import Sequence
from typing import Any

from functions.compat.kasplo.schemas import ErrorBody, TagErrorBody
from postrider.http import Response
from postrider.http.bodies import json_response
from postrider.http.dialect import Call, ErrorModels, Problem, code_of, status_of
from postrider.kit.errors import PostriderError

_DESCRIPTIONS = {
    400: "The body is not JSON, or a member or parameter has a wrong value.",
    401: "The sid and the api-key do not belong together, or one is missing.",
    404: "The list or a tag does not exist.",
    429: "The account calls too often.",
}
ERRORS: ErrorModels = {status: (text, ErrorBody) for status, text in _DESCRIPTIONS.items()}
TAG_ERRORS = {
    status: {"description": text, "content": {"application/json": {"model": TagErrorBody}}}
    for status, text in _DESCRIPTIONS.items()
    if status != 404
}


class KasploAnswers:
    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        status = status_of(error)
        headers = {"Retry-After": str(error.details.get("retry_after_s", 1))} if status == 429 else {}
        return _answer(status, error.message, call, {"reason": error.code}, headers)

    def malformed(self, problems: Sequence[Problem], call: Call) -> Response[Any]:
        details = [{"field": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in problems]
        return _answer(400, "The request is not valid.", call, details)

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        text = "The method is not allowed." if status == 405 else "Unknown resource."
        return _answer(status, text, call, None, {"Allow": ", ".join(allow)} if allow else {})

    def fault(self, call: Call) -> Response[Any]:
        return _answer(500, "Internal error.", call, None)


def _answer(
    status: int, message: str, call: Call, details: Any, headers: dict[str, str] | None = None
) -> Response[Any]:
    body: dict[str, Any]
    if call.path.split("/")[4:] == ["tag"]:
        body = {"status": False, "statuscode": status, "message": message, "data": []}
    else:
        error = {"code": code_of(status), "details": details}
        body = {"status": status, "message": message, "error": error, "data": None}
    return json_response(status, body, {"Cache-Control": "no-store", **(headers or {})})
