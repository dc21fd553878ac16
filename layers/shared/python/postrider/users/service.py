"""Create and find users, and verify passwords."""

from contextlib import suppress
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pynamodb.transactions import TransactWrite

from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.storage import sequences
from postrider.users.model import User, UserLink, UserStatus
from postrider.users.repository import UserRepository

MIN_PASSWORD_LENGTH = 8
"""Minimum length of a password (main-api.md, section 17)."""

_UNMATCHABLE_HASH = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5LW5vYm9keQ$Yc8ZtZB4oRXbAFtQ+qbgCCGIjiZ8P5P2sdV1RHdtQtw"
"""A hash without a password, so that an unknown email takes as long as a wrong password."""

_NO_USER = ("0", "0")


class UserService:
    def __init__(self, users: UserRepository, now: Clock, hasher: PasswordHasher | None = None) -> None:
        """Initialize the service. `hasher` sets the cost of hashes; the default is the low-memory profile of RFC 9106."""
        self._users, self._now, self._hasher = users, now, hasher or PasswordHasher()

    def get(self, account_id: str, user_id: str) -> User:
        """Return a user. Raises NotFound."""
        return self._users.get(account_id, user_id)

    def find_by_login(self, email: str) -> User | None:
        """Return the user with this login, or None after the same number of reads."""
        login = self._users.login_of(email)
        if login is not None:
            return self._users.get(login.account_id, login.user_id)
        with suppress(NotFound):
            self._users.get(*_NO_USER)
        return None

    def create(
        self, account_id: str, *, email: str, password: str | None, scopes: frozenset[str] = frozenset({"user"})
    ) -> User:
        """Create an active user. Raises Conflict if the email is taken, Invalid if the password is too short."""
        user = self.new(account_id, email=email, password=password, scopes=scopes, is_confirmed=True)
        self._users.add(user)
        return user

    def add_to(self, writes: TransactWrite, user: User) -> None:
        """Add the writes of a new user to a transaction, whose condition fails if another user has this email."""
        self._users.add_to(writes, user)

    def remove_from(self, writes: TransactWrite, user: User) -> None:
        """Add the writes that delete the user and release the login to a transaction."""
        self._users.remove_from(writes, user)

    def change(self, user: User, *, link: UserLink | None = None, **values: Any) -> User:
        """Set attributes, clear attributes that are None, and mark a mailed link as used. Raises Invalid for an invalid link."""
        return self._users.change(user, link=link, **values)

    def record_activity(self, user: User) -> None:
        """Record that the user is active now."""
        self._users.record_activity(user, self._now())

    def new(
        self,
        account_id: str,
        *,
        email: str,
        password: str | None,
        scopes: frozenset[str] = frozenset({"user"}),
        is_confirmed: bool,
        **person: Any,
    ) -> User:
        """Return a new user, who is not stored yet; `person` has name, language and other fields.

        Raises Invalid if the password is too short.
        """
        now = self._now()
        return User(
            id=str(sequences.allocate("user")),
            account_id=account_id,
            email=email.strip(),
            status=UserStatus.ACTIVE if is_confirmed else UserStatus.PENDING,
            created_at=now,
            confirmed_at=now if is_confirmed else None,
            tokens_valid_from=now.replace(microsecond=0),
            password_hash=None if password is None else self.hash_of(password),
            scopes=scopes,
            **person,
        )

    def hash_of(self, password: str) -> str:
        """Return the hash of a new password. Raises Invalid if it is too short."""
        if len(password) < MIN_PASSWORD_LENGTH:
            raise Invalid(
                f"The password is too short: at least {MIN_PASSWORD_LENGTH} characters are needed.",
                code="password_too_short",
                field="password",
            )
        return self._hasher.hash(password)

    def password_values(self, password: str | None) -> dict[str, Any]:
        """Return the changes of a user with a new password, or None to clear it: older tokens and links become invalid.

        Raises Invalid if the password is too short.
        """
        now = self._now()
        return {
            "password_hash": None if password is None else self.hash_of(password),
            "password_changed_at": now,
            "tokens_valid_from": now.replace(microsecond=0),
        }

    def password_fits(self, user: User | None, password: str) -> bool:
        """Return whether the password is the user's. Return False without a user, after the same work."""
        password_hash = (user and user.password_hash) or _UNMATCHABLE_HASH
        try:
            return self._hasher.verify(password_hash, password) and user is not None
        except (VerificationError, InvalidHashError):
            return False
