"""Mail links to people who cannot log in, without revealing who has an account, and reset passwords with them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from postrider.contacts import address
from postrider.kit.errors import NotFound, RateLimited
from postrider.rate_limits.visitors import LINK_REQUESTS_PER_VISITOR, LINKS_PER_ADDRESS, VisitorLimits
from postrider.system_mails.queues import MAIL_LINKS
from postrider.users.model import LinkPurpose, User, UserStatus
from postrider.users.queue_messages import MailLink

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.accounts.model import Caller
    from postrider.accounts.service import AccountService
    from postrider.ports.queue import Queue
    from postrider.users.links import UserLinks
    from postrider.users.repository import UserRepository
    from postrider.users.service import UserService


class UserRecovery:
    def __init__(
        self,
        users: UserService,
        repository: UserRepository,
        accounts: AccountService,
        links: UserLinks,
        limits: VisitorLimits,
        queue: Queue,
    ) -> None:
        self._users, self._repository, self._accounts = users, repository, accounts
        self._links, self._limits, self._queue = links, limits, queue

    def request(self, purpose: LinkPurpose, email: str, *, language: str | None = None, visitor: str | None) -> None:
        """Request a link for the user with this login. The work is the same for an unknown login.

        Raises RateLimited after too many requests of the visitor, an IP address.
        """
        if visitor is not None:
            self._limits.take(LINK_REQUESTS_PER_VISITOR, visitor)
        self._queue.send(MAIL_LINKS, [MailLink(purpose=purpose, email=email, language=language)], group="public")

    def mail(self, request: MailLink) -> None:
        """Mail the link, if the user exists and can use it, and the address got few such mails today."""
        user = self._users.find_by_login(request.email)
        if user is None or not self._can_use(user, request.purpose):
            return
        with suppress(RateLimited):
            self._limits.take(LINKS_PER_ADDRESS, address.canonical(user.email))
            self._links.send(request.purpose, user, language=request.language)

    def send(self, caller: Caller, user_id: str, *, invalidate: bool = False) -> User:
        """Mail a link to a user of the account; with `invalidate`, the current password and all sessions end at once.

        Users can do it for themselves, managers of the account for all users. Raises NotFound, Forbidden, RateLimited.
        """
        user = self._users.get(caller.account_id, user_id)
        if (caller.user_account_id, caller.user_id) != (user.account_id, user.id):
            self._accounts.check_manager(caller)
        self._limits.take(LINKS_PER_ADDRESS, address.canonical(user.email))
        if invalidate:
            user = self._repository.change(user, **self._users.password_values(None))
        self._links.send(LinkPurpose.RESET_PASSWORD, user)
        return user

    def confirm(self, secret: str, password: str) -> User:
        """Set the new password of the user of a mailed link; all sessions end. Raises Invalid for an invalid link."""
        link, user = self._links.user_of(LinkPurpose.RESET_PASSWORD, secret, field="token")
        values = self._users.password_values(password)
        if user.status == UserStatus.PENDING:  # the use of the mailed link proves the address
            values |= {"status": UserStatus.ACTIVE.value, "confirmed_at": values["password_changed_at"]}
        return self._repository.change(user, link=link, **values)

    def _can_use(self, user: User, purpose: LinkPurpose) -> bool:
        """Return whether the user can use a link: for a password, in an open account; for a confirmation, in a pending one."""
        try:
            account = self._accounts.get(user.account_id)
        except NotFound:
            return False
        if purpose == LinkPurpose.CONFIRM_ACCOUNT:
            return account.status == "pending" and account.owner_user_id == user.id
        return self._accounts.has_access(account) and user.status == UserStatus.ACTIVE
