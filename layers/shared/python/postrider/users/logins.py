"""Verify the passwords of logins, and limit guesses."""

from postrider.kit.errors import Unauthenticated
from postrider.rate_limits.visitors import (
    FAILED_LOGINS_PER_USER,
    FAILED_LOGINS_PER_USER_AND_RANGE,
    FAILED_LOGINS_PER_VISITOR,
    VisitorLimits,
    address_range,
)
from postrider.users.model import User
from postrider.users.service import UserService


class LoginService:
    def __init__(self, users: UserService, limits: VisitorLimits) -> None:
        self._users, self._limits = users, limits

    def verify(self, username: str, password: str, visitor: str | None) -> User:
        """Verify the password and return the user. Only failures count for the limits.

        `visitor` is the IP address of the request. Guesses beyond a limit of the visitor do not count for the login, because
        they would lock out its owner. Raises Unauthenticated for wrong credentials (the same for an unknown user),
        RateLimited after too many of them.
        """
        login = username.strip().casefold()
        limits = [(FAILED_LOGINS_PER_USER, login)]
        if visitor is not None:
            limits.insert(0, (FAILED_LOGINS_PER_VISITOR, visitor))
            limits.insert(0, (FAILED_LOGINS_PER_USER_AND_RANGE, f"{login} {address_range(visitor)}"))
        for allowance, who in limits:
            self._limits.take(allowance, who)
        user = self._users.find_by_login(username)
        if not self._users.password_fits(user, password) or user is None:
            raise Unauthenticated("The username or the password is wrong.", code="bad_credentials")
        for allowance, who in limits:
            self._limits.give_back(allowance, who)
        return user
