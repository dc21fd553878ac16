"""Define the tokens and the session of a login."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in_s: int


@dataclass(frozen=True, kw_only=True)
class Session:
    """A login with its chain of refresh tokens. `is_current` is true if the given refresh token is the last of the chain."""

    account_id: str
    user_account_id: str
    user_id: str
    scopes: frozenset[str]
    lifetime_s: int
    issued_at: datetime
    expires_at: datetime
    is_current: bool
