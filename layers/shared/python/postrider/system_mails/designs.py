"""Find the design of a system mail: of the account, or of the nearest account above it with a design."""

from dataclasses import dataclass

from postrider.accounts.model import Account
from postrider.accounts.service import AccountService
from postrider.content.model import Content
from postrider.content.system_mail_kinds import SystemMail
from postrider.kit.errors import NotFound, PostriderError
from postrider.kit.observability import logger
from postrider.senders.model import Sender
from postrider.senders.service import SenderService
from postrider.system_mails.model import KINDS, SystemMailDesign, fitting
from postrider.system_mails.repository import SystemMailRepository
from postrider.templates.service import TemplateService

DEFAULT_LOCALE = "en_US"


@dataclass(frozen=True, kw_only=True)
class FoundDesign:
    """The usable parts of a design. `account` is its owner, whose company the mail names."""

    account: Account
    content: Content | None
    sender: Sender | None
    sender_name: str | None


class SystemMailDesigns:
    def __init__(
        self,
        designs: SystemMailRepository,
        accounts: AccountService,
        templates: TemplateService,
        senders: SenderService,
    ) -> None:
        self._designs, self._accounts, self._templates, self._senders = designs, accounts, templates, senders

    def find(self, kind: SystemMail, account_id: str, locale: str | None) -> FoundDesign | None:
        """Return the design for a mail of this account in this language; None for the built-in texts and sender.

        A deleted template, or a sender that may no longer send, is ignored, so that the mail is sent anyway.
        """
        if kind not in KINDS:
            return None
        lineage = self._accounts.get_cached(account_id).lineage.split("-")
        designs = self._designs.many(lineage)
        for owner_id in reversed(lineage):
            design = fitting(designs.get(owner_id, {}).get(kind, []), locale or DEFAULT_LOCALE)
            if design is not None:
                return self._usable(owner_id, design)
        return None

    def _usable(self, owner_id: str, design: SystemMailDesign) -> FoundDesign | None:
        account = self._accounts.get_cached(owner_id)
        if not account.partner:
            return None
        sender = self._sender(owner_id, design.sender_id)
        return FoundDesign(
            account=account,
            content=self._content(owner_id, design.template_id),
            sender=sender,
            sender_name=(design.sender_name or sender.name) if sender else None,
        )

    def _content(self, owner_id: str, template_id: int | None) -> Content | None:
        if template_id is None:
            return None
        try:
            return self._templates.complete_content(self._templates.get(owner_id, template_id))
        except NotFound:
            logger.warning("system mail without its template", extra={"template_id": template_id})
            return None

    def _sender(self, owner_id: str, sender_id: str | None) -> Sender | None:
        if sender_id is None:
            return None
        try:
            return self._senders.confirmed(owner_id, sender_id)
        except PostriderError as exc:
            logger.warning("system mail without its sender", extra={"sender_id": sender_id, "code": exc.code})
            return None
