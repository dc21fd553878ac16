"""Define requests of programs for access, and the codes that they exchange for tokens."""

from dataclasses import dataclass
from datetime import datetime

from postrider.kit.errors import Invalid
from postrider.oauth_clients.model import OAuthClient


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A request that has been checked: the user can be asked, and the answer be sent to `redirect_uri`."""

    client: OAuthClient
    redirect_uri: str
    rights: frozenset[str]
    has_scope: bool
    """Whether the program has named the rights; otherwise it gets all that it may ask for."""
    state: str | None
    challenge: str | None
    """Of PKCE, made with S256."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """A permission of a user that a program exchanges for a token, once. Only the hash of `secret` is stored.

    It is kept for longer than it is good for, so that its second use ends the token `credential_id`.
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
    """The rights as text, when the program had named some."""
    account_id: str
    user_id: str
    email: str
    credential_id: str


class OAuthError(Invalid):
    """A refusal in the words of RFC 6749, sections 4.1.2.1 and 5.2; `code` is its error.

    `back_uri` is where the program learns of it, once its URI is known to be its own.
    """

    def __init__(self, code: str, message: str, *, back_uri: str | None = None) -> None:
        super().__init__(message, code=code)
        self.back_uri = back_uri
