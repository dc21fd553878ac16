"""Check and enqueue sign-ups, and create contacts from them by the rules of consent.

A visitor can submit the address of another person. Therefore a sign-up never changes an active, unsubscribed, invalid or
flagged contact. An unsubscribed or pending contact always gets a confirmation request by mail. The submitted values are
stored on the contact when the link of this sign-up is used; a form without double opt-in stores them at once for new
contacts.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from postrider.attributes.service import AttributeService
from postrider.consent.confirmation_requests import ConfirmationRequests
from postrider.consent.model import Visitor
from postrider.consent.sign_ups import SignUpService
from postrider.contacts.address import parse
from postrider.contacts.consents import MAX_TEXT_CHARS
from postrider.contacts.model import ConsentRecord, Contact, DoubleOptIn, Status
from postrider.contacts.queues import ADD_CONTACTS
from postrider.contacts.rules import CONFIRMABLE
from postrider.contacts.service import ContactService
from postrider.forms import rules
from postrider.forms.model import Form
from postrider.forms.queue_messages import SubscribeContact
from postrider.forms.service import FormService
from postrider.interests.service import InterestService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.ports.queue import Queue
from postrider.rate_limits.visitors import SIGN_UPS_PER_VISITOR, VisitorLimits
from postrider.suppressions.rules import ErasedAddress

FormFields = Mapping[str, Sequence[str]]
"""Submitted fields of a form: a name has several values if several boxes are checked."""
MAX_VALUE_CHARS = 4096


class SignUpProcessing:
    def __init__(
        self,
        forms: FormService,
        contacts: ContactService,
        attributes: AttributeService,
        interests: InterestService,
        sign_ups: SignUpService,
        limits: VisitorLimits,
        queue: Queue,
        *,
        base_url: str,
        now: Clock,
    ) -> None:
        self._forms, self._contacts, self._attributes, self._interests = forms, contacts, attributes, interests
        self._sign_ups, self._limits, self._queue, self._base_url, self._now = sign_ups, limits, queue, base_url, now

    def submit(self, form: Form, fields: FormFields, *, list_name: str, visitor: Visitor) -> None:
        """Check a sign-up and enqueue it. A sign-up with a value in the trap field is ignored, with the usual answer.

        Raises RateLimited, or Invalid with the name of the field.
        """
        self._limits.take(SIGN_UPS_PER_VISITOR, visitor.ip)
        if any(value.strip() for value in fields.get(rules.TRAP, ())):
            return
        email = parse(" ".join(fields.get(rules.EMAIL, ())), field=rules.EMAIL).original
        inputs = rules.inputs_of_all(form.content)
        attributes = self._values(form, {name: fields[name] for name in inputs.attributes & fields.keys()})
        chosen = inputs.interests.intersection(fields.get(rules.INTERESTS, ()))
        message = SubscribeContact(
            account_id=form.account_id,
            form_id=form.id,
            sign_up_id=f"{form.id}.{random_id()}",
            email=email,
            attributes=attributes,
            interests=sorted(self._interests.ids_of(form.account_id, form.list_id, chosen)),
            consent=self._consent(form, list_name, visitor),
        )
        self._queue.send(ADD_CONTACTS, [message], group=form.account_id)

    def process(self, message: SubscribeContact) -> None:
        """Create or update the contact of a sign-up, unless the person was erased. Repeating it changes nothing."""
        try:
            form = self._forms.get(message.account_id, message.form_id)
        except NotFound:
            return
        key = form.account_id, form.list_id
        requests = _Requests(self._sign_ups, self._queue, message)
        contact = self._contacts.find(*key, message.email)
        is_known = contact is not None
        with suppress(ErasedAddress):
            contact = contact or self._added(form, message, requests)
        if contact is None:
            return
        if contact.origin == message.sign_up_id and contact.status == Status.ACTIVE:
            self._contacts.consents.add(contact, [message.consent])
        # A new contact may also be unsubscribed, if its address has a departure.
        if not contact.suppressed and contact.status in (CONFIRMABLE if is_known else {Status.UNSUBSCRIBED}):
            requests.request(*key, [contact])

    def _added(self, form: Form, message: SubscribeContact, requests: "_Requests") -> Contact:
        key = form.account_id, form.list_id
        if form.double_opt_in:
            mode = DoubleOptIn.NOT_ACTIVE
            return self._contacts.upserts.create(
                *key, email=message.email, resubscribe=False, double_opt_in=mode, confirmations=requests
            )
        schema = self._attributes.schema(*key)
        return self._contacts.upserts.create(
            *key,
            email=message.email,
            attributes={name: value for name, value in message.attributes.items() if name in schema.types},
            interests=self._interests.ids_of(*key, message.interests).values(),
            resubscribe=False,
            origin=message.sign_up_id,
        )

    def _consent(self, form: Form, list_name: str, visitor: Visitor) -> ConsentRecord:
        now = self._now().replace(microsecond=0)
        return ConsentRecord(
            created_at=now,
            consented_at=now,
            text=rules.shown_text(form, list_name)[:MAX_TEXT_CHARS],
            url=f"{self._base_url}/subscribe/{form.id}",
            ip=visitor.ip,
            user_agent=visitor.user_agent[:MAX_TEXT_CHARS],
        )

    def _values(self, form: Form, fields: FormFields) -> dict[str, str]:
        """Return the checked values of the list's attributes. Raises Invalid for a value of the wrong type."""
        if not fields:
            return {}
        schema = self._attributes.schema(form.account_id, form.list_id)
        values = {}
        for name, texts in fields.items():
            text = ", ".join(text.replace("T", " ") if _is_moment(text) else text for text in texts if text.strip())
            if name not in schema.types or not text:
                continue
            if len(text) > MAX_VALUE_CHARS:
                reason = f"Text too long: at most {MAX_VALUE_CHARS} characters are allowed."
                raise Invalid(reason, code="attribute_value_invalid", field=name)
            schema.values_of({name: text}, field=name)
            values[name] = text
        return values


class _Requests:
    """The `ConfirmationSender` of a sign-up, which stores its values before the confirmation request is enqueued."""

    def __init__(self, sign_ups: SignUpService, queue: Queue, message: SubscribeContact) -> None:
        self._sign_ups, self._queue, self._message = sign_ups, queue, message

    def request(self, account_id: str, list_id: int, contacts: Sequence[Contact], *, import_id: str = "") -> None:
        message = self._message
        for contact in contacts:
            self._sign_ups.add(
                account_id,
                list_id,
                contact.id,
                sign_up_id=message.sign_up_id,
                attributes=message.attributes,
                interests=message.interests,
                consent=message.consent,
            )
        ConfirmationRequests(self._queue, sign_up_id=message.sign_up_id).request(
            account_id, list_id, contacts, import_id=import_id
        )


def _is_moment(text: str) -> bool:
    """Return whether a text is a moment in the format of datetime-local: 2030-12-31T23:59."""
    return len(text) in (16, 19) and text[10] == "T" and text[:4].isdigit()
