"""Send system mails. Each is caused by an act of a person and has one link."""

from urllib.parse import urlsplit

from postrider.accounts.merge_tags import company_tags
from postrider.accounts.service import AccountService
from postrider.content.system_mail_kinds import SystemMail
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.ids import random_id
from postrider.kit.observability import logger
from postrider.ports.mailer import Mailer, MailerPaused, MailerRefused, OutgoingMail
from postrider.senders.model import Sender
from postrider.system_mails.designs import FoundDesign, SystemMailDesigns


class SystemMailService:
    def __init__(
        self,
        mailer: Mailer,
        accounts: AccountService,
        designs: SystemMailDesigns,
        *,
        base_url: str,
        sender_email: str,
        now: Clock,
    ) -> None:
        """Initialize the service. `sender_email` is the address of the deployment, verified in SES."""
        self._mailer, self._accounts, self._designs, self._now = mailer, accounts, designs, now
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
        """Send a mail to one person, with the design of the account or of an account above it.

        The sender is the sender of the design, or else a confirmed `sender_email`, or else the deployment. If the design
        cannot be used, the mail is sent without it.
        """
        design = self._designs.find(kind, account_id, locale)
        tags = {"kind": "system", "account": account_id, "system_mail": kind.value}
        if design is not None and design.sender is not None:
            name, email = design.sender_name or design.sender.name, design.sender.email
            try:
                message = self._message(kind, design, to, locale, variables, name, email)
                self._mailer.send(OutgoingMail(to=to, sender=email, message=message, tags=tags))
                return
            except (MailerRefused, MailerPaused) as exc:  # the mail was not sent, perhaps because of this sender
                logger.warning("system mail refused for its sender", extra={"code": type(exc).__name__})
        email = sender_email or self._sender_email
        message = self._message(kind, design, to, locale, variables, sender_name, email)
        self._mailer.send(OutgoingMail(to=to, sender=email, message=message, tags=tags))

    def _message(
        self,
        kind: SystemMail,
        design: FoundDesign | None,
        to: str,
        locale: str | None,
        variables: dict[str, str],
        sender_name: str,
        sender_email: str,
    ) -> bytes:
        from postrider.content.merge_tags import Frame
        from postrider.content.source import source_of  # imported here, because few calls need the template engine
        from postrider.content.system_mails import SystemMailFrame, designed_message, system_message

        mail = SystemMailFrame(
            to=to,
            frame=Frame(
                sender_name=sender_name,
                sender_email=sender_email,
                company=company_tags(design.account) if design else {},
            ),
            host=urlsplit(self._base_url).hostname or "localhost",
            variables=variables,
            now=self._now(),
            reference=f"system-{random_id()}",
        )
        if design is not None and design.content is not None:
            try:
                return designed_message(kind, source_of(design.content), mail)
            except PostriderError as exc:  # the template has changed since it was checked
                logger.warning("system mail with the built-in texts", extra={"code": exc.code})
        return system_message(kind, locale, mail)
