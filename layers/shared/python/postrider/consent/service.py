"""Mail confirmation requests, and confirm subscriptions by their links."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from postrider.accounts.service import AccountService
from postrider.attributes.service import AttributeService
from postrider.consent.model import LINK_LIFETIME, SignUp, Visitor, form_id_of
from postrider.consent.queue_messages import MailConfirmationRequest
from postrider.consent.repository import RequestClaims
from postrider.consent.sign_ups import SignUpService
from postrider.contacts.consents import MAX_TEXT_CHARS
from postrider.contacts.model import ConsentRecord, Contact, Status, Value
from postrider.contacts.rules import CONFIRMABLE
from postrider.contacts.service import ContactService
from postrider.content.links import PATHS
from postrider.content.system_mail_kinds import SystemMail
from postrider.content.texts import texts_for
from postrider.forms.service import FormService
from postrider.interests.service import InterestService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, RateLimited
from postrider.kit.observability import logger
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.ports.mailer import MailerError, MailerRefused, MailerUnknown
from postrider.rate_limits.visitors import MAILS_PER_ADDRESS, VisitorLimits
from postrider.senders.service import SenderService
from postrider.suppressions.service import SuppressionService
from postrider.system_mails.service import SystemMailService
from postrider.tracking.tokens import LINK_EXPIRED, ConfirmationToken, TokenPurpose, Tokens


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The content of a confirmation page. `onward` is the URL to redirect to afterwards, or None."""

    account_id: str
    language: str
    list_name: str
    onward: str | None = None


