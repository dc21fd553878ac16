"""Mail confirmation requests, and confirm subscriptions by their links."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

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
from postrider.suppressions.service import SuppressionService
from postrider.system_mails.service import SystemMailService
from postrider.tracking.tokens import ConfirmationToken, Purpose, Tokens

LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The content of a confirmation page. `onward` is the URL to redirect to afterwards, if any."""

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
        suppressions: SuppressionService,
        mails: SystemMailService,
        tokens: Tokens,
        limits: VisitorLimits,
        pace: Callable[[], None],
        *,
        base_url: str,
        now: Clock,
    ) -> None:
        """Keep the services. `pace` waits until one more mail can be sent within the rate."""
        self._contacts, self._lists, self._forms, self._senders = contacts, lists, forms, senders
        self._suppressions, self._mails, self._tokens = suppressions, mails, tokens
        self._limits, self._pace, self._base_url, self._now = limits, pace, base_url, now

    def mail(self, order: AskSubscriber) -> None:
        """Mail the link when the contact still needs it. Raises a MailerError after which a retry can succeed."""
        try:
            contact_list = self._lists.get(order.account_id, order.list_id)
            contact = self._contacts.get(order.account_id, order.list_id, order.contact_id)
        except NotFound:
            return
        if not self._needs_confirmation(contact, again=order.again):
            return
        try:
            self._limits.take(MAILS_PER_ADDRESS, contact.address)
        except RateLimited:
            logger.info("confirmation not mailed: limit for this address", account_id=order.account_id)
            return
        self._pace()
        try:
            self._send(order, contact_list, contact)
        except (MailerRefused, MailerUnknown) as exc:
            # refused for good, or possibly sent: no second attempt
            logger.warning("confirmation not mailed", account_id=order.account_id, error=type(exc).__name__)
        except MailerError:
            self._limits.give_back(MAILS_PER_ADDRESS, contact.address)
            raise

    def read(self, text: str) -> Confirmation:
        """Return what the link confirms, without confirming it. Raises NotFound for an invalid or expired link."""
        return self._confirmation(self._read(text))

    def confirm(self, text: str) -> Confirmation:
        """Confirm the subscription. Answers the same for a deleted contact. Raises NotFound as `read` does."""
        token = self._read(text)
        with suppress(NotFound):
            self._contacts.confirm(token.account_id, token.list_id, token.contact_id)
        return self._confirmation(token)

    def _needs_confirmation(self, contact: Contact, *, again: bool) -> bool:
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
        sender_fields = {"sender_name": sender.name, "sender_email": sender.email} if sender else {}
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
            **sender_fields,
        )

    def _read(self, text: str) -> ConfirmationToken:
        return self._tokens.read_confirmation(Purpose.CONFIRM_SUBSCRIPTION, text, now=self._now())

    def _confirmation(self, token: ConfirmationToken) -> Confirmation:
        """Return what the token confirms. Raises NotFound when the list is deleted."""
        contact_list = self._lists.get(token.account_id, token.list_id)
        form = self._forms.find(token.account_id, token.reference)
        onward = (form.redirections if form else {}).get("after_double_opt_in")
        return Confirmation(
            language=form.language if form else contact_list.language,
            list_name=contact_list.name,
            onward=onward or contact_list.redirections.get("after_double_opt_in"),
        )
