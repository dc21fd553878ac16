"""Send system mails. Each is a reaction to an action of a person and has one link."""

from urllib.parse import urlsplit

from postrider.accounts.service import AccountService
from postrider.content.kinds import SystemMail
from postrider.kit.clock import Clock
from postrider.kit.ids import random_id
from postrider.ports.mailer import Mailer, OutgoingMail
from postrider.senders.model import Sender


class SystemMailService:
    def __init__(
        self, mailer: Mailer, accounts: AccountService, *, base_url: str, sender_email: str, now: Clock
    ) -> None:
        """Keep the services. `sender_email` is the address of the deployment, verified in SES."""
        self._mailer, self._accounts, self._now = mailer, accounts, now
        self._base_url, self._sender_email = base_url, sender_email

    def sender_confirmation(self, sender: Sender, secret: str) -> None:
        """Mail the confirmation link to the address of a sender."""
        account = self._accounts.get_cached(sender.account_id)
        self.send(
            SystemMail.SENDER_CONFIRM,
            account_id=sender.account_id,
            to=sender.email,
            locale=sender.language,
            variables={
                "link": f"{self._base_url}/confirm-sender/{secret}",
                "name": account.name or sender.name,
                "code": secret,
            },
        )

    def send(
        self,
        kind: SystemMail,
        *,
        account_id: str,
        to: str,
        locale: str | None,
        variables: dict[str, str],
        sender_name: str = "Postrider",
        sender_email: str | None = None,
    ) -> None:
        """Send a mail to one person, from the address of the deployment unless a confirmed `sender_email` is given."""
        from postrider.content.system import system_message  # imported here, because few calls need the template engine

        message = system_message(
            kind,
            locale=locale,
            to=to,
            sender_name=sender_name,
            sender_email=sender_email or self._sender_email,
            host=urlsplit(self._base_url).hostname or "localhost",
            variables=variables,
            now=self._now(),
            reference=f"system-{random_id()}",
        )
        tags = {"kind": "system", "account": account_id, "system_mail": kind.value}
        self._mailer.send(OutgoingMail(to=to, sender=sender_email or self._sender_email, message=message, tags=tags))
