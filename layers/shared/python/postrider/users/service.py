"""Create and find users, and verify passwords."""

from contextlib import suppress

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.storage import sequences
from postrider.users.model import User
from postrider.users.repository import UserRepository

MIN_PASSWORD_LENGTH = 8
"""Length of a password (main-api.md, section 17)."""

_UNMATCHABLE_HASH = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5LW5vYm9keQ$Yc8ZtZB4oRXbAFtQ+qbgCCGIjiZ8P5P2sdV1RHdtQtw"
"""A hash that no password has, so that an unknown email takes as long as a wrong password."""

_NO_USER = ("0", "0")


class UserService:
    def __init__(self, users: UserRepository, now: Clock, hasher: PasswordHasher | None = None) -> None:
        """Keep the repository. `hasher` sets the cost of hashes; the default is the low-memory profile of RFC 9106."""
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
        """Create an active user. Raises Conflict when the email is taken, Invalid when the password is too short."""
        if password is not None and len(password) < MIN_PASSWORD_LENGTH:
            raise Invalid(
                f"The password is too short: at least {MIN_PASSWORD_LENGTH} characters are needed.",
                code="password_too_short",
                field="password",
            )
        now = self._now()
        user = User(
            id=str(sequences.allocate("user")),
            account_id=account_id,
            email=email.strip(),
            status="active",
            created_at=now,
            tokens_valid_from=now.replace(microsecond=0),
            password_hash=None if password is None else self._hasher.hash(password),
            scopes=scopes,
        )
        self._users.add(user)
        return user

    def password_fits(self, user: User | None, password: str) -> bool:
        """Return whether the password is the user's. Return False without a user, after the same work."""
        password_hash = (user and user.password_hash) or _UNMATCHABLE_HASH
        try:
            return self._hasher.verify(password_hash, password) and user is not None
        except (VerificationError, InvalidHashError):
            return False
