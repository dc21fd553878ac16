"""Define users and their logins."""

from dataclasses import dataclass
from datetime import datetime


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
    """The user that an email address logs in as. Addresses are unique on the platform."""

    account_id: str
    user_id: str
