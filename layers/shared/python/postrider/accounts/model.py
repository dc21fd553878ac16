"""An account, and a caller who acts in one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and in which account. `lineage` is that of the token's own account: what is below it is in reach."""

    account_id: str
    own_account_id: str
    user_id: str
    user_account_id: str
    email: str
    scopes: frozenset[str]
    lineage: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """`lineage` names the account and those above it, from the top: "1-17-42"."""

    id: str
    name: str | None
    lineage: str
    status: str
    created_at: datetime
    last_activity_at: datetime
    owner_user_id: str | None = None
    address: dict[str, Any] = field(default_factory=dict)
    phone: str | None = None
    fax: str | None = None
    website: str | None = None
    logo: str = ""
    partner: bool = False
    usage_limits: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    domains: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether its users and programs have access."""
        return self.status in ("active", "trial")

    def reaches(self, other: "Account") -> bool:
        return below(self.lineage, other.lineage)


def below(lineage: str, other: str) -> bool:
    """Whether the account with lineage `other` is the one with `lineage`, or under it."""
    return other == lineage or other.startswith(f"{lineage}-")
