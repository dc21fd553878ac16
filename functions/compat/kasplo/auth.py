"""Callers of the Kasplo API, and the API as a dialect: the sid in the path and the key in a header are one credential."""

from functions.compat.kasplo.errors import ANSWERS, ERRORS
from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.dialect import Dialect, Headers
from postrider.http.requests import normalised

NAME = "kasplo"
_SID = 3
"""The segment of the path that is the sid: /audience/v1/{sid}/list."""


def identify(headers: Headers, path: str) -> Caller:
    """Return the caller of a credential. Raises Unauthenticated, always in the same way."""
    segments = path.split("/")
    sid = segments[_SID] if len(segments) > _SID else ""
    return bootstrap.credentials().caller_of(NAME, headers.get("api-key") or "", public=sid)


KASPLO = Dialect(
    name=NAME,
    identify=identify,
    answers=ANSWERS,
    security={"apiKey": {"type": "apiKey", "name": "api-key", "in": "header", "description": "Key of the credential."}},
    errors=ERRORS,
    usual_errors=(400, 401, 403, 429),
    before=(normalised,),
)
