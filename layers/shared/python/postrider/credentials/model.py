"""A credential, and the form that each dialect gives it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Credential:
    """`secret_hash` is a keyed hash of the secret, of which `hint` shows the end."""

    id: str
    account_id: str
    dialect: str
    public: str
    secret_hash: str
    hint: str
    scopes: frozenset[str]
    description: str
    created_by: str
    """The id of the user who made it, in the account `created_in`."""
    created_in: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class CredentialForm:
    """The places in which a program sends the two halves: the public one in the path, the secret one in a header."""

    path: str
    header: str


FORMS = {"kasplo": CredentialForm(path="/audience/v1/{public}", header="api-key")}
"""By dialect."""
