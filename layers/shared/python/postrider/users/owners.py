"""Create the first account of a deployment and its owner."""

from postrider.accounts.service import AccountService
from postrider.users.model import User
from postrider.users.service import UserService

OWNER_SCOPES = frozenset({"user", "admin"})


class OwnerService:
    def __init__(self, accounts: AccountService, users: UserService) -> None:
        self._accounts, self._users = accounts, users

    def ensure(self, *, email: str, password: str, name: str | None = None) -> User:
        """Return the owner with this email. Create owner and account when there is none; change nothing otherwise."""
        existing = self._users.find_by_login(email)
        if existing is not None:
            return existing
        account = self._accounts.create(name=name or "Owner", partner=True)
        user = self._users.create(account.id, email=email, password=password, scopes=OWNER_SCOPES)
        self._accounts.change(account.id, {"owner_user_id": user.id})
        return user
