"""Render errors of Customer.io. Errors of the App API have their text in two members, since clients read either of them."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, Field, RootModel

from postrider.http.dialect import Call
from postrider.http.error_responses import DESCRIPTIONS, EnvelopeResponses, ErrorResponse, retry_after
from postrider.kit.errors import PostriderError, Unauthenticated

UNAUTHORIZED = {"meta": {"error": "Unauthorized request"}}
"""The same answer for a missing, malformed or unknown credential (contract, section 3)."""
REALM = 'Basic realm="Customer.io Track API"'
POINTERS: dict[str, str] = {"people_unknown": "/data/attributes/per_user_data"}
"""Places in the body by code of the domain: errors with these codes are 422 with the place."""
SENDER_CODES = frozenset({"sender_not_allowed", "domain_taken", "domain_looks_alike", "sender_name_address"})
"""Codes of forbidden senders, which are 400 (an invalid value); 403 is used for rights and files."""
DETAILS: dict[str, str] = {
    "people_unknown": "Errors were found while processing per user data (ids, emails or json data). More detail available "
    "from the errors endpoint for trigger {number}",
}
"""Texts of the contract by code of the domain, with values of the error's details."""


class ErrorSource(BaseModel):
    pointer: str


class ErrorItem(BaseModel):
    detail: str
    status: str | None = Field(default=None, description="The status of the answer as a text.")
    code: str | None = None
    source: ErrorSource | None = None
    meta: dict[str, Any] | None = None


class ErrorsEnvelope(BaseModel):
    errors: list[ErrorItem]


class MetaText(BaseModel):
    error: str


class MetaTexts(BaseModel):
    errors: list[str]


class MetaError(BaseModel):
    meta: MetaText


class MetaErrors(BaseModel):
    meta: MetaTexts


class Error(RootModel[ErrorsEnvelope | MetaError | MetaErrors]):
    """Any of the bodies of errors."""


ERRORS: dict[int, tuple[str, type[BaseModel]]] = {
    **{status: (text, Error) for status, text in DESCRIPTIONS.items()},
    401: (DESCRIPTIONS[401], MetaError),
    422: (DESCRIPTIONS[422], ErrorsEnvelope),
    429: (DESCRIPTIONS[429], ErrorsEnvelope),
}
SEND_ERRORS = ERRORS | {status: (DESCRIPTIONS[status], MetaError) for status in (400, 403, 413)}
"""Error responses of the operations that send to one person."""
TRACK_ERRORS: dict[int, tuple[str, type[BaseModel]]] = {
    **{status: (text, MetaErrors) for status, text in DESCRIPTIONS.items()},
    401: (DESCRIPTIONS[401], MetaError),
}


def _app_body(refusal: ErrorResponse) -> dict[str, Any]:
    if refusal.status == 401:
        return UNAUTHORIZED
    item: dict[str, Any] = {"detail": refusal.message, "status": str(refusal.status)}
    if refusal.status == 422:
        item["source"] = {"pointer": POINTERS[refusal.details["reason"]]}
    return {"errors": [item], "meta": {"error": refusal.message}}


def _track_body(refusal: ErrorResponse) -> dict[str, Any]:
    return UNAUTHORIZED if refusal.status == 401 else {"meta": {"errors": [refusal.message]}}


class AppResponses(EnvelopeResponses):
    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        if error.code in SENDER_CODES:
            return self._response(ErrorResponse(call=call, status=400, message=error.message))
        if error.code not in POINTERS:
            return super().refused(error, call)
        text = DETAILS.get(error.code, error.message).format(**error.details)
        return self._response(ErrorResponse(call=call, status=422, message=text, details={"reason": error.code}))


class TrackResponses(EnvelopeResponses):
    def _headers(self, error: PostriderError) -> dict[str, str]:
        return {"WWW-Authenticate": REALM} if isinstance(error, Unauthenticated) else retry_after(error)


APP_RESPONSES = AppResponses(_app_body)
TRACK_RESPONSES = TrackResponses(_track_body)
