"""Rules of the users of an account: invitations, changes, suspensions (main-api.md, section 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from postrider.contacts import address
from postrider.kit.errors import Forbidden, Invalid, RateLimited
from postrider.kit.quotas import add_within_quota
from postrider.rate_limits.visitors import FAILED_LOGINS_PER_USER, INVITATIONS_PER_ADDRESS, VisitorLimits
from postrider.users.model import LinkPurpose, User, UserStatus
from postrider.users.rules import LINK_INVALID

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.accounts.model import Caller
    from postrider.accounts.service import AccountService
    from postrider.kit.clock import Clock
    from postrider.users.links import UserLinks
    from postrider.users.repository import UserRepository
    from postrider.users.service import UserService

MAX_USERS = 1000
"""Maximum number of users of an account; a listing reads all of them with one query."""
RESEND_PAUSE = timedelta(seconds=60)
"""Minimum time between two invitations of a user."""


class UserManagement:
    def __init__(
        self,
        users: UserService,
        repository: UserRepository,
        accounts: AccountService,
        links: UserLinks,
        limits: VisitorLimits,
        now: Clock,
    ) -> None:
        self._users, self._repository, self._accounts = users, repository, accounts
        self._links, self._limits, self._now = links, limits, now

    def all(self, account_id: str) -> list[User]:
        """Return the users of an account, the oldest first."""
        return self._repository.all(account_id)

    def create(
        self,
        caller: Caller,
        *,
        email: str,
        password: str | None = None,
        skip_verification: bool = False,
        person: dict[str, Any],
    ) -> User:
        """Create a user, who is pending until the mailed link is opened; `person` has name, language and other fields.

        Raises Forbidden unless the caller manages the account, and for a password or `skip_verification` without the scope
        admin; Invalid past the limit of users; Conflict if a user has this email; RateLimited after too many invitations of
        the address.
        """
        self._accounts.check_manager(caller)
        if (password is not None or skip_verification) and "admin" not in caller.scopes:
            reason = "Only a token with the scope admin can set a password for another user or skip the verification."
            raise Forbidden(reason, code="admin_required")
        parsed = address.parse(email)
        user = self._users.new(
            caller.account_id, email=parsed.original, password=password, is_confirmed=skip_verification, **person
        )
        if not skip_verification:
            user = replace(user, last_confirmation_sent_at=self._now())

        def add() -> None:
            if not skip_verification:
                self._limits.take(INVITATIONS_PER_ADDRESS, parsed.canonical)
            self._repository.add(user)

        most = self._most_users(caller.account_id)
        add_within_quota(
            most,
            add=add,
            undo=lambda: self._repository.delete(user),
            count=lambda: len(self._repository.all(caller.account_id)),
            error=Invalid(f"The account has at most {most} users.", code="too_many_users"),
        )
        if not skip_verification:
            self._links.send(LinkPurpose.CONFIRM_USER, user)
        return user

    def resend(self, caller: Caller, user_id: str) -> User:
        """Send the invitation again. Raises NotFound, Forbidden; Invalid unless the user is pending; RateLimited."""
        self._accounts.check_manager(caller)
        user = self._users.get(caller.account_id, user_id)
        if user.status != UserStatus.PENDING:
            raise Invalid("The user is not pending, and needs no confirmation.", code="user_not_pending")
        last = user.last_confirmation_sent_at
        if last is not None and self._now() - last < RESEND_PAUSE:
            wait_s = int((last + RESEND_PAUSE - self._now()).total_seconds()) + 1
            raise RateLimited(
                "An invitation was sent less than a minute ago; retry later.", details={"retry_after_s": wait_s}
            )
        self._limits.take(INVITATIONS_PER_ADDRESS, address.canonical(user.email))
        self._links.send(LinkPurpose.CONFIRM_USER, user)
        return self._repository.change(user, last_confirmation_sent_at=self._now())

    def confirm(self, user_id: str, confirmation: str, password: str) -> User:
        """Activate the user of a mailed link, with a first password. Raises Invalid for an invalid link."""
        link, user = self._links.user_of(LinkPurpose.CONFIRM_USER, confirmation)
        if user.id != user_id or user.status != UserStatus.PENDING:
            raise Invalid(
                "The confirmation belongs to another user, or the user is not pending.",
                code=LINK_INVALID,
                field="confirmation",
            )
        values = self._users.password_values(password) | {"confirmed_at": self._now()}
        return self._repository.change(user, link=link, status=UserStatus.ACTIVE.value, **values)

    def change(
        self,
        caller: Caller,
        user_id: str,
        person: dict[str, Any],
        *,
        password: str | None = None,
        current_password: str | None = None,
    ) -> User:
        """Set name, language and other fields, and the password, which ends the user's sessions.

        Users can change themselves; managers of the account can change all users. A change of the own password needs the
        current one, a change for another user the scope admin. Raises NotFound, Forbidden, Invalid, and RateLimited after
        too many wrong passwords.
        """
        user = self._users.get(caller.account_id, user_id)
        is_own = (caller.user_account_id, caller.user_id) == (user.account_id, user.id)
        if not is_own:
            self._accounts.check_manager(caller)
        if password is not None:
            if "admin" not in caller.scopes:
                self._check_current(user, current_password, is_own=is_own)
            person = {**person, **self._users.password_values(password)}
        return self._repository.change(user, **person) if person else user

    def suspend(self, caller: Caller, user_id: str) -> User:
        """Suspend the user, whose tokens become invalid. Raises NotFound, Forbidden; Invalid for the owner."""
        user = self._other(caller, user_id, "suspended")
        return self._repository.change(user, status=UserStatus.SUSPENDED.value, tokens_valid_from=self._now())

    def unsuspend(self, caller: Caller, user_id: str) -> User:
        """Restore the access of the user; a user who never confirmed is pending again. Raises NotFound, Forbidden."""
        self._accounts.check_manager(caller)
        user = self._users.get(caller.account_id, user_id)
        if user.status != UserStatus.SUSPENDED:
            return user
        status = UserStatus.PENDING if user.confirmed_at is None else UserStatus.ACTIVE
        return self._repository.change(user, status=status.value)

    def delete(self, caller: Caller, user_id: str) -> None:
        """Delete the user and release the login. Raises NotFound, Forbidden; Invalid for the owner and the caller."""
        self._repository.delete(self._other(caller, user_id, "deleted"))

    def _other(self, caller: Caller, user_id: str, done: str) -> User:
        """Return a user who can be suspended or deleted."""
        self._accounts.check_manager(caller)
        user = self._users.get(caller.account_id, user_id)
        if user.id == self._accounts.get(caller.account_id).owner_user_id:
            reason = f"The owner of the account cannot be {done}: give the account another owner first."
            raise Invalid(reason, code="user_is_owner", field="user_id")
        if (caller.user_account_id, caller.user_id) == (user.account_id, user.id):
            raise Invalid(
                f"You cannot be {done} by yourself: ask another user.", code="user_is_caller", field="user_id"
            )
        return user

    def _check_current(self, user: User, current: str | None, *, is_own: bool) -> None:
        if not is_own:
            reason = "Only a token with the scope admin can set a password for another user."
            raise Forbidden(reason, code="admin_required", field=("password", "new"))
        login = user.email.casefold()
        self._limits.take(FAILED_LOGINS_PER_USER, login)
        if not self._users.password_fits(user, current or ""):
            raise Invalid(
                "The current password is wrong.", code="current_password_wrong", field=("password", "current")
            )
        self._limits.give_back(FAILED_LOGINS_PER_USER, login)

    def _most_users(self, account_id: str) -> int:
        limit = self._accounts.get(account_id).usage_limits.get("users")
        return MAX_USERS if limit is None or limit < 0 else min(limit, MAX_USERS)
