"""Accept transactional mails: check them, store them with their contents, and enqueue them (main-api.md, section 11)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from postrider.accounts.merge_tags import company_tags
from postrider.contacts.address import parse
from postrider.content.compiled import MISSING_CODE
from postrider.content.headers import check_sender_name
from postrider.kit.errors import FieldPath, Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.mail_events.model import TRANSACTIONAL_LOG, Event, EventType
from postrider.ports.scheduler import Scheduler, SchedulerRefused
from postrider.storage.sequences import NumberPool
from postrider.suppressions.rules import ErasedAddress
from postrider.transactional import rules
from postrider.transactional.contents import MailContents, checked_attributes, checked_data
from postrider.transactional.model import Addressee, Mail, MailAddress, MailRequest, Role
from postrider.transactional.queue_messages import QUEUE, SendEmail

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.service import AccountService
    from postrider.kit.clock import Clock
    from postrider.mail_events.service import EventService
    from postrider.ports.queue import Queue
    from postrider.suppressions.service import SuppressionService
    from postrider.transactional.chosen_sender import SenderSelection
    from postrider.transactional.mailboxes import Mailboxes
    from postrider.transactional.people import AddresseeStatus, AddresseeStatuses
    from postrider.transactional.repository import MailLedger, MailStore
    from postrider.transactional.writing import MailWriter
    from postrider.usage.service import UsageService

NUMBERS_AT_ONCE = 64
"""Number of ids that a process allocates with one write."""
Recipients = Sequence[tuple[Role, MailAddress, str]]
"""Each recipient with the role and the canonical address."""


class TransactionalService:
    def __init__(
        self,
        *,
        mails: MailStore,
        ledger: MailLedger,
        writer: MailWriter,
        accounts: AccountService,
        senders: SenderSelection,
        contents: MailContents,
        people: AddresseeStatuses,
        suppressions: SuppressionService,
        usage: UsageService,
        queue: Queue,
        scheduler: Scheduler,
        mailboxes: Mailboxes,
        events: EventService,
        now: Clock,
    ) -> None:
        self._mails, self._ledger, self._writer, self._accounts = mails, ledger, writer, accounts
        self._events = events
        self._senders, self._contents, self._people = senders, contents, people
        self._suppressions, self._usage = suppressions, usage
        self._queue, self._scheduler, self._mailboxes, self._now = queue, scheduler, mailboxes, now
        self._numbers = NumberPool("email", NUMBERS_AT_ONCE)

    def send(self, account_id: str, request: MailRequest) -> Mail:
        """Store the mail, and enqueue its copies, schedule it, or keep it as a draft.

        A suppressed address gets no copy. Raises Invalid if all addresses are suppressed (unless `is_always_taken`), the
        sender is not confirmed, the account is over its limits, or the mail cannot be written.
        """
        mail = self._mail_of(account_id, request)
        try:
            self._writer.check(mail)
        except Invalid as exc:
            if exc.code != MISSING_CODE or not request.is_always_taken:
                raise
        if not mail.is_draft:
            self._usage.accept_emails(account_id, mail.copies_to_send, mail.due_at, field="email")
        self._mails.save(mail)
        if mail.is_draft:
            self._log_draft(mail)
        else:
            try:
                self._dispatch(mail)
            except Invalid:
                self._mails.delete(account_id, mail.id)
                raise
        return mail

    def _log_draft(self, mail: Mail) -> None:
        """Log the copies of a draft as prepared; drafts are listed by these rows."""
        for addressee in mail.addressees:
            event = Event(
                event_id=f"{EventType.PREPARED}#{mail.id}#{addressee.id}",
                type=EventType.PREPARED,
                account_id=mail.account_id,
                list_id=TRANSACTIONAL_LOG.list_id,
                contact_id=addressee.id,
                at_ms=int(mail.created_at.timestamp() * 1000),
                source=mail.source,
                mailbox=addressee.mailbox,
                group_id=mail.group_id,
            )
            self._events.record_copy(event, is_counted=False)

    def release(self, account_id: str, mail_id: int) -> Mail:
        """Send a draft now or at its moment; repeating it changes nothing.

        Raises NotFound, or Invalid if the account is over its limits or scheduling fails.
        """
        mail = self._kept(account_id, mail_id)
        if mail.is_draft:
            now = self._now()
            mail = replace(mail, is_draft=False, due_at=max(mail.due_at, now))
            self._usage.accept_emails(account_id, mail.copies_to_send, mail.due_at, field="email_id")
            self._mails.save(mail)
        self._dispatch(mail)
        return mail

    def cancel(self, account_id: str, mail_id: int) -> Mail:
        """Delete a draft or a scheduled mail. Raises NotFound, or Invalid if its sending has begun."""
        mail = self._kept(account_id, mail_id)
        is_early = mail.is_draft or mail.due_at > self._now()
        if not is_early or self._ledger.of_mail(account_id, mail_id):
            raise Invalid("The mail cannot be cancelled: its sending has begun.", code="mail_sent", field="email_id")
        self._mails.delete(account_id, mail_id)
        self._scheduler.remove(_schedule_of(mail))
        return mail

    def _kept(self, account_id: str, mail_id: int) -> Mail:
        mail = self._mails.get(account_id, mail_id)
        if mail is None:
            raise NotFound(
                "Unknown mail id, or the content of the mail is no longer stored.",
                code="mail_not_found",
                field="email_id",
            )
        return mail

    # Steps

    def _mail_of(self, account_id: str, request: MailRequest) -> Mail:
        """Return the mail of an request. Raises Invalid as `send` does, Forbidden for a sender."""
        now = self._now()
        recipients = _distinct(request)
        addresses = [address for _, _, address in recipients]
        due_at = rules.due_at(request.send_at, now)
        data, attributes = checked_data(request), checked_attributes(request)
        own_headers = rules.checked_headers(request.headers)
        sender = self._senders.of(account_id, request)
        check_sender_name(sender.name, sender.email, field=("sender", "name"))
        account = self._accounts.get_cached(account_id)
        self._usage.check_emails(account_id, len(recipients), due_at=due_at, field="email")
        blocked = self._suppressions.blocked(account_id, addresses, to_unsubscribed=request.to_unsubscribed)
        if erased := self._suppressions.erased(account_id, blocked):  # no mail keeps their addresses
            recipients = [recipient for recipient in recipients if recipient[2] not in erased]
            addresses = [address for _, _, address in recipients]
            if not recipients:
                raise ErasedAddress()
        if blocked.issuperset(addresses) and not request.is_always_taken:
            reason = "The address is suppressed: no mail is sent to it. Remove the suppression if its owner wants mail."
            raise Invalid(reason, code="address_suppressed", field="email")
        made = self._contents.of(account_id, request)
        content = made.content
        people = None if request.person is None else self._people.of(account_id, request.person, addresses)
        if attributes is not None and people is not None:
            attributes = {name: str(value) for name, value in people.attributes.items()} | attributes
        contact = None if people is None else people.contact
        first_id = self._numbers.take(len(recipients))
        return Mail(
            account_id=account_id,
            id=first_id,
            reference=random_id(12),
            addressees=self._addressees(account_id, request, first_id, recipients, blocked, people),
            sender_id=sender.id,
            sender_name=sender.name,
            sender_email=sender.email,
            reply_to_email=request.reply_to_email,
            subject=content.subject or "",
            html=content.html,
            text=content.text,
            encoding=content.encoding,
            inline_css=content.inline_css is not False,
            attributes=attributes,
            headers=rules.with_headers(content.headers, own_headers),
            attachments=request.attachments,
            group_id=request.group_id,
            tracking=dict(request.tracking),
            company=company_tags(account),
            created_at=now,
            due_at=due_at,
            template_id=made.template_id,
            list_id=0 if people is None else people.list_id,
            contact_id=0 if contact is None else contact.id,
            customer={} if people is None else dict(people.customer),
            data=data,
            is_draft=request.is_draft,
            is_content_kept=request.is_content_kept,
            to_unsubscribed=request.to_unsubscribed,
        )

    def _addressees(
        self,
        account_id: str,
        request: MailRequest,
        first_id: int,
        recipients: Recipients,
        blocked: Collection[str],
        people: AddresseeStatus | None,
    ) -> tuple[Addressee, ...]:
        def skipped(address: str) -> str | None:
            if address in blocked:
                return rules.SUPPRESSED
            return None if people is None else people.reason_to_skip(address, to_unsubscribed=request.to_unsubscribed)

        return tuple(
            Addressee(
                id=first_id + place,
                role=role,
                email=parse(recipient.email).original,
                name=recipient.name,
                mailbox=self._mailboxes.key_of(account_id, address),
                skipped=skipped(address),
            )
            for place, (role, recipient, address) in enumerate(recipients)
        )

    def _dispatch(self, mail: Mail) -> None:
        wait_s = max(0.0, (mail.due_at - self._now()).total_seconds())
        if wait_s <= rules.NEAR_S:
            self._queue.send(QUEUE, messages_of(mail), group=mail.account_id, delay_s=int(wait_s))
            return
        request = SendEmail(account_id=mail.account_id, mail_id=mail.id)
        try:
            self._scheduler.put(_schedule_of(mail), mail.due_at, QUEUE, request)
        except SchedulerRefused as exc:
            raise Invalid("The mail could not be scheduled; retry.", code="not_scheduled", field="send_at") from exc


def _schedule_of(mail: Mail) -> str:
    return f"email-{mail.account_id}-{mail.id}"


def messages_of(mail: Mail) -> list[SendEmail]:
    """Return the queue message of each copy."""
    return [
        SendEmail(account_id=mail.account_id, mail_id=mail.id, copy_id=addressee.id) for addressee in mail.addressees
    ]


def _distinct(request: MailRequest) -> Recipients:
    """Return the recipients with their canonical addresses; a repeated address gets one copy. Raises Invalid."""
    recipients: dict[str, tuple[Role, MailAddress, str]] = {}
    for role, field, recipient in _roles(request):
        address = parse(recipient.email, field=field).canonical
        recipients.setdefault(address, (role, recipient, address))
    if not request.to:
        raise Invalid("The mail has no recipient: give an address.", code="recipient_missing", field="email")
    if len(recipients) > rules.MAX_ADDRESSES:
        reason = f"A mail has at most {rules.MAX_ADDRESSES} recipients; send several mails."
        raise Invalid(reason, code="too_many_recipients", field="email")
    return list(recipients.values())


def _roles(request: MailRequest) -> Iterator[tuple[Role, FieldPath, MailAddress]]:
    yield from ((Role.TO, "email", recipient) for recipient in request.to)
    yield from ((Role.CC, "cc", recipient) for recipient in request.cc)
    yield from ((Role.BCC, "bcc", recipient) for recipient in request.bcc)
