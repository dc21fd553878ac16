"""Tokens over HTTP: /token."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Form, Query
from postrider import bootstrap
from postrider.http import Depends, Operations, Request
from postrider.http.auth import bearer_token
from postrider.kit.errors import Invalid
from postrider.tokens.model import TokenPair
from postrider.tokens.service import TokenService
from pydantic import BaseModel

from functions.api.tokens.schemas import CreateToken, RefreshToken, TokenResponse

operations = Operations("Token")
Tokens = Annotated[TokenService, Depends(bootstrap.tokens)]
Version = Annotated[str, Query(description="Token format version.")]


class PublicKeyResponse(BaseModel):
    """The key that access tokens are signed with, as PEM."""

    pubkey: str


def _answer(pair: TokenPair) -> TokenResponse:
    return TokenResponse(
        access_token=pair.access_token,
        token_type="bearer",
        expires_in=pair.expires_in_s,
        refresh_token=pair.refresh_token,
    )


@operations.post("/token", "Create a token", public=True, errors=(400, 401, 403, 422))
def create_token(
    request: Request, tokens: Tokens, body: Annotated[CreateToken, Form()], version: Version = "v1"
) -> TokenResponse:
    if body.grant_type == "refresh_token":
        if not body.refresh_token:
            raise Invalid("This grant needs a refresh_token.", loc=("body", "refresh_token"))
        return _answer(tokens.refresh(body.refresh_token))
    if not body.username:
        raise Invalid("This grant needs a username.", loc=("body", "username"))
    bearer = bearer_token(request.headers)
    pair = tokens.grant(
        username=body.username,
        password=body.password,
        account_id=None if body.account_id is None else str(body.account_id),
        scopes=body.scopes or "user",
        lifetime_s=body.expiration_seconds,
        minted_by=tokens.caller_of(bearer) if bearer and body.password is None else None,
    )
    return _answer(pair)


@operations.put("/token", "Refresh a token", public=True, errors=(400, 401, 403, 422))
def refresh_token(tokens: Tokens, body: Annotated[RefreshToken, Form()], version: Version = "v1") -> TokenResponse:
    return _answer(tokens.refresh(body.refresh_token))


@operations.get("/token/pubkey", "Get the public key of tokens", public=True, errors=())
def get_public_key(tokens: Tokens) -> PublicKeyResponse:
    return PublicKeyResponse(pubkey=tokens.public_key())
