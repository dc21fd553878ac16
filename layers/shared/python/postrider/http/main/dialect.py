"""Define the main API as a dialect."""

import re
from typing import Final

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.credentials import model as credentials
from postrider.http.dialect import Dialect, Headers
from postrider.http.main import wire
from postrider.http.main.errors import MainResponses
from postrider.kit.errors import Unauthenticated

_PROGRAM_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
"""The form of tokens of programs; an access token is a JWT, which has dots."""


def bearer_token(headers: Headers) -> str | None:
    """Return the token of `Authorization: Bearer …` (RFC 6750, section 2.1), or None without such a header."""
    authorization = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def identify(headers: Headers, path: str) -> Caller:
    """Return the caller of a bearer token: an access token of a user, or of a program with access by OAuth.

    Raises Unauthenticated for a missing or invalid token.
    """
    token = bearer_token(headers)
    if token is None:
        raise Unauthenticated("A bearer token is required.")
    if _PROGRAM_TOKEN.fullmatch(token):
        return bootstrap.credentials().caller_of(credentials.MAIN, token)
    return bootstrap.tokens().caller_of(token)


MAIN = Dialect(
    name="main",
    identify=identify,
    answers=MainResponses(),
    security={
        "OAuth2PasswordBearer": {
            "type": "oauth2",
            "description": 'Password grant at POST /token; send the access token as "Authorization: Bearer".',
            "flows": {
                "password": {
                    "tokenUrl": "/token",
                    "scopes": {
                        "user": "Read and write customer resources.",
                        "admin": "Read and write restricted resources.",
                        "internal": "Write internal resources.",
                    },
                }
            },
        }
    },
    errors={
        400: ("Business rule failed or id unknown.", wire.BadRequestError),
        401: ("Missing, invalid or expired token.", wire.UnauthorizedError),
        403: ("Token lacks the right.", wire.ForbiddenError),
        409: ("Idempotency-Key belongs to another call.", wire.BadRequestError),
        422: ("Request does not fit the schema.", wire.ValidationErrors),
        429: ("Too many calls; Retry-After says when to come back.", wire.BadRequestError),
    },
    usual_errors=(400, 401, 422),
    general_errors=(403, 409, 429),
)
