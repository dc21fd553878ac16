"""Send the copies of transactional mails: at least once, and with at most one repetition.

The mailer does not detect repeated requests. A worker claims a copy, sends it and records the outcome. If it crashes in
between, the queue delivers the message again after the claim has ended: the copy is sent again, unless an event of the
mailer has proved that the mail was accepted. If the worker crashes a second time, the outcome of the copy is unknown.
"""

from collections.abc import Callable

from postrider.accounts.service import AccountService
from postrider.contacts.address import canonical
from postrider.content.compiled import MISSING_CODE
from postrider.delivery.model import Outcome
from postrider.delivery.rate.service import RateService
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.ids import random_id
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.mail_events.model import TRANSACTIONAL_LOG, Event, EventType
from postrider.mail_events.service import EventService
from postrider.ports.mailer import (
    Mailer,
    MailerPaused,
    MailerQuotaReached,
    MailerRefused,
    MailerThrottled,
    MailerUnknown,
    OutgoingMail,
)
from postrider.ports.queue import Queue
from postrider.suppressions.service import SuppressionService
from postrider.transactional import rules
from postrider.transactional.model import Addressee, Mail, MailCopy
from postrider.transactional.people import AddresseeStatuses
from postrider.transactional.queue_messages import QUEUE, SendEmail
from postrider.transactional.repository import MailLedger, MailStore
from postrider.transactional.service import messages_of
from postrider.transactional.writing import MailWriter

_EVENT_OF = {
    Outcome.SENT: EventType.SENT,
    Outcome.SKIPPED: EventType.SKIPPED,
    Outcome.FAILED: EventType.FAILED,
    Outcome.UNKNOWN: EventType.UNKNOWN,
}


