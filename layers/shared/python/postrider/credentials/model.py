"""A credential, and the form that each dialect gives it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The parts of a credential. Secrets are always generated, never chosen by people."""

    KEY = "key"
    """A secret alone."""
    PAIR = "pair"
    """A public half and a secret half."""
    USER = "user"
    """The name of an API user and a secret, for dialects that log in with a name and a password."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """`secret_hash` is a keyed hash of the secret, of which `hint` shows the end. A key has no public half."""

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
    last_used_at: datetime | None = None
    """To the hour."""

    @property
    def handle(self) -> str:
        """Return the text that a credential is looked up by."""
        return self.public or self.secret_hash


@dataclass(frozen=True, kw_only=True)
class CredentialForm:
    """The form of a dialect's credentials: the places of the two halves in a call, and the rights that it knows."""

    kind: Kind
    path: str
    """The path of the dialect, with the public half where the path holds it."""
    header: str
    """The header that holds the secret half."""
    rights: frozenset[str]


FORMS = {
    "kasplo": CredentialForm(
        kind=Kind.PAIR,
        path="/audience/v1/{public}",
        header="api-key",
        rights=frozenset({"attributes:read", "contacts:write", "lists:read", "tags:read"}),
    )
}
"""By dialect."""
