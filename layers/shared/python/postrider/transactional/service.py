"""Take transactional mails: checked, stored with their contents, and put on the queue (main-api.md, section 11)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from postrider.accounts.merge_tags import company_tags
from postrider.accounts.service import AccountService
from postrider.contacts.address import parse
from postrider.content.headers import check_sender_name
from postrider.content.model import Content
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, named_at
from postrider.kit.ids import random_id
from postrider.ports.queue import Queue
from postrider.ports.scheduler import Scheduler, SchedulerRefused
from postrider.senders.service import SenderService
from postrider.storage.sequences import NumberPool
from postrider.suppressions.service import SuppressionService
from postrider.templates.service import TemplateService
from postrider.transactional import rules
from postrider.transactional.mailboxes import Mailboxes
from postrider.transactional.messages import QUEUE, SendEmail
from postrider.transactional.model import Addressee, Mail, Mailbox, MailOrder, Role
from postrider.transactional.repository import MailStore
from postrider.transactional.writing import MailWriter
from postrider.usage.service import UsageService

NUMBERS_AT_ONCE = 64
"""Ids that a process allocates with one write."""


class TransactionalService:
    def __init__(
        self,
        *,
        mails: MailStore,
        writer: MailWriter,
        accounts: AccountService,
        senders: SenderService,
        templates: TemplateService,
        suppressions: SuppressionService,
        usage: UsageService,
        queue: Queue,
        scheduler: Scheduler,
        mailboxes: Mailboxes,
        now: Clock,
    ) -> None:
        self._mails, self._writer, self._accounts, self._senders = mails, writer, accounts, senders
        self._templates, self._suppressions, self._usage = templates, suppressions, usage
        self._queue, self._scheduler, self._mailboxes, self._now = queue, scheduler, mailboxes, now
        self._numbers = NumberPool("email", NUMBERS_AT_ONCE)

    def send(self, account_id: str, order: MailOrder) -> Mail:
        """Store the mail and put its copies on the queue, or schedule it.

        A suppressed address gets no copy. Raises Invalid when all addresses are suppressed, when the sender is not
        confirmed, when the account is over its limits, and for a mail that cannot be written.
        """
        now = self._now()
        recipients = _distinct(order)
        due_at = rules.due_at(order.send_at, now)
        sender = self._senders.confirmed(account_id, order.sender_id, field=("sender", "id"))
        sender_name = order.sender_name or sender.name
        check_sender_name(sender_name, sender.email, field=("sender", "name"))
        account = self._accounts.get_cached(account_id)
        self._usage.check_emails(account_id, len(recipients), field="email")
        blocked = self._suppressions.blocked(account_id, [address for _, _, address in recipients])
        if all(address in blocked for _, _, address in recipients):
            reason = "The address is suppressed: no mail is sent to it. Remove the suppression if its owner wants mail."
            raise Invalid(reason, code="address_suppressed", field="email")
        content = self._content(account_id, order)
        first_id = self._numbers.take(len(recipients))
        mail = Mail(
            account_id=account_id,
            id=first_id,
            reference=random_id(12),
            addressees=tuple(
                Addressee(
                    id=first_id + place,
                    role=role,
                    email=parse(mailbox.email).original,
                    name=mailbox.name,
                    mailbox=self._mailboxes.key_of(account_id, address),
                    is_suppressed=address in blocked,
                )
                for place, (role, mailbox, address) in enumerate(recipients)
            ),
            sender_id=sender.id,
            sender_name=sender_name,
            sender_email=sender.email,
            reply_to_email=order.reply_to_email,
            subject=content.subject or "",
            html=content.html,
            text=content.text,
            encoding=content.encoding,
            inline_css=content.inline_css is not False,
            attributes=_attributes(order),
            headers=rules.checked_headers(order.headers),
            attachments=order.attachments,
            group_id=order.group_id,
            tracking=dict(order.tracking),
            company=company_tags(account),
            created_at=now,
            due_at=due_at,
        )
        self._writer.check(mail)
        self._mails.save(mail)
        self._dispatch(mail, now)
        return mail

    def _dispatch(self, mail: Mail, now: datetime) -> None:
        wait_s = max(0.0, (mail.due_at - now).total_seconds())
        if wait_s <= rules.NEAR_S:
            self._queue.send(QUEUE, messages_of(mail), group=mail.account_id, delay_s=int(wait_s))
            return
        order = SendEmail(account_id=mail.account_id, mail_id=mail.id)
        try:
            self._scheduler.put(f"email-{mail.account_id}-{mail.id}", mail.due_at, QUEUE, order)
        except SchedulerRefused as exc:
            self._mails.delete(mail.account_id, mail.id)
            raise Invalid("The mail could not be scheduled; retry.", code="not_scheduled", field="send_at") from exc

    def _content(self, account_id: str, order: MailOrder) -> Content:
        """Return the parts of the mail: its own, and those of its template that it does not have. Raises Invalid."""
        content = Content() if order.template is None else self._template_content(account_id, order.template)
        own = {"subject": order.subject, "html": order.html, "text": order.text, "encoding": order.encoding}
        parts: dict[str, Any] = {name: value for name, value in own.items() if value is not None}
        content = replace(content, **parts)
        if content.is_empty:
            reason = "The mail has no content: give html, text or a template that has one of them."
            raise Invalid(reason, code="mail_empty", field="content")
        if not content.subject:
            reason = "The mail has no subject: give one, or a template that has one."
            raise Invalid(reason, code="subject_missing", field=("content", "subject"))
        return content

    def _template_content(self, account_id: str, name: int | str) -> Content:
        field: FieldPath = ("content", "template", "id")
        with named_at(field, as_=Invalid):
            if isinstance(name, str):
                template = self._templates.by_trigger_name(account_id, name)
            else:
                template = self._templates.get(account_id, name)
            return self._templates.content(template)


def messages_of(mail: Mail) -> list[SendEmail]:
    """Return the order for each copy."""
    return [
        SendEmail(account_id=mail.account_id, mail_id=mail.id, copy_id=addressee.id) for addressee in mail.addressees
    ]


def _attributes(order: MailOrder) -> dict[str, str] | None:
    if len(order.attributes) > rules.MAX_ATTRIBUTES:
        reason = f"A mail has at most {rules.MAX_ATTRIBUTES} attributes."
        raise Invalid(reason, code="too_many_attributes", field=("content", "template", "custom_attributes"))
    return dict(order.attributes) if order.attributes or order.template is not None else None


def _distinct(order: MailOrder) -> Sequence[tuple[Role, Mailbox, str]]:
    """Return the recipients with their canonical addresses; an address that is given twice gets one copy. Raises Invalid."""
    recipients: dict[str, tuple[Role, Mailbox, str]] = {}
    for role, field, mailbox in _roles(order):
        address = parse(mailbox.email, field=field).canonical
        recipients.setdefault(address, (role, mailbox, address))
    if not order.to:
        raise Invalid("The mail has no recipient: give an address.", code="recipient_missing", field="email")
    if len(recipients) > rules.MAX_ADDRESSES:
        reason = f"A mail has at most {rules.MAX_ADDRESSES} recipients; send several mails."
        raise Invalid(reason, code="too_many_recipients", field="email")
    return list(recipients.values())


def _roles(order: MailOrder) -> Iterator[tuple[Role, FieldPath, Mailbox]]:
    yield from ((Role.TO, "email", mailbox) for mailbox in order.to)
    yield from ((Role.CC, "cc", mailbox) for mailbox in order.cc)
    yield from ((Role.BCC, "bcc", mailbox) for mailbox in order.bcc)
