"""Send and check mailed links that confirm users and accounts and reset passwords; each works once."""

from datetime import timedelta

from postrider.accounts.service import AccountService
from postrider.content.system_mail_kinds import SystemMail
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, NotFound
from postrider.kit.ids import random_secret
from postrider.system_mails.service import SystemMailService
from postrider.users.model import LinkPurpose, User, UserLink
from postrider.users.repository import UserRepository
from postrider.users.rules import link_invalid

_DAYS = timedelta(days=7)
LIFETIMES = {
    LinkPurpose.CONFIRM_USER: _DAYS,
    LinkPurpose.CONFIRM_ACCOUNT: _DAYS,
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
}
_MAILS = {
    LinkPurpose.CONFIRM_USER: SystemMail.USER_CONFIRM,
    LinkPurpose.CONFIRM_ACCOUNT: SystemMail.ACCOUNT_CONFIRM,
    LinkPurpose.RESET_PASSWORD: SystemMail.PASSWORD_RESET,
}
PATHS = {
    LinkPurpose.CONFIRM_USER: "confirm-user",
    LinkPurpose.CONFIRM_ACCOUNT: "confirm-account",
    LinkPurpose.RESET_PASSWORD: "reset-password",
}
"""Paths of the pages of the links."""


class UserLinks:
    def __init__(
        self, users: UserRepository, accounts: AccountService, mails: SystemMailService, base_url: str, now: Clock
    ) -> None:
        self._users, self._accounts, self._mails = users, accounts, mails
        self._base_url, self._now = base_url, now

    def send(self, purpose: LinkPurpose, user: User, *, language: str | None = None) -> None:
        """Mail a new link to the user, in `language` or the user's own language. Older links work until they expire."""
        now = self._now()
        link = UserLink(
            secret=random_secret(),
            purpose=purpose,
            account_id=user.account_id,
            user_id=user.id,
            created_at=now,
            expires_at=now + LIFETIMES[purpose],
        )
        self._users.add_link(link)
        self._mails.send(
            _MAILS[purpose],
            account_id=user.account_id,
            to=user.email,
            locale=language or user.language,
            variables={
                "link": f"{self._base_url}/{PATHS[purpose]}/{link.secret}",
                "name": self._accounts.get_cached(user.account_id).name or "",
                "code": link.secret,
            },
        )

    def user_of(self, purpose: LinkPurpose, secret: str, *, field: FieldPath = "confirmation") -> tuple[UserLink, User]:
        """Return a valid link and its user.

        Raises Invalid with `field` for a link that is unknown, used, expired, or older than the last change of the password.
        """
        link = self._users.find_link(purpose, secret)
        if link is None or link.expires_at <= self._now():
            raise link_invalid(field)
        try:
            user = self._users.get(link.account_id, link.user_id)
        except NotFound as exc:
            raise link_invalid(field) from exc
        if user.password_changed_at is not None and link.created_at < user.password_changed_at:
            raise link_invalid(field)
        return link, user