class ConfirmationService:
    def __init__(
        self,
        accounts: AccountService,
        contacts: ContactService,
        lists: ListService,
        forms: FormService,
        attributes: AttributeService,
        interests: InterestService,
        sign_ups: SignUpService,
        claims: RequestClaims,
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
        """Initialize the service. `pace` waits until another mail can be sent within the rate."""
        self._accounts, self._contacts, self._lists, self._forms = accounts, contacts, lists, forms
        self._senders, self._claims = senders, claims
        self._attributes, self._interests, self._sign_ups = attributes, interests, sign_ups
        self._suppressions, self._mails, self._tokens = suppressions, mails, tokens
        self._limits, self._pace, self._base_url, self._now = limits, pace, base_url, now

    def mail(self, message: MailConfirmationRequest) -> None:
        """Mail the link if the contact still needs it and the account is open. Raises a MailerError if a retry can succeed."""
        if not self._accounts.is_open(message.account_id):
            return
        try:
            contact_list = self._lists.get(message.account_id, message.list_id)
            contact = self._contacts.get(message.account_id, message.list_id, message.contact_id)
        except NotFound:
            return
        if contact.consent_number != message.consent_number or not self._can_confirm(contact):
            return
        if message.import_id and not self._claims.claim(message, self._now()):
            return
        try:
            self._limits.take(MAILS_PER_ADDRESS, contact.address)
        except RateLimited:
            logger.info("confirmation not mailed: limit for this address", account_id=message.account_id)
            return
        self._pace()
        try:
            self._send(message, contact_list, contact)
        except (MailerRefused, MailerUnknown) as exc:
            # refused permanently, or possibly sent: no second attempt
            logger.warning("confirmation not mailed", account_id=message.account_id, error=type(exc).__name__)
        except MailerError:
            self._limits.give_back(MAILS_PER_ADDRESS, contact.address)
            raise

    def read(self, text: str) -> Confirmation:
        """Return the confirmation of a link without confirming it. Raises NotFound for an invalid, expired or used link."""
        token = self._read(text)
        confirmation = self._confirmation(token)
        self._contact_to_confirm(token)
        return confirmation

    def confirm(self, text: str, visitor: Visitor) -> Confirmation:
        """Confirm the subscription with the values of the sign-up of the link, and record the consent.

        Afterwards this link and all other links of the contact change nothing, and raise NotFound after the contact ceases to
        be active. The result for a deleted contact is the same. Raises NotFound as `read` does.
        """
        token = self._read(text)
        confirmation = self._confirmation(token)
        contact = self._contact_to_confirm(token)
        if contact is not None and contact.consent_number == token.consent_number:
            key = token.account_id, token.list_id, token.contact_id
            sign_ups = self._sign_ups.of_contact(*key)
            sign_up = next((sign_up for sign_up in sign_ups if sign_up.id == token.reference), None)
            records = [] if sign_up is None else [sign_up.consent]
            self._contacts.consents.add(contact, [*records, self._record(confirmation, visitor)])
            with suppress(NotFound):
                self._contacts.confirm(
                    *key,
                    consent_number=token.consent_number,
                    attributes={} if sign_up is None else self._values(sign_up),
                    interests=() if sign_up is None else self._interest_ids(sign_up),
                )
            self._sign_ups.forget(*key)
        return confirmation

    def _record(self, confirmation: Confirmation, visitor: Visitor) -> ConsentRecord:
        _, texts = texts_for(confirmation.language)
        question = texts.gettext("Do you want to receive emails from “{list}”?").format(list=confirmation.list_name)
        now = self._now()
        return ConsentRecord(
            created_at=now,
            consented_at=now,
            text=question[:MAX_TEXT_CHARS],
            url=f"{self._base_url}/{PATHS[TokenPurpose.CONFIRM_SUBSCRIPTION]}",
            ip=visitor.ip,
            user_agent=visitor.user_agent[:MAX_TEXT_CHARS],
        )

    def _contact_to_confirm(self, token: ConfirmationToken) -> Contact | None:
        """Return the contact of a link, or None if it is deleted.

        Raises NotFound if the consent has changed since the request, unless the contact is active.
        """
        try:
            contact = self._contacts.get(token.account_id, token.list_id, token.contact_id)
        except NotFound:
            return None
        if contact.consent_number != token.consent_number and contact.status != Status.ACTIVE:
            raise NotFound("The link was used already.", code=LINK_EXPIRED)
        return contact

    def _values(self, sign_up: SignUp) -> dict[int, Value | None]:
        """Return the values of a sign-up that are still valid for the attributes of the list."""
        schema = self._attributes.schema(sign_up.account_id, sign_up.list_id)
        values: dict[int, Value | None] = {}
        for name, text in sign_up.attributes.items():
            with suppress(Invalid):  # the attribute was deleted, or its type changed
                values |= schema.values_of({name: text})
        return values

    def _interest_ids(self, sign_up: SignUp) -> list[int]:
        ids = self._interests.ids_of(sign_up.account_id, sign_up.list_id, sign_up.interests)
        return list(ids.values())

    def _can_confirm(self, contact: Contact) -> bool:
        if contact.status not in CONFIRMABLE:
            return False
        return not contact.suppressed and not self._suppressions.blocks_sending(contact.account_id, contact.address)

    def _send(self, message: MailConfirmationRequest, contact_list: ContactList, contact: Contact) -> None:
        form = self._forms.find(message.account_id, form_id_of(message.sign_up_id))
        try:
            sender = self._senders.get(message.account_id, contact_list.default_sender_id or "")
        except NotFound:
            sender = None
        if sender is not None and not sender.confirmed:
            sender = None
        token = ConfirmationToken(
            account_id=message.account_id,
            expires_at=self._now() + LINK_LIFETIME,
            list_id=message.list_id,
            contact_id=contact.id,
            consent_number=message.consent_number,
            reference=message.sign_up_id,
        )
        text = self._tokens.make_confirmation(TokenPurpose.CONFIRM_SUBSCRIPTION, token)
        sender_fields = {"sender_name": sender.name, "sender_email": sender.email} if sender else {}
        self._mails.send(
            SystemMail.SUBSCRIPTION_CONFIRM,
            account_id=message.account_id,
            to=contact.email,
            locale=form.language if form else contact_list.language,
            variables={
                "link": f"{self._base_url}/{PATHS[TokenPurpose.CONFIRM_SUBSCRIPTION]}/{text}",
                "name": sender.name if sender else contact_list.name,
                "code": "",
            },
            **sender_fields,
        )

    def _read(self, text: str) -> ConfirmationToken:
        return self._tokens.read_confirmation(TokenPurpose.CONFIRM_SUBSCRIPTION, text, now=self._now())

    def _confirmation(self, token: ConfirmationToken) -> Confirmation:
        """Return the confirmation of a token. Raises NotFound if the list is deleted."""
        contact_list = self._lists.get(token.account_id, token.list_id)
        form = self._forms.find(token.account_id, form_id_of(token.reference))
        onward = (form.redirections if form else {}).get("after_double_opt_in")
        return Confirmation(
            account_id=token.account_id,
            language=form.language if form else contact_list.language,
            list_name=contact_list.name,
            onward=onward or contact_list.redirections.get("after_double_opt_in"),
        )
