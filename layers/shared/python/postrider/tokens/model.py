"""Define the tokens that a login returns."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in_s: int
