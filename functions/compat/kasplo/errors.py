"""Render errors of the Kasplo API: the envelope of the call with an error; tags have another envelope."""

from typing import Any

from functions.compat.kasplo.schemas import TagErrorBody
from postrider.http.answers import EnvelopeAnswers, ErrorBody, Refusal, described, error_envelope

ERRORS, TAG_ERRORS = described(ErrorBody), described(TagErrorBody)


def _envelope(refusal: Refusal) -> dict[str, Any]:
    if refusal.call.path.split("/")[4:] == ["tag"]:
        return {"status": False, "statuscode": refusal.status, "message": refusal.message, "data": []}
    return error_envelope(refusal)


ANSWERS = EnvelopeAnswers(_envelope)
