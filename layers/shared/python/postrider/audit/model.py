"""Define the entries of the audit log, and queries for them."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change by a user or a program in an account. It contains neither bodies nor addresses of contacts."""

    id: str
    account_id: str
    at: datetime
    user_id: str
    email: str
    """The email of the user, or of the user who created the credential."""
    user_account_id: str
    token_id: str
    """The id of the access token or credential, which distinguishes the programs of a user."""
    ip: str | None
    dialect: str
    noun: str
    """The noun of the right for the change: "lists"."""
    method: str
    route: str
    """The route with the names of its parameters: "/lists/{list_id}"."""
    path: str
    """The path of the call, or `route` if the path contained an address."""


@dataclass(frozen=True, kw_only=True)
class AuditQuery:
    """Conditions on changes, which must all be true; a condition without values is always true. Days are in UTC."""

    days: frozenset[date] = frozenset()
    user_ids: frozenset[str] = frozenset()
    nouns: frozenset[str] = field(default_factory=frozenset)

    def accepts(self, change: Change) -> bool:
        return (
            (not self.days or change.at.date() in self.days)
            and (not self.user_ids or change.user_id in self.user_ids)
            and (not self.nouns or change.noun in self.nouns)
        )
