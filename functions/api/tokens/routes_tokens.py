"""Tokens over HTTP: /token. Tokens are never stored, so no answer is kept."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Form, Query

from functions.api.tokens.schemas_tokens import PublicKeyResponse, TokenResponse
from postrider import bootstrap
from postrider.http import Depends, Operations, Request
from postrider.http.main.dialect import MAIN, bearer_token
from postrider.http.main.wire import Email
from postrider.tokens.model import TokenPair
from postrider.tokens.service import MIN_LIFETIME_S, TokenService

operations = Operations("Token", MAIN, keep_answers=False)
TOKEN_TYPE = "bearer"  # noqa: S105  # not a secret: RFC 6750, section 4
Tokens = Annotated[TokenService, Depends(bootstrap.tokens)]
Version = Annotated[str, Query(description="Token format version.")]


def _required(value: str | None, field: str) -> str:
    """Return a field that this kind of grant requires; the schema cannot require it for some grants only."""
    if not value:
        raise RequestValidationError([{"loc": ("body", field), "msg": "Field required", "type": "missing"}])
    return value


def _answer(pair: TokenPair) -> TokenResponse:
    return TokenResponse(
        access_token=pair.access_token,
        token_type=TOKEN_TYPE,
        expires_in=pair.expires_in_s,
        refresh_token=pair.refresh_token,
    )


@operations.post("/token", "Create a token", public=True, errors=(400, 401, 403, 422))
def create_token(
    request: Request,
    tokens: Tokens,
    grant_type: Annotated[Literal["password", "refresh_token"], Form()] = "password",
    username: Annotated[Email | None, Form(description="The user's email address.")] = None,
    password: Annotated[str | None, Form(max_length=1024)] = None,
    account_id: Annotated[int | None, Form(description="Account of the token; by default the user's own.")] = None,
    scopes: Annotated[str, Form(max_length=1024, description="Comma-separated: user, admin, internal.")] = "user",
    expiration_seconds: Annotated[
        int | None, Form(ge=MIN_LIFETIME_S, description="Requested lifetime of the access token.")
    ] = None,
    refresh_token: Annotated[str | None, Form(max_length=255, description="With grant_type=refresh_token.")] = None,
    version: Version = "v1",
) -> TokenResponse:
    """Create an access token with a user's login and password, or with a refresh token.

    `scopes` limits the rights of the token, `accounts` its accounts. Wrong credentials get 401, a suspended user or account
    403, and too many attempts 429 with Retry-After.
    """
    if grant_type == "refresh_token":
        return _answer(tokens.refresh(_required(refresh_token, "refresh_token")))
    bearer = bearer_token(request.headers)
    pair = tokens.grant(
        username=_required(username, "username"),
        password=password,
        account_id=None if account_id is None else str(account_id),
        scopes=scopes,
        lifetime_s=expiration_seconds,
        minted_by=tokens.caller_of(bearer) if bearer and password is None else None,
        visitor=request.resolved_event.raw_event["requestContext"]["http"].get("sourceIp"),
    )
    return _answer(pair)


@operations.put("/token", "Refresh a token", public=True, errors=(400, 401, 403, 422))
def refresh_token(
    tokens: Tokens,
    refresh_token: Annotated[str, Form(max_length=255)],
    grant_type: Annotated[Literal["refresh_token"], Form()] = "refresh_token",
    version: Version = "v1",
) -> TokenResponse:
    """Exchange a refresh token for a new pair of tokens.

    The refresh token that is sent cannot be used again.
    """
    return _answer(tokens.refresh(refresh_token))


@operations.get("/token/pubkey", "Get the public key of tokens", public=True, errors=())
def get_public_key(tokens: Tokens) -> PublicKeyResponse:
    """Return the public key that verifies access tokens (RS256)."""
    return PublicKeyResponse(pubkey=tokens.public_key())
