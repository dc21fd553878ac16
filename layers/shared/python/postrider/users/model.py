"""Define users, their logins, and mailed links."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

OWNER_SCOPES = frozenset({"user", "admin"})
"""The scopes of the owner of an account."""


class UserStatus(StrEnum):
    """The status of a user. Pending: the user has not opened the link of the invitation yet."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person who logs in to an account. Tokens issued before `tokens_valid_from` are refused."""

    id: str
    account_id: str
    email: str
    status: str
    created_at: datetime
    tokens_valid_from: datetime
    password_hash: str | None = None
    password_changed_at: datetime | None = None
    confirmed_at: datetime | None = None
    last_confirmation_sent_at: datetime | None = None
    last_activity_at: datetime | None = None
    expires_at_time: datetime | None = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    language: str | None = None
    timezone: str | None = None
    office_phone: str | None = None
    mobile_phone: str | None = None
    scopes: frozenset[str] = frozenset({"user"})


@dataclass(frozen=True, kw_only=True)
class Login:
    """The user of an email address. Addresses are unique on the platform."""

    account_id: str
    user_id: str


class LinkPurpose(StrEnum):
    CONFIRM_USER = "confirm_user"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (not a password)
    CONFIRM_ACCOUNT = "confirm_account"


@dataclass(frozen=True, kw_only=True)
class UserLink:
    """A mailed link that works once. `secret` is in the link; only its hash is stored."""

    secret: str
    purpose: LinkPurpose
    account_id: str
    user_id: str
    created_at: datetime
    expires_at: datetime
