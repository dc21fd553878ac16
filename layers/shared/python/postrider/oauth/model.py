"""Define requests of programs for access, and the codes that they exchange for tokens."""

from dataclasses import dataclass
from datetime import datetime

from postrider.kit.errors import Invalid
from postrider.oauth_clients.model import OAuthClient


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A valid request of a program: the user can be asked, and the answer can be sent to `redirect_uri`."""

    client: OAuthClient
    redirect_uri: str
    rights: frozenset[str]
    has_scope: bool
    """Whether the program has named the rights; otherwise it requests all rights of its registration."""
    state: str | None
    challenge: str | None
    """The PKCE challenge, made with S256."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """A permission of a user that a program exchanges for a token, once. Only the hash of `secret` is stored.

    It is stored beyond its expiry, so that a second use can revoke the token `credential_id`.
    """

    secret: str
    client_id: str
    redirect_uri: str
    rights: frozenset[str]
    has_scope: bool
    challenge: str | None
    account_id: str
    user_id: str
    created_at: datetime
    credential_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    secret: str
    scope: str | None
    """The rights as text, if the program has named them."""
    account_id: str
    user_id: str
    email: str
    credential_id: str


class OAuthError(Invalid):
    """An error of RFC 6749, sections 4.1.2.1 and 5.2; `code` is its error code.

    `back_uri` is the URI for the answer, or None unless the URI belongs to the program.
    """

    def __init__(self, code: str, message: str, *, back_uri: str | None = None) -> None:
        super().__init__(message, code=code)
        self.back_uri = back_uri
