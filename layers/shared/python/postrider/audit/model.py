"""Define the entries of the audit log, and what they are searched by."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that a user or a program made in an account. It holds neither bodies nor addresses of contacts."""

    id: str
    account_id: str
    at: datetime
    user_id: str
    email: str
    """Of the user, or of the user who made the credential."""
    user_account_id: str
    token_id: str
    """Of the access token or credential, so that two programs of one user can be told apart."""
    ip: str | None
    dialect: str
    noun: str
    """What the change concerns, as rights name it: "lists"."""
    method: str
    route: str
    """The route with the names of its parameters: "/lists/{list_id}"."""
    path: str
    """The path of the call; equal to `route` where the path held an address."""


@dataclass(frozen=True, kw_only=True)
class AuditQuery:
    """All of the given conditions must hold; one without values holds always. Days are those of UTC."""

    days: frozenset[date] = frozenset()
    user_ids: frozenset[str] = frozenset()
    nouns: frozenset[str] = field(default_factory=frozenset)

    def accepts(self, change: Change) -> bool:
        return (
            (not self.days or change.at.date() in self.days)
            and (not self.user_ids or change.user_id in self.user_ids)
            and (not self.nouns or change.noun in self.nouns)
        )
