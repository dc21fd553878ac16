"""Define the Kasplo API as a dialect: the sid in the path and the key in a header are one credential.

An error has the envelope of other errors, but for tags.
"""

from typing import Any

from functions.compat.kasplo.schemas import TagErrorBody
from postrider.http.credentials import caller_by_header, header_security
from postrider.http.dialect import Dialect
from postrider.http.error_responses import EnvelopeResponses, ErrorBody, ErrorResponse, described, error_envelope
from postrider.http.requests import normalised

NAME = "kasplo"
TAG_ERRORS = described(TagErrorBody)


def _envelope(refusal: ErrorResponse) -> dict[str, Any]:
    if refusal.call.path.split("/")[4:] == ["tag"]:
        return {"status": False, "statuscode": refusal.status, "message": refusal.message, "data": []}
    return error_envelope(refusal)


KASPLO = Dialect(
    name=NAME,
    identify=caller_by_header(NAME),
    answers=EnvelopeResponses(_envelope),
    security=header_security(NAME),
    errors=described(ErrorBody),
    usual_errors=(400, 401, 403, 429),
    before=(normalised,),
)
