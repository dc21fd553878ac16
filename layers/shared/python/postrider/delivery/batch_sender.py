"""Send chunks of a block: read their contacts, claim, send, record and count."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cachetools import LRUCache

from postrider.delivery import rules
from postrider.delivery.audience import Audience, Recipient
from postrider.delivery.claims import claim_of, claim_token
from postrider.delivery.dispatch import Dispatcher, ids_of, key_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.mail_sender import (
    Answer,
    FailedMail,
    LostAnswer,
    MailSender,
    SentMail,
    Writer,
    WriterFactory,
    write_mail,
)
from postrider.delivery.model import LedgerRow, Outcome, Run, RunKey
from postrider.delivery.queue_messages import SendChunk
from postrider.delivery.rate.model import DailyQuotaUsed, Lease, TimelineBusy
from postrider.delivery.rate.pacer import Pacer
from postrider.delivery.rate.rules import GROUP_S
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.send_attempt import SendAttempt, reference_of, tags_of
from postrider.delivery.sources import MailSources
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.ports.mailer import Mailer, MailerPaused, MailerQuotaReached, MailerUnknown, OutgoingMail

DELETED = "deleted"
WRITERS_CACHED = 8
RUNS_KNOWN = 64
SOON_S = 1.0


class BatchSender:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        composer: WriterFactory,
        mailer: Mailer,
        rates: RateService,
        pacer: Pacer,
        guard: RunGuard,
        accounting: RunAccounting,
        dispatcher: Dispatcher,
        now: Clock,
        is_unknown: Callable[[Run], bool],
    ) -> None:
        """Initialize the service; `is_unknown` returns whether another deployment may have sent the mails of a run."""
        self._ledger, self._sources, self._audience, self._composer = ledger, sources, audience, composer
        self._mailer, self._rates, self._pacer, self._guard = mailer, rates, pacer, guard
        self._accounting, self._dispatcher, self._now = accounting, dispatcher, now
        self._is_unknown = is_unknown
        self._writers: LRUCache[RunKey, Writer] = LRUCache(WRITERS_CACHED)
        self._begun: LRUCache[RunKey, bool] = LRUCache(RUNS_KNOWN)
        """Runs of which this process has sent a mail: after a cancellation, their sources do not become drafts."""

    def send(self, messages: Sequence[SendChunk], *, time_left_s: float = rules.FUNCTION_TIMEOUT_S) -> None:
        """Send to the undecided recipients of the chunks; do nothing if the run is paused or over.

        Several messages must be first attempts at chunks of the same block (`dispatch.place_of`).
        """
        run = self._guard.sendable_run(key_of(messages[0]))
        if run is None:  # resuming enqueues the chunks again
            return
        time_left = timedelta(seconds=min(time_left_s, rules.FUNCTION_TIMEOUT_S) - rules.RESERVE_S)
        now = self._now()
        token = claim_token(now)
        claims = {contact_id: claim_of(token, message.chunk) for message in messages for contact_id in ids_of(message)}
        block = messages[0].block
        attempt = SendAttempt(run, block, messages, claims, stop_at=now + time_left, read_at=now, reported_at=now)
        if messages[0].again and not self._load_rows(attempt):
            return
        attempt.remaining_ids = [contact_id for contact_id in claims if attempt.is_open(contact_id)]
        writer = self._writer(run)
        if not isinstance(writer, PostriderError):
            attempt.pick = writer.variant_of
        self._conclude(attempt, self._send_all(attempt, writer))

    # Before

    def _load_rows(self, attempt: SendAttempt) -> bool:
        """Read the rows of earlier attempts; return False if the chunk is counted already."""
        run = attempt.run
        block = self._ledger.block(run.key, attempt.block)
        if block is None:
            return False
        if block.chunks_done.issuperset(message.chunk for message in attempt.messages):
            self._accounting.close_if_complete(run.key, block)
            return False
        rows = self._ledger.rows(run.account_id, run.source, attempt.claims)
        attempt.rows = self._accounting.resolve_expired(run.key, rows)
        return True

    def _writer(self, run: Run) -> Writer | PostriderError:
        """Return the writer of a run, or the reason why it has none. It is cached, because the content is frozen.

        The reason does not matter if no recipient is left, for example after the list was deleted.
        """
        if run.key not in self._writers:
            try:
                self._writers[run.key] = self._composer.writer(run)
            except PostriderError as exc:
                return exc
        return self._writers[run.key]

    # Sending

    def _send_all(self, attempt: SendAttempt, writer: Writer | PostriderError) -> float | None:
        """Send all mails; return the seconds until the others are retried, or None if resuming enqueues them."""
        if self._is_unknown(attempt.run):
            self._decide(attempt, Outcome.UNKNOWN, dict.fromkeys(attempt.remaining_ids, rules.RESTORED))
            return 0
        sender = MailSender(self._mailer, self._now, lambda: self._guard.sendable_run(attempt.run.key) is not None)
        while attempt.remaining_ids:
            try:
                lease = self._rates.lease(len(attempt.remaining_ids), self._pacer.pace, until=attempt.stop_at)
            except TimelineBusy as busy:
                self._release(attempt)
                return max(busy.wait_s, SOON_S)
            except DailyQuotaUsed as parked:
                self._park(attempt, parked.until)
                return None
            except MailerPaused as paused:
                self._pause(attempt, paused)
                return None
            self._pacer.await_turn(lease)
            if not sender.is_allowed():
                return self._stop(attempt, sender)
            mailable = self._mailable(attempt, attempt.remaining_ids[: lease.count], lease)
            if mailable and isinstance(writer, PostriderError):
                self._pause_unwritable(attempt, writer)
                return None
            if not isinstance(writer, PostriderError):
                self._send_leased(attempt, self._write_mails(attempt, mailable, writer), lease, sender)
            if sender.stopped.is_set():
                return self._stop(attempt, sender)
        return 0

    def _mailable(self, attempt: SendAttempt, contact_ids: Sequence[int], lease: Lease) -> dict[int, Recipient]:
        """Return the recipients that get a mail, by contact id; record those that became unmailable after the planning."""
        recipients = self._read(attempt, contact_ids, lease)
        reasons = {
            contact_id: recipients[contact_id].refusal if contact_id in recipients else DELETED
            for contact_id in contact_ids
        }
        self._decide(attempt, Outcome.SKIPPED, {contact_id: reason for contact_id, reason in reasons.items() if reason})
        return {contact_id: recipients[contact_id] for contact_id, reason in reasons.items() if not reason}

    def _read(self, attempt: SendAttempt, contact_ids: Sequence[int], lease: Lease) -> Mapping[int, Recipient]:
        """Return these contacts, read in the last two seconds; also read contacts of later leases in the next seconds."""
        now = self._now()
        is_known = set(contact_ids).issubset(attempt.read_ids)
        if not is_known or now - attempt.read_at > rules.STATE_CACHED_FOR:
            soon = attempt.remaining_ids[: max(lease.count, int(GROUP_S / lease.spacing_s))]
            attempt.read_ids, attempt.read_at = frozenset(contact_ids if is_known else soon), now
            run = attempt.run
            attempt.recipients = self._audience.read(run.account_id, run.audience, sorted(attempt.read_ids))
        return attempt.recipients

    def _write_mails(
        self, attempt: SendAttempt, recipients: Mapping[int, Recipient], writer: Writer
    ) -> dict[int, OutgoingMail]:
        """Return the mails by contact id; record recipients whose mail cannot be written."""
        run, mails = attempt.run, {}
        for contact_id, recipient in recipients.items():
            variant = attempt.variant_of(contact_id)
            reference, tags = reference_of(run, contact_id), tags_of(run, contact_id, variant)
            mails[contact_id] = write_mail(writer, recipient, contact_id, variant, reference, tags)
        self._decide(
            attempt,
            Outcome.FAILED,
            {contact_id: mail.code for contact_id, mail in mails.items() if isinstance(mail, FailedMail)},
        )
        return {contact_id: mail for contact_id, mail in mails.items() if not isinstance(mail, FailedMail)}

    def _send_leased(
        self, attempt: SendAttempt, mails: Mapping[int, OutgoingMail], lease: Lease, sender: MailSender
    ) -> None:
        """Claim the recipients of the mails, and send the mails at the moments of the lease.

        A recipient that missed its moment keeps its claim, and is the first of the next lease.
        """
        claims = self._claim(attempt, list(mails))
        jobs = [_job(sender, mails[row.contact_id], row) for row in claims]
        answers = self._pacer.run(lease, jobs, sender.stopped)
        self._record(attempt, claims, answers)
        self._report_progress(attempt)

    def _decide(self, attempt: SendAttempt, outcome: Outcome, reasons: Mapping[int, str]) -> None:
        """Record the outcome of recipients without a mail."""
        if not reasons:
            return
        claims = attempt.own_claims(reasons)
        self._store_outcomes(attempt, [row.became(outcome, reason=reasons[row.contact_id]) for row in claims])
        claimed_ids = {row.contact_id for row in claims}
        rows = [attempt.new_row(contact_id, outcome, reason=reason) for contact_id, reason in reasons.items()]
        self._insert(attempt, [row for row in rows if row.contact_id not in claimed_ids])
        attempt.remove_recipients(reasons.keys())
        attempt.has_progressed = True

    def _claim(self, attempt: SendAttempt, contact_ids: Sequence[int]) -> list[LedgerRow]:
        """Claim recipients and return the claims; drop recipients that another attempt has claimed."""
        run = attempt.run
        if not run.mail_may_have_left and not attempt.has_claimed:
            self._ledger.change_run(run.key, mail_may_have_left=True)
        if run.key not in self._begun:
            # later chunks do not write it again; a source that was cancelled before the claim may be a draft, and is read again
            self._guard.replace_run(replace(run, mail_may_have_left=True))
        until = self._now() + rules.LEASE
        claims = attempt.own_claims(contact_ids)
        held_ids = {row.contact_id for row in claims}
        new = [
            attempt.new_row(contact_id, Outcome.CLAIMED, until=until)
            for contact_id in contact_ids
            if contact_id not in held_ids
        ]
        claims += [row for row in self._insert(attempt, new) if row.outcome == Outcome.CLAIMED]
        attempt.has_claimed = attempt.has_claimed or bool(claims)
        attempt.remove_recipients(set(contact_ids) - {row.contact_id for row in claims})
        return claims

    def _insert(self, attempt: SendAttempt, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Store rows of recipients without a row; return the stored rows, and keep the rows of other attempts."""
        if not rows:
            return []
        run = attempt.run
        refused = self._ledger.insert(run, rows)
        stored = {row.contact_id: row for row in rows}
        existing = self._ledger.rows(run.account_id, run.source, [row.contact_id for row in refused]) if refused else {}
        others = [(existing.get(row.contact_id), row) for row in refused]
        replaceable = [(other, row) for other, row in others if other and rules.is_replaceable(other, run.run_id)]
        replaced = {
            row.contact_id
            for (_, row), is_replaced in zip(replaceable, self._ledger.replace(run, replaceable), strict=True)
            if is_replaced
        }
        for other, row in others:
            if other is None:  # just released: another attempt will claim it
                del stored[row.contact_id]
            elif other.claim != row.claim and row.contact_id not in replaced:  # equal if the SDK repeated the call
                attempt.rows[row.contact_id] = other
                del stored[row.contact_id]
        attempt.rows |= stored
        return list(stored.values())

    # After

    def _record(self, attempt: SendAttempt, claims: Sequence[LedgerRow], answers: Sequence[Answer]) -> None:
        """Store the outcome of each mail. A mail without an answer keeps its claim; a lost answer leaves the claim open."""
        now = self._now()
        decided = []
        for row, answer in zip(claims, answers, strict=True):
            attempt.rows[row.contact_id] = row
            if isinstance(answer, SentMail):
                decided.append(row.became(Outcome.SENT, message_id=answer.message_id, sent_at=now))
            elif isinstance(answer, FailedMail):
                decided.append(row.became(Outcome.FAILED, reason=answer.code))
            if isinstance(answer, SentMail | LostAnswer):
                self._begun[attempt.run.key] = True
            if isinstance(answer, LostAnswer):
                logger.warning("the mailer's answer was lost", extra=tags_of(attempt.run, row.contact_id))
        answered = {row.contact_id for row, answer in zip(claims, answers, strict=True) if answer is not None}
        attempt.remove_recipients(answered)
        attempt.has_progressed = attempt.has_progressed or bool(answered)
        self._store_outcomes(attempt, decided)

    def _store_outcomes(self, attempt: SendAttempt, decided: Sequence[LedgerRow]) -> None:
        if not decided:
            return
        run = attempt.run
        overtaken = {row.contact_id for row in self._ledger.store_outcomes(run.key, decided)}
        attempt.rows |= {row.contact_id: row for row in decided if row.contact_id not in overtaken}
        if overtaken:
            # an event of the mailer was faster, or the claim expired while this process was suspended
            accepted = {
                row.contact_id: row.message_id for row in decided if row.contact_id in overtaken and row.message_id
            }
            self._accounting.confirm(run.key, accepted)
            attempt.rows |= self._ledger.rows(run.account_id, run.source, overtaken)

    def _report_progress(self, attempt: SendAttempt) -> None:
        """Update the counters, at most once in REPORTED_EVERY: a faster sender counts its chunks at the end."""
        now = self._now()
        if now - attempt.reported_at < rules.REPORTED_EVERY:
            return
        attempt.reported_at = now
        attempt.messages = self._count(attempt, attempt.messages)
        underway = {message.chunk: ids_of(message) for message in attempt.messages}
        self._accounting.note_sent(attempt.run, attempt.block, underway, attempt.rows)

    def _conclude(self, attempt: SendAttempt, again_in_s: float | None) -> None:
        """Count the decided chunks and enqueue the others again.

        Their delay is `again_in_s` (None: resuming enqueues them), or the time until the claims of other attempts and the
        claims with lost answers have expired.
        """
        run = attempt.run
        undecided = self._count(attempt, attempt.messages)
        claimed_by_others = [
            row.contact_id
            for row in attempt.rows.values()
            if row.outcome == Outcome.CLAIMED and not attempt.is_own_claim(row)
        ]
        if claimed_by_others:
            attempt.rows |= self._ledger.rows(run.account_id, run.source, claimed_by_others)
            undecided = self._count(attempt, undecided)
        if again_in_s is not None:
            for message in undecided:
                delay_s = again_in_s or self._seconds_of_claims(attempt, message)
                self._dispatcher.repeat_chunk(message, delay_s, has_progressed=attempt.has_progressed)

    def _count(self, attempt: SendAttempt, messages: Iterable[SendChunk]) -> list[SendChunk]:
        """Count decided chunks; return the messages of the undecided ones."""
        chunks = {message.chunk: ids_of(message) for message in messages}
        undecided = self._accounting.count(
            attempt.run, attempt.block, chunks, attempt.rows, has_claimed=attempt.has_claimed
        )
        return [message for message in messages if message.chunk in undecided]

    def _seconds_of_claims(self, attempt: SendAttempt, message: SendChunk) -> float:
        """Return the seconds until the last claim of a chunk expires."""
        now = self._now()
        rows = [attempt.rows[contact_id] for contact_id in ids_of(message) if contact_id in attempt.rows]
        ends = [row.claim_until - now for row in rows if row.outcome == Outcome.CLAIMED and row.claim_until]
        return max((end.total_seconds() for end in ends), default=0.0)

    # Stopping

    def _stop(self, attempt: SendAttempt, sender: MailSender) -> float | None:
        """Release unsent mails; return the seconds until they are retried, or None if resuming enqueues them."""
        self._release(attempt)
        if isinstance(sender.reason, MailerQuotaReached):
            self._rates.park(sender.reason.reset_at)
            self._park(attempt, sender.reason.reset_at)
        elif isinstance(sender.reason, MailerPaused):
            self._pause(attempt, sender.reason)
        elif isinstance(sender.reason, MailerUnknown):
            return rules.LEASE.total_seconds()
        elif sender.reason is None:  # the source is paused, or this process was suspended for a time
            return None if self._guard.sendable_run(attempt.run.key) is None else SOON_S
        else:
            self._rates.pause_after_throttle()
            return rules.retry_pause_s(max((message.attempts for message in attempt.messages), default=0))
        return None

    def _release(self, attempt: SendAttempt) -> None:
        """Release the claims of mails that were certainly not sent."""
        claims = attempt.own_claims(attempt.remaining_ids)
        self._ledger.release(attempt.run.key, claims)
        for row in claims:
            del attempt.rows[row.contact_id]

    def _park(self, attempt: SendAttempt, until: datetime) -> None:
        """Park the run, because the daily quota is used up; the sweeper resumes it at `until`."""
        self._release(attempt)
        self._ledger.change_run(attempt.run.key, parked_until=until)
        self._guard.forget(attempt.run.key)
        emit_alarm(AlarmMetric.DAILY_QUOTA_REACHED)
        logger.warning("parked: the daily quota is used up", extra={"until": until.isoformat()})

    def _pause_unwritable(self, attempt: SendAttempt, reason: PostriderError) -> None:
        """Pause the source, because its owner has to change the content."""
        run = attempt.run
        self._release(attempt)
        self._suspend(run, f"The mail cannot be written: {reason.message}")
        logger.error("paused: the mail cannot be written", extra={"source": str(run.source), "code": reason.code})

    def _pause(self, attempt: SendAttempt, reason: MailerPaused) -> None:
        """Pause the source and raise an alarm, because an operator has to repair the account of the mailer."""
        run = attempt.run
        self._release(attempt)
        self._suspend(run, f"The mailer refused: {reason}")
        self._guard.forget(run.key)
        emit_alarm(AlarmMetric.SENDING_PAUSED)
        logger.error("paused: the mailer refuses all mail", extra={"reason": str(reason)})

    def _suspend(self, run: Run, reason: str) -> None:
        """Suspend the source of a run; if its runs are retried without the owner, park this one."""
        if not self._sources.pause(run.account_id, run.source, reason=reason):
            self._ledger.change_run(run.key, parked_until=self._now() + rules.RETRIED_AFTER)


def _job(sender: MailSender, mail: OutgoingMail, claim: LedgerRow) -> Callable[[], Answer]:
    return lambda: sender.send(mail, claim_until=claim.claim_until)
