"""Render errors of the Docs Marketing API: problem documents (RFC 9457) with the titles of the contract, section 3.10."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field

from functions.compat.docs.answers import TEXT, described_by
from functions.compat.docs.links import base_of
from functions.compat.docs.translate import place_of
from postrider.http.bodies import to_json
from postrider.http.dialect import Call, status_of
from postrider.http.dialect import Problem as Fault
from postrider.http.error_responses import described, retry_after
from postrider.kit.errors import Conflict, NotFound, PostriderError, TooLarge

PROBLEM_TYPE: Final = "application/problem+json"
MAX_SEGMENTS: Final = 10
"""Segments of a path, above which it is too deep rather than unknown."""


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """A problem document. `errors` has the faults of an Invalid Resource."""

    type: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of error. `detail` may have values of the error's details; None means the message of the error."""

    status: int
    title: str
    detail: str | None = None


INVALID = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
INVALID_RESOURCE: Final = Kind(400, "Invalid Resource", INVALID)
INVALID_ACTION: Final = Kind(400, "Invalid Action")
BAD_REQUEST: Final = Kind(400, "Bad Request")
PARSE_ERROR: Final = Kind(400, "JSON Parse Error", "The body is not JSON.")
NOT_FOUND: Final = Kind(404, "Resource Not Found", "The requested resource could not be found.")
TOO_DEEP: Final = Kind(414, "Resource Nesting Too Deep", f"A path has at most {MAX_SEGMENTS} segments.")
NOT_ALLOWED: Final = Kind(
    405,
    "Method Not Allowed",
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods.",
)
FAULT: Final = Kind(500, "Internal Server Error", "The platform has failed; retry later.")
KINDS: Final[Mapping[str, Kind]] = {
    "credentials_missing": Kind(401, "API Key Missing", "Your request did not include an API key."),
    "bad_credentials": Kind(
        401, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter."
    ),
    "user_disabled": Kind(403, "User Disabled", "This account has been deactivated."),
    "wrong_datacenter": Kind(
        403, "Wrong Datacenter", "The API key provided is linked to a different datacenter than this host."
    ),
    "attribute_in_use": INVALID_ACTION,
    "list_in_use": INVALID_ACTION,
    "method_override_invalid": Kind(422, "Invalid Method Override"),
    "requested_fields_invalid": Kind(422, "Requested Fields Invalid"),
    "too_many_in_flight": Kind(
        429, "Too Many Requests", "You have exceeded the limit of {most} simultaneous connections."
    ),
    "email_invalid": Kind(400, "Invalid Resource", "Please provide a valid email address."),
    "contact_exists": Kind(
        400, "Member Exists", "{email} is already a list member. Use PUT to insert or update list members."
    ),
    "in_compliance_state": Kind(
        400,
        "Member In Compliance State",
        "{email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.",
    ),
    "erased": Kind(
        400,
        "Forgotten Email Not Subscribed",
        "{email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.",
    ),
}
"""Kinds by code of the domain; other errors follow from their class and field."""
TITLES: Final = {403: "Forbidden", 409: "Conflict", 429: "Too Many Requests"}
"""Titles of other errors by status."""
ERRORS = described(Problem)


class ProblemAnswers:
    """Error responses as problem documents."""

    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        kind = _kind_of(error)
        errors = [(place_of(part.field), part.message) for part in error.problems or (error,) if part.field]
        return _answer(
            call, kind, _detail_of(kind, error), errors if kind is INVALID_RESOURCE else (), retry_after(error)
        )

    def malformed(self, problems: Sequence[Fault], call: Call) -> Response[Any]:
        if any(problem["type"] == "json_invalid" for problem in problems):
            return _answer(call, PARSE_ERROR)
        return _answer(
            call, INVALID_RESOURCE, errors=[(place_of(problem["loc"]), problem["msg"]) for problem in problems]
        )

    def unrouted(self, status: int, allow: Sequence[str], call: Call) -> Response[Any]:
        if status == 405:
            return _answer(call, NOT_ALLOWED, headers={"Allow": ", ".join(allow)})
        if status == 404:
            return _answer(call, TOO_DEEP if len(call.path.strip("/").split("/")) > MAX_SEGMENTS else NOT_FOUND)
        return _answer(call, Kind(status, HTTPStatus(status).phrase, HTTPStatus(status).description))

    def fault(self, call: Call) -> Response[Any]:
        return _answer(call, FAULT)


def _kind_of(error: PostriderError) -> Kind:
    if error.code in KINDS:
        return KINDS[error.code]
    if isinstance(error, NotFound):
        return NOT_FOUND
    if isinstance(error, TooLarge):
        return BAD_REQUEST
    status = status_of(error)
    if status in TITLES:
        return Kind(status, TITLES[status])
    if error.field or error.problems:
        return INVALID_RESOURCE
    return INVALID_ACTION if isinstance(error, Conflict) else BAD_REQUEST


def _detail_of(kind: Kind, error: PostriderError) -> str:
    """Return the text of the contract with the values of the error, or the error's own message where they are not known."""
    try:
        return error.message if kind.detail is None else kind.detail.format_map(error.details)
    except KeyError:
        return error.message


def _answer(
    call: Call,
    kind: Kind,
    detail: str | None = None,
    errors: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    base = base_of(call.headers)
    body: dict[str, Any] = {
        "type": f"{base}/reference?dialect=docs",
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.detail or kind.title,
        "instance": call.id,
    }
    if listed := [{"field": field, "message": message} for field, message in errors]:
        body["errors"] = listed
    sent: dict[str, str | list[str]] = {
        "Cache-Control": "no-store",
        "X-Request-Id": call.id,
        **described_by(base, Problem.__name__),
        **(headers or {}),
    }
    return Response(kind.status, PROBLEM_TYPE + TEXT, to_json(body), sent)


ANSWERS = ProblemAnswers()
