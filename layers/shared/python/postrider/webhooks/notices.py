"""Mail the owner of an account whose webhook the platform has archived."""

from postrider.accounts.service import AccountService
from postrider.content.system_mail_kinds import SystemMail
from postrider.kit.errors import NotFound
from postrider.system_mails.service import SystemMailService
from postrider.users.service import UserService
from postrider.webhooks.model import Webhook


class EndNotices:
    def __init__(self, accounts: AccountService, users: UserService, mails: SystemMailService, base_url: str) -> None:
        self._accounts, self._users, self._mails, self._base_url = accounts, users, mails, base_url

    def send(self, webhook: Webhook) -> None:
        """Mail the owner about the end of a webhook. An account without an owner gets no mail."""
        account = self._accounts.get(webhook.account_id)
        try:
            owner = None if account.owner_user_id is None else self._users.get(account.id, account.owner_user_id)
        except NotFound:
            return
        if owner is None:
            return
        self._mails.send(
            SystemMail.WEBHOOK_ARCHIVED,
            account_id=account.id,
            to=owner.email,
            locale=owner.language,
            variables={"link": self._base_url, "name": webhook.url, "code": ""},
        )
