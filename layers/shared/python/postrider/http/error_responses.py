"""Render the errors of dialects that differ only in the envelope of an error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from postrider.http.bodies import json_response
from postrider.http.dialect import Call, ErrorModels, Problem, code_of, status_of
from postrider.kit.errors import PostriderError, RateLimited

DESCRIPTIONS = {
    400: "The body is not JSON, or a member or parameter has a wrong value.",
    401: "The credential is missing or not valid.",
    403: "The credential lacks the right.",
    404: "An object that the call names does not exist.",
    409: "The Idempotency-Key belongs to another call, or to one that has not ended.",
    413: "The request is too large.",
    422: "The call names something that it cannot be done with.",
    429: "The account calls too often.",
}
"""The description of an error by status, for any dialect."""


def described(body: type[BaseModel]) -> ErrorModels:
    """Return the descriptions of errors with this body, for the document."""
    return {status: (text, body) for status, text in DESCRIPTIONS.items()}


def retry_after(error: PostriderError) -> dict[str, str]:
    """Return the header Retry-After of a rate-limited call; empty if `retry_after_s` is None, because waiting does not help."""
    seconds = error.details.get("retry_after_s", 1)
    return {"Retry-After": str(seconds)} if isinstance(error, RateLimited) and seconds is not None else {}


@dataclass(frozen=True, kw_only=True)
class ErrorResponse:
    """The response to a refused call. `details` are the invalid fields of a malformed call, or the details of a domain error."""

    call: Call
    status: int
    message: str
    details: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return code_of(self.status)


class ErrorBody(BaseModel):
    """The usual envelope of an error."""

    class Error(BaseModel):
        code: str
        details: Any = None

    status: int
    message: str
    error: Error
    data: Any = None


def error_envelope(response: ErrorResponse) -> dict[str, Any]:
    """Return the response as an ErrorBody."""
    error = {"code": response.code, "details": response.details}
    return {"status": response.status, "message": response.message, "error": error, "data": None}


class EnvelopeResponses:
    """Error responses with the body that `envelope` returns for a response."""

    def __init__(self, envelope: Callable[[ErrorResponse], Any]) -> None:
        self._envelope = envelope

    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        status = status_of(error)
        details = {"reason": error.code} | ({"field": _dotted(error.field)} if error.field else {})
        response = ErrorResponse(
            call=call, status=status, message=error.message, details=details, headers=self._headers(error)
        )
        return self._response(response)

    def malformed(self, problems: Sequence[Problem], call: Call) -> Response[Any]:
        details = [{"field": _place(problem), "message": problem["msg"]} for problem in problems]
        message = f"Invalid request: {details[0]['field']}: {details[0]['message']}."
        return self._response(ErrorResponse(call=call, status=400, message=message, details=details))

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        message = "The method is not allowed." if status == 405 else "Unknown resource."
        headers = {"Allow": ", ".join(allow)} if allow else {}
        return self._response(ErrorResponse(call=call, status=status, message=message, headers=headers))

    def fault(self, call: Call) -> Response[Any]:
        return self._response(ErrorResponse(call=call, status=500, message="Internal error."))

    def _headers(self, error: PostriderError) -> dict[str, str]:
        """Return the headers for an error."""
        return retry_after(error)

    def _response(self, response: ErrorResponse) -> Response[Any]:
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store", **response.headers}
        return json_response(response.status, self._envelope(response), headers)


def _place(problem: Problem) -> str:
    """Return the place of a problem: "body.data.0.email"; "body" for a text that is not JSON."""
    return "body" if problem["type"] == "json_invalid" else _dotted(problem["loc"])


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))
