"""Define requests and responses: tokens."""

from pydantic import BaseModel


class TokenResponse(BaseModel):
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


class PublicKeyResponse(BaseModel):
    """The key that access tokens are signed with, as PEM."""

    pubkey: str
