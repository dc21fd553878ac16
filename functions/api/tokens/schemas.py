"""What goes over the wire: tokens."""

from typing import Annotated, Literal

from postrider.http.wire import Email
from pydantic import BaseModel, Field


class RefreshToken(BaseModel):
    grant_type: Literal["refresh_token"] | None = "refresh_token"
    refresh_token: str


class TokenResponse(BaseModel):
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


class CreateToken(BaseModel):
    grant_type: Literal["password"] | None = "password"
    username: Email
    password: str | None = None
    account_id: Annotated[int | None, Field(description="Account the token is for, when not the user's own.")] = None
    scopes: Annotated[str | None, Field(description="Comma-separated: user, admin, internal.")] = "user"
    expiration_seconds: Annotated[
        Annotated[int, Field(ge=600)] | None, Field(description="Requested lifetime of the access token.")
    ] = None
