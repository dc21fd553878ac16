"""Define requests and responses: tokens."""

from pydantic import BaseModel


class TokenResponse(BaseModel):
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


class PublicKeyResponse(BaseModel):
    """The public key that verifies access tokens, as PEM."""

    pubkey: str
