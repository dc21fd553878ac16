"""Errors as the Kasplo API writes them: the envelope of the call with a filled error; that of tags differs."""

from typing import Any

from functions.compat.kasplo.schemas import ErrorBody, TagErrorBody
from postrider.http.answers import EnvelopeAnswers, Refusal
from postrider.http.dialect import ErrorModels

_DESCRIPTIONS = {
    400: "The body is not JSON, or a member or parameter has a wrong value.",
    401: "The sid and the api-key do not belong together, or one is missing.",
    403: "The credential lacks the right.",
    404: "The list or a tag does not exist.",
    429: "The account calls too often.",
}
ERRORS: ErrorModels = {status: (text, ErrorBody) for status, text in _DESCRIPTIONS.items()}
TAG_ERRORS: ErrorModels = {status: (text, TagErrorBody) for status, text in _DESCRIPTIONS.items()}


def _envelope(refusal: Refusal) -> dict[str, Any]:
    if refusal.call.path.split("/")[4:] == ["tag"]:
        return {"status": False, "statuscode": refusal.status, "message": refusal.message, "data": []}
    error = {"code": refusal.code, "details": refusal.details}
    return {"status": refusal.status, "message": refusal.message, "error": error, "data": None}


ANSWERS = EnvelopeAnswers(_envelope)
