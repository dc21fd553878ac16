"""Store users, and claim their logins in the same transaction."""

from dataclasses import asdict

from postrider.kit.errors import Conflict, NotFound
from postrider.storage.accounts_table import account_key, item_or_none
from postrider.storage.dynamo import entity, on_condition_failure, transaction
from postrider.users.model import Login, User
from postrider.users.table import LoginItem, UserItem


def _user_key(user_id: str) -> str:
    return f"user#{user_id}"


def _login_key(email: str) -> str:
    return f"login#{email.strip().casefold()}"


class UserRepository:
    def get(self, account_id: str, user_id: str) -> User:
        """Return a user. Raises NotFound."""
        item = item_or_none(UserItem, account_key(account_id), _user_key(user_id))
        if item is None:
            raise NotFound("Unknown user.", code="user_not_found", field="user_id")
        return entity(User, item)

    def login_of(self, email: str) -> Login | None:
        item = item_or_none(LoginItem, _login_key(email), "login")
        return None if item is None else entity(Login, item)

    def add(self, user: User) -> None:
        """Store a new user. Raises Conflict when another user has this email."""
        login = LoginItem(_login_key(user.email), "login", account_id=user.account_id, user_id=user.id)
        item = UserItem(account_key(user.account_id), _user_key(user.id), **asdict(user))
        taken = Conflict("A user with this email exists.", code="user_exists", field="email")
        with on_condition_failure(taken), transaction() as writes:
            writes.save(login, condition=LoginItem.pk.does_not_exist())
            writes.save(item, condition=UserItem.pk.does_not_exist())
