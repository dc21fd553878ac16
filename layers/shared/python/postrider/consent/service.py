"""The mail with the link that confirms a subscription, and what the link does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from postrider.consent.messages import AskSubscriber
from postrider.contacts.model import Contact, Status
from postrider.contacts.service import ContactService
from postrider.content.kinds import SystemMail
from postrider.content.links import PATHS
from postrider.forms.service import FormService
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound, RateLimited
from postrider.kit.observability import logger
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.ports.mailer import MailerError, MailerRefused, MailerUnknown
from postrider.rate_limits.visitors import MAILS_PER_ADDRESS, VisitorLimits
from postrider.senders.service import SenderService
from postrider.system_mails.service import SystemMailService
from postrider.tracking.tokens import ConfirmationToken, Purpose, Tokens

LINK_LIFETIME = timedelta(days=7)


class Suppressions(Protocol):
    def blocks_sending(self, account_id: str, email: str) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a confirmation link asks, or has done: `onward` is where the browser goes afterwards, if anywhere."""

    language: str
    list_name: str
    onward: str | None = None


class ConfirmationService:
    def __init__(
        self,
        contacts: ContactService,
        lists: ListService,
        forms: FormService,
        senders: SenderService,
        suppressions: Suppressions,
        mails: SystemMailService,
        tokens: Tokens,
        limits: VisitorLimits,
        pace: Callable[[], None],
        *,
        base_url: str,
        now: Clock,
    ) -> None:
        """`pace` returns when one more mail may leave."""
        self._contacts, self._lists, self._forms, self._senders = contacts, lists, forms, senders
        self._suppressions, self._mails, self._tokens = suppressions, mails, tokens
        self._limits, self._pace, self._base_url, self._now = limits, pace, base_url, now

    def mail(self, order: AskSubscriber) -> None:
        """Mail the link, if the contact still waits for it. Raises a MailerError that trying again can mend."""
        try:
            contact_list = self._lists.get(order.account_id, order.list_id)
            contact = self._contacts.get(order.account_id, order.list_id, order.contact_id)
        except NotFound:
            return
        if not self._waits(contact, again=order.again):
            return
        try:
            self._limits.take(MAILS_PER_ADDRESS, contact.address)
        except RateLimited:
            logger.info("confirmation not mailed: enough for this address", account_id=order.account_id)
            return
        self._pace()
        try:
            self._send(order, contact_list, contact)
        except (MailerRefused, MailerUnknown) as exc:
            # for good, or perhaps on its way: a second one would not help
            logger.warning("confirmation not mailed", account_id=order.account_id, error=type(exc).__name__)
        except MailerError:
            self._limits.give_back(MAILS_PER_ADDRESS, contact.address)
            raise

    def question(self, text: str) -> Question:
        """What the link asks; changes nothing. Raises NotFound for one that was not made here or has expired."""
        return self._question(self._read(text))

    def confirm(self, text: str) -> Question:
        """The person says yes; the same answer when the contact is gone. Raises NotFound as `question` does."""
        token = self._read(text)
        try:
            self._contacts.confirm(token.account_id, token.list_id, token.contact_id)
        except NotFound:
            return self._question(token)
        return self._question(token)

    def _waits(self, contact: Contact, *, again: bool) -> bool:
        if contact.status != Status.PENDING and not (again and contact.status == Status.UNSUBSCRIBED):
            return False
        return not contact.suppressed and not self._suppressions.blocks_sending(contact.account_id, contact.address)

    def _send(self, order: AskSubscriber, contact_list: ContactList, contact: Contact) -> None:
        form = self._forms.find(order.account_id, order.form_id)
        try:
            sender = self._senders.get(order.account_id, contact_list.default_sender_id)
        except NotFound:
            sender = None
        if sender is not None and not sender.confirmed:
            sender = None
        token = ConfirmationToken(
            account_id=order.account_id,
            expires_at=self._now() + LINK_LIFETIME,
            list_id=order.list_id,
            contact_id=contact.id,
            reference=order.form_id,
        )
        text = self._tokens.make_confirmation(Purpose.CONFIRM_SUBSCRIPTION, token)
        from_whom = {"sender_name": sender.name, "sender_email": sender.email} if sender else {}
        self._mails.send(
            SystemMail.SUBSCRIPTION_CONFIRM,
            account_id=order.account_id,
            to=contact.email,
            locale=form.language if form else contact_list.language,
            variables={
                "link": f"{self._base_url}/{PATHS[Purpose.CONFIRM_SUBSCRIPTION]}/{text}",
                "name": sender.name if sender else contact_list.name,
                "code": "",
            },
            **from_whom,
        )

    def _read(self, text: str) -> ConfirmationToken:
        return self._tokens.read_confirmation(Purpose.CONFIRM_SUBSCRIPTION, text, now=self._now())

    def _question(self, token: ConfirmationToken) -> Question:
        """Raises NotFound when the list is gone."""
        contact_list = self._lists.get(token.account_id, token.list_id)
        form = self._forms.find(token.account_id, token.reference)
        onward = (form.redirections if form else {}).get("after_double_opt_in")
        return Question(
            language=form.language if form else contact_list.language,
            list_name=contact_list.name,
            onward=onward or contact_list.redirections.get("after_double_opt_in"),
        )
