"""Answer requests of programs (RFC 6749, section 5), and render errors of the dialect."""

from dataclasses import replace
from typing import Any

from postrider.http import Response
from postrider.http.bodies import json_response
from postrider.http.main.dialect import MAIN
from postrider.kit.actors import Origin
from postrider.oauth.model import OAuthError

OAUTH = replace(MAIN, name="oauth", origin=Origin.PERSON)
UNCACHED: dict[str, str | list[str]] = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def json_answer(body: Any) -> Response[Any]:
    return json_response(200, body, UNCACHED)


def json_refusal(error: OAuthError, *, is_basic: bool) -> Response[Any]:
    """Return 400, or 401 for an unauthenticated program, with a header if it has sent an Authorization header."""
    is_unknown = error.code == "invalid_client"
    challenge: dict[str, str | list[str]] = {"WWW-Authenticate": 'Basic realm="oauth2"'} if is_basic else {}
    body = {"error": error.code, "error_description": error.message}
    return json_response(401 if is_unknown else 400, body, UNCACHED | (challenge if is_unknown else {}))
