"""A program that may ask users for access, and the rights that it may ask for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

READ_AND_WRITE: Final = (
    *("attributes", "campaigns", "contacts", "domains", "forms", "interests", "lists", "logs", "people", "segments"),
    *("senders", "suppressions", "system_emails", "tags", "tasks", "templates", "webhooks", "workflows"),
)
OFFERED: Final = frozenset(
    {f"{noun}:{act}" for noun in READ_AND_WRITE for act in ("read", "write")} | {"emails:write", "reports:read"}
)
"""The rights that a program can get. Rights on accounts, users, credentials and the audit log are excluded: with them a
program could create access that remains after its own access has ended."""
ALWAYS: Final = frozenset({"self:read"})
"""The right of every program: to see the account of its user."""


@dataclass(frozen=True, kw_only=True)
class OAuthClient:
    """A program of the account. `secret_hash` is a keyed hash of its secret; a public client has none.

    A public client runs on devices of its users, where a secret could be read (RFC 6749, section 2.1).
    """

    id: str
    account_id: str
    name: str
    redirect_uris: tuple[str, ...]
    rights: frozenset[str]
    secret_hash: str | None
    created_by: str
    created_at: datetime

    @property
    def is_public(self) -> bool:
        return self.secret_hash is None
