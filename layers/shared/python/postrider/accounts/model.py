"""Define accounts, and callers who act in them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postrider.kit.web_page import Brand


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The user of a call, and its account. The caller reaches accounts below `lineage`, the lineage of the token's account."""

    account_id: str
    own_account_id: str
    user_id: str
    user_account_id: str
    email: str
    scopes: frozenset[str]
    lineage: str
    token_id: str = ""
    """The id of the access token or credential of the call; not secret."""
    is_bound: bool = False
    """Whether the caller may act on this account only, and not on accounts below it."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account. `lineage` has the ids from the top account to this one: "1-17-42".

    `open_status` is its status while it is open: "active" or "trial".
    `default_list_id` is the list for calls without a list; see `ListService.default`.
    """

    id: str
    name: str | None
    lineage: str
    status: str
    created_at: datetime
    last_activity_at: datetime
    open_status: str = "active"
    former_status: str | None = None
    owner_user_id: str | None = None
    default_list_id: int | None = None
    address: dict[str, Any] = field(default_factory=dict)
    phone: str | None = None
    fax: str | None = None
    website: str | None = None
    logo: str = ""
    color: str | None = None
    """The colour of the company, as #rrggbb."""
    partner: bool = False
    usage_limits: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    domains: dict[str, Any] = field(default_factory=dict)

    @property
    def brand(self) -> Brand:
        """Return the appearance of the company on its public pages."""
        return Brand(name=self.name, logo=self.logo or None, color=self.color)

    @property
    def has_postal_address(self) -> bool:
        return bool(self.address.get("address1") and self.address.get("city"))

    @property
    def tracking_url(self) -> str | None:
        """Return the base URL of tracked links after it was validated; None means the URL of the deployment."""
        url: str | None = self.domains.get("tracking")
        return url if url and url == self.domains.get("tracking_seen") else None

    @property
    def is_open(self) -> bool:
        """Return whether it is neither pending, suspended nor deleted itself; see `AccountService.has_access`."""
        return self.status in ("active", "trial")

    @property
    def is_closed(self) -> bool:
        """Return whether it was suspended or deleted, which closes the accounts below it too."""
        return self.status in ("suspended_by_partner", "deleted")

    @property
    def depth(self) -> int:
        """Return the number of accounts from the top to this one, inclusive."""
        return self.lineage.count("-") + 1


def below(lineage: str, other: str) -> bool:
    """Return whether `other` is the lineage of the same account, or of an account below it."""
    return other == lineage or other.startswith(f"{lineage}-")