class TransactionalSender:
    def __init__(
        self,
        *,
        mails: MailStore,
        ledger: MailLedger,
        writer: MailWriter,
        accounts: AccountService,
        suppressions: SuppressionService,
        people: AddresseeStatuses,
        mailer: Mailer,
        rates: RateService,
        queue: Queue,
        events: EventService,
        now: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._mails, self._ledger, self._writer, self._accounts = mails, ledger, writer, accounts
        self._suppressions, self._people = suppressions, people
        self._mailer, self._rates, self._queue = mailer, rates, queue
        self._events, self._now, self._sleep = events, now, sleep

    def send(self, message: SendEmail) -> None:
        """Send a copy unless it is decided; return it to the queue if its turn is later."""
        mail = self._mails.get(message.account_id, message.mail_id)
        if mail is None:
            logger.warning("the content of a mail is not stored any longer", mail_id=message.mail_id)
            return
        if mail.is_draft:
            return
        if message.copy_id is None:
            self._queue.send(QUEUE, messages_of(mail), group=mail.account_id)
            return
        addressee = mail.addressee(message.copy_id)
        if addressee is None:
            logger.error("a mail has no such copy", mail_id=mail.id, copy_id=message.copy_id)
            return
        early_s = (mail.due_at - self._now()).total_seconds()
        if early_s >= 1:
            self._put_back(message, early_s)
        elif reason := self._reason_to_skip(mail, addressee):
            copy = self._ledger.skip(mail, addressee, reason=reason, now=self._now())
            if copy is None:
                self._decide_after_lease(message, mail, addressee)
            self._log(copy)
            self._delete_content(mail)
        elif self._has_turn(message):
            self._send_claimed(message, mail, addressee)

    def _reason_to_skip(self, mail: Mail, addressee: Addressee) -> str | None:
        if addressee.skipped or self._now() - mail.created_at <= rules.FRESH_FOR:
            return addressee.skipped
        if not self._accounts.is_open(mail.account_id):
            return rules.CLOSED
        address = canonical(addressee.email)
        if self._suppressions.blocked(mail.account_id, [address], to_unsubscribed=mail.to_unsubscribed):
            return rules.SUPPRESSED
        people = self._people.of_mail(mail, address)
        return None if people is None else people.reason_to_skip(address, to_unsubscribed=mail.to_unsubscribed)

    def _has_turn(self, message: SendEmail) -> bool:
        """Wait for the turn of the copy and return True; if it is late, return the copy to the queue and return False."""
        now = self._now().timestamp()
        turn_at = message.turn_at
        if turn_at is None or now > turn_at + rules.TURN_KEPT_S:
            turn_at = self._rates.lease_urgent()
        wait_s = turn_at - self._now().timestamp()
        if wait_s > rules.LONGEST_WAIT_S:
            self._put_back(message.model_copy(update={"turn_at": turn_at}), wait_s)
            return False
        if wait_s > 0:
            self._sleep(wait_s)
        return True

    def _send_claimed(self, message: SendEmail, mail: Mail, addressee: Addressee) -> None:
        now = self._now()
        subject = self._writer.subject_to_keep(mail, addressee)
        copy = self._ledger.claim(mail, addressee, subject=subject, claim=random_id(), now=now, until=now + rules.LEASE)
        if copy is None:
            self._decide_after_lease(message, mail, addressee)
            return
        try:
            outgoing = self._written(mail, addressee, copy)
        except PostriderError as exc:
            logger.warning("a mail cannot be written", mail_id=mail.id, reason=exc.code)
            is_missing = exc.code == MISSING_CODE
            reason, failure = (MISSING_CODE, exc.message) if is_missing else (rules.UNWRITABLE, None)
            self._decide(copy, Outcome.FAILED, reason, failure)
            self._delete_content(mail)
            return
        try:
            message_id = self._hand_over(outgoing)
        except MailerRefused as exc:
            self._decide(copy, Outcome.FAILED, exc.code)
            self._delete_content(mail)
        except MailerUnknown:
            logger.warning("the answer of the mailer was lost", mail_id=mail.id, copy_id=copy.id)
            self._put_back(message, rules.LEASE.total_seconds() + 1)
        except (MailerThrottled, MailerQuotaReached, MailerPaused) as exc:
            self._ledger.release(copy, self._now())
            self._pause(message, exc)
        else:
            self.record_sent(copy, message_id)
            self._delete_content(mail)

    def _hand_over(self, outgoing: OutgoingMail) -> str:
        """Send the mail through the mailer; if it refuses it for the rate, wait for a gap between the mails of campaigns."""
        for pause_s in rules.SHORT_PAUSES_S:
            try:
                return self._mailer.send(outgoing)
            except MailerThrottled:
                self._sleep(pause_s)
        return self._mailer.send(outgoing)

    def _written(self, mail: Mail, addressee: Addressee, copy: MailCopy) -> OutgoingMail:
        """Return the copy with the tags by which events find it. Raises PostriderError if it cannot be written."""
        outgoing = self._writer.write(mail, addressee)
        tags = {
            "kind": mail.source.kind.value,
            "account": mail.account_id,
            "source": str(mail.id),
            "contact": str(addressee.id),
            "run": copy.claim,
        }
        return OutgoingMail(to=outgoing.to, sender=outgoing.sender, message=outgoing.message, tags=tags)

    def _pause(self, message: SendEmail, reason: Exception) -> None:
        """Return the copy to the queue after a refusal that concerns all mail."""
        if isinstance(reason, MailerThrottled):
            self._rates.pause_after_throttle()
            pause_s = rules.pause_s(message.pauses)
        else:
            is_quota = isinstance(reason, MailerQuotaReached)
            emit_alarm(AlarmMetric.DAILY_QUOTA_REACHED if is_quota else AlarmMetric.SENDING_PAUSED)
            pause_s = rules.QUOTA_PAUSE_S
        self._put_back(message.model_copy(update={"turn_at": None, "pauses": message.pauses + 1}), pause_s)

    def _put_back(self, message: SendEmail, wait_s: float) -> None:
        self._queue.send(QUEUE, [message], group=message.account_id, delay_s=min(int(wait_s), rules.NEAR_S))

    # Outcomes of copies

    def _decide_after_lease(self, message: SendEmail, mail: Mail, addressee: Addressee) -> None:
        """Complete the work of an earlier delivery of this message, or wait until its claim has ended."""
        copy, now = self._ledger.get(mail.account_id, mail.id, addressee.id), self._now()
        if copy is None or copy.outcome != Outcome.CLAIMED:
            self._log(copy)
        elif copy.claim_until is not None and copy.claim_until > now:
            self._put_back(message, (copy.claim_until - now).total_seconds() + 1)
        else:
            self._decide(copy, Outcome.UNKNOWN, rules.ANSWERS_LOST)
            emit_alarm(AlarmMetric.EMAILS_UNKNOWN)

    def find(self, account_id: str, mail_id: int, copy_id: int) -> MailCopy | None:
        """Return a copy, or None if it was never attempted."""
        return self._ledger.get(account_id, mail_id, copy_id)

    def record_sent(self, copy: MailCopy, message_id: str) -> None:
        """Record in the row, the log and the report that the mailer accepted a copy."""
        self._log(self._ledger.mark_sent(copy, message_id=message_id, now=self._now()))

    def _decide(self, copy: MailCopy, outcome: Outcome, reason: str, failure: str | None = None) -> None:
        self._log(self._ledger.decide(copy, outcome, reason=reason, now=self._now(), failure=failure))

    def _delete_content(self, mail: Mail) -> None:
        """Delete the content of a mail that is not to be kept, once all of its copies are decided and logged."""
        if mail.is_content_kept:
            return
        copies = self._ledger.of_mail(mail.account_id, mail.id)
        if len(copies) == len(mail.addressees) and all(copy.decided_at is not None for copy in copies):
            self._mails.delete(mail.account_id, mail.id)

    def _log(self, copy: MailCopy | None) -> None:
        """Log the outcome of a decided copy; repeating it changes nothing."""
        if copy is None or copy.decided_at is None:
            return
        event_type = _EVENT_OF[copy.outcome]
        event = Event(
            event_id=f"{event_type}#{copy.mail_id}#{copy.id}",
            type=event_type,
            account_id=copy.account_id,
            list_id=TRANSACTIONAL_LOG.list_id,
            contact_id=copy.id,
            at_ms=int(copy.decided_at.timestamp()) * 1000,
            source=copy.source,
            detail=copy.reason,
            mailbox=copy.mailbox,
            group_id=copy.group_id,
        )
        is_recent = self._now() - copy.decided_at < rules.COUNTED_ONCE_FOR
        self._events.record_copy(event, is_counted=is_recent)
