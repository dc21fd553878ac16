"""A credential, and the form that each dialect gives it."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The parts of a credential. Secrets are always generated, never chosen by people."""

    KEY = "key"
    """A secret alone."""
    PAIR = "pair"
    """A public half and a secret half."""
    USER = "user"
    """The name of an API user and a secret, for dialects that log in with a name and a password."""
    OAUTH = "oauth"
    """A secret alone, which a program got when a user gave it access."""


MAIN: Final = "main"
"""The main API. Programs get their credentials for it by OAuth only; people have access tokens."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """`secret_hash` is a keyed hash of the secret, of which `hint` shows the end. A key has no public half.

    One of kind OAUTH belongs to a program, the OAuth client `client_id` of the account `client_account_id`.
    """

    id: str
    account_id: str
    dialect: str
    public: str | None
    secret_hash: str
    hint: str
    scopes: frozenset[str]
    name: str
    description: str
    created_by: str
    """The id of the user who made it, in the account `created_in`."""
    created_in: str
    created_at: datetime
    client_id: str | None = None
    client_account_id: str | None = None

    @property
    def kind(self) -> Kind:
        return FORMS[self.dialect].kind if self.client_id is None else Kind.OAUTH

    @property
    def handle(self) -> str:
        """Return the text that a credential is looked up by."""
        return self.public or self.secret_hash


class Scheme(StrEnum):
    """The form of a header that holds a credential (RFC 9110, section 11.4)."""

    PLAIN = ""
    """The header is the secret half."""
    BEARER = "Bearer"
    BASIC = "Basic"
    """The halves with a colon between them, as base64 (RFC 7617)."""


@dataclass(frozen=True, kw_only=True)
class CredentialForm:
    """The form of a dialect's credentials: the places of the two halves in a call, and the rights that it knows."""

    kind: Kind
    path: str
    """The path of the dialect, with the public half where the path holds it."""
    header: str
    """The header that holds the secret half."""
    rights: frozenset[str]
    scheme: Scheme = Scheme.PLAIN
    has_hex_secret: bool = False
    """The secret is 32 hex digits, because clients of the dialect expect no other."""

    def header_value(self, public: str | None, secret: str) -> str:
        """Return the whole value of the header."""
        if self.scheme == Scheme.BASIC:
            return f"{self.scheme} {base64.b64encode(f'{public}:{secret}'.encode()).decode()}"
        return f"{self.scheme} {secret}" if self.scheme else secret

    def halves_of(self, header_value: str) -> tuple[str | None, str]:
        """Return the halves that the header holds: the secret alone, but for BASIC. Texts of another form give blank ones."""
        if self.scheme == Scheme.PLAIN:
            return None, header_value
        scheme, _, value = header_value.partition(" ")
        secret = value.strip() if scheme.lower() == self.scheme.lower() else ""
        return _basic_halves(secret) if self.scheme == Scheme.BASIC else (None, secret)


def _basic_halves(encoded: str) -> tuple[str, str]:
    try:
        public, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return public, secret


FORMS = {
    "kasplo": CredentialForm(
        kind=Kind.PAIR,
        path="/audience/v1/{public}",
        header="api-key",
        rights=frozenset({"attributes:read", "contacts:write", "lists:read", "tags:read"}),
    ),
    "customerio": CredentialForm(
        kind=Kind.KEY,
        path="",
        header="Authorization",
        scheme=Scheme.BEARER,
        has_hex_secret=True,
        rights=frozenset(
            {
                "campaigns:read",
                "campaigns:write",
                "contacts:read",
                "content:read",
                "content:write",
                "emails:read",
                "emails:write",
                "exports:read",
                "exports:write",
                "imports:read",
                "imports:write",
                "records:read",
                "reports:read",
                "segments:read",
                "segments:write",
                "self:read",
                "senders:read",
                "webhooks:read",
                "webhooks:write",
            }
        ),
    ),
    "customerio-track": CredentialForm(
        kind=Kind.PAIR,
        path="",
        header="Authorization",
        scheme=Scheme.BASIC,
        has_hex_secret=True,
        rights=frozenset({"contacts:write", "events:write", "records:write", "segments:write", "self:read"}),
    ),
}
"""By dialect."""
