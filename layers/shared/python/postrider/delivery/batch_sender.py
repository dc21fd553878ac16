"""Send chunks of a block: read their contacts, claim, send, record and count."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cachetools import LRUCache

from postrider.delivery import rules
from postrider.delivery.audience import Audience, Recipient
from postrider.delivery.claims import claim_of, claim_token
from postrider.delivery.dispatch import Dispatcher, ids_of, key_of
from postrider.delivery.ledger import Ledger
from postrider.delivery.mail_sender import Answer, Composer, Failed, Lost, MailSender, Sent, Writer, write_mail
from postrider.delivery.messages import SendChunk
from postrider.delivery.model import Outcome, Row, Run, RunKey
from postrider.delivery.rate.model import Lease, LineBusy, Parked
from postrider.delivery.rate.pacer import Pacer
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import RunGuard
from postrider.delivery.sources import MailSources
from postrider.kit.chunks import in_chunks
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.ports.mailer import Mailer, MailerPaused, MailerQuotaReached, MailerUnknown, OutgoingMail

DELETED = "deleted"
WRITERS_CACHED = 8
SOON_S = 1.0


@dataclass
class Attempt:
    """An attempt to send chunks of a block.

    `messages` are those of the chunks that are not counted yet. `claims` has the claim of each contact id; a chunk has one
    claim. `rows` has the known rows by contact id, `mails` the mails that are still to be sent. `read_at` is the moment at
    which the contacts were read, `reported_at` that at which the counters were last brought up to date.
    """

    run: Run
    block: int
    messages: Sequence[SendChunk]
    claims: dict[int, str]
    stop_at: datetime
    read_at: datetime
    reported_at: datetime
    rows: dict[int, Row] = field(default_factory=dict)
    mails: dict[int, OutgoingMail] = field(default_factory=dict)
    has_claimed: bool = False

    def is_open(self, contact_id: int) -> bool:
        """Return whether the recipient may still be claimed."""
        row = self.rows.get(contact_id)
        return row is None or rules.is_replaceable(row, self.run.run_id)

    def holds(self, row: Row) -> bool:
        """Return whether the row is an open claim of this attempt."""
        return row.outcome == Outcome.CLAIMED and row.claim == self.claims[row.contact_id]

    def row(
        self, contact_id: int, outcome: Outcome, *, reason: str | None = None, until: datetime | None = None
    ) -> Row:
        """Return a new row for this recipient."""
        return Row(
            contact_id=contact_id,
            run_id=self.run.run_id,
            claim=self.claims[contact_id],
            outcome=outcome,
            reason=reason,
            claim_until=until,
        )


class BatchSender:
    def __init__(
        self,
        ledger: Ledger,
        sources: MailSources,
        audience: Audience,
        composer: Composer,
        mailer: Mailer,
        rates: RateService,
        pacer: Pacer,
        guard: RunGuard,
        accounting: RunAccounting,
        dispatcher: Dispatcher,
        now: Clock,
    ) -> None:
        self._ledger, self._sources, self._audience, self._composer = ledger, sources, audience, composer
        self._mailer, self._rates, self._pacer, self._guard = mailer, rates, pacer, guard
        self._accounting, self._dispatcher, self._now = accounting, dispatcher, now
        self._writers: LRUCache[RunKey, Writer] = LRUCache(WRITERS_CACHED)

    def send(self, messages: Sequence[SendChunk], *, time_left_s: float = rules.FUNCTION_TIMEOUT_S) -> None:
        """Send to the recipients of the chunks that have no outcome yet; do nothing if the run is paused or over.

        Several messages must be first attempts at chunks of the same block (`dispatch.place_of`).
        """
        run = self._guard.sendable_run(key_of(messages[0]))
        if run is None:  # the resumption orders the chunks again
            return
        time_left = timedelta(seconds=min(time_left_s, rules.FUNCTION_TIMEOUT_S) - rules.RESERVE_S)
        now = self._now()
        token = claim_token(now)
        claims = {contact_id: claim_of(token, message.chunk) for message in messages for contact_id in ids_of(message)}
        block = messages[0].block
        attempt = Attempt(run, block, messages, claims, stop_at=now + time_left, read_at=now, reported_at=now)
        if messages[0].again and not self._load_rows(attempt):
            return
        if self._prepare(attempt):
            self._conclude(attempt, self._send_all(attempt))

    # Before

    def _load_rows(self, attempt: Attempt) -> bool:
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

    def _prepare(self, attempt: Attempt) -> bool:
        """Write the mails of open recipients, and record recipients that are skipped or failed at once.

        Return False if no mail can be written; the source is paused then.
        """
        open_ids = [contact_id for contact_id in attempt.claims if attempt.is_open(contact_id)]
        if not open_ids:
            return True
        recipients = self._read(attempt, open_ids)
        refusals = _refusals(open_ids, recipients)
        skipped = [attempt.row(contact_id, Outcome.SKIPPED, reason=reason) for contact_id, reason in refusals.items()]
        mailable = {contact_id: recipients[contact_id] for contact_id in open_ids if contact_id not in refusals}
        failed = self._write_mails(attempt, mailable)
        if failed is None:
            return False
        self._insert(attempt, [*skipped, *failed])
        return True

    def _write_mails(self, attempt: Attempt, recipients: Mapping[int, Recipient]) -> list[Row] | None:
        """Write mails; return rows for the mails that cannot be written, or None if the source was paused."""
        if not recipients:
            return []
        run = attempt.run
        try:
            writer = self._writer(run)
        except PostriderError as exc:
            self._sources.pause(run.account_id, run.source, reason=f"The mail cannot be written: {exc.message}")
            logger.error("paused: the mail cannot be written", extra={"source": str(run.source), "code": exc.code})
            return None
        failed = []
        for contact_id, recipient in recipients.items():
            mail = write_mail(writer, recipient, contact_id, _reference(run, contact_id), _tags(run, contact_id))
            if isinstance(mail, Failed):
                failed.append(attempt.row(contact_id, Outcome.FAILED, reason=mail.code))
            else:
                attempt.mails[contact_id] = mail
        return failed

    def _writer(self, run: Run) -> Writer:
        """Return the writer of a run, which is cached, because the content of a run is frozen."""
        if run.key not in self._writers:
            self._writers[run.key] = self._composer.writer(run)
        return self._writers[run.key]

    def _read(self, attempt: Attempt, contact_ids: Sequence[int]) -> Mapping[int, Recipient]:
        attempt.read_at = self._now()
        return self._audience.read(attempt.run.account_id, attempt.run.audience, contact_ids)

    def _refresh_consent(self, attempt: Attempt) -> None:
        """Skip recipients that unsubscribed after the contacts were read; at a low rate the last recipients wait long."""
        if self._now() - attempt.read_at <= rules.STATE_CACHED_FOR:
            return
        refusals = _refusals(attempt.mails, self._read(attempt, list(attempt.mails)))
        claimed = [
            row for contact_id in refusals if (row := attempt.rows.get(contact_id)) is not None and attempt.holds(row)
        ]
        self._store_outcomes(attempt, [row.became(Outcome.SKIPPED, reason=refusals[row.contact_id]) for row in claimed])
        unclaimed = refusals.keys() - {row.contact_id for row in claimed}
        self._insert(
            attempt,
            [attempt.row(contact_id, Outcome.SKIPPED, reason=refusals[contact_id]) for contact_id in sorted(unclaimed)],
        )
        for contact_id in refusals:
            del attempt.mails[contact_id]

    # Sending

    def _send_all(self, attempt: Attempt) -> float | None:
        """Send all mails; return the seconds until the rest is retried, or None if a resumption orders it."""
        sender = MailSender(self._mailer, lambda: self._guard.sendable_run(attempt.run.key) is not None)
        while attempt.mails:
            try:
                # at most a chunk: the moments of a longer lease would pass while the next recipients are claimed
                lease = self._rates.lease(min(len(attempt.mails), rules.CHUNK_SIZE), latest=attempt.stop_at)
            except LineBusy as busy:
                self._release(attempt)
                return max(busy.wait_s - rules.FUNCTION_TIMEOUT_S / 2, SOON_S)
            except Parked as parked:
                self._park(attempt, parked.until)
                return None
            except MailerPaused as paused:
                self._pause(attempt, paused)
                return None
            if not self._send_leased(attempt, lease, sender):
                return self._stop(attempt, sender)
        return 0

    def _send_leased(self, attempt: Attempt, lease: Lease, sender: MailSender) -> bool:
        """Send as many mails as the lease has moments; return False if sending has to stop."""
        leased = list(attempt.mails)[: lease.count]
        first = 0
        for contact_ids in in_chunks(leased, rules.claimed_together(lease.spacing_s)):
            if self._guard.sendable_run(attempt.run.key) is None:
                return False
            self._refresh_consent(attempt)
            claims = self._claim(attempt, [contact_id for contact_id in contact_ids if contact_id in attempt.mails])
            jobs = [_job(sender, attempt.mails[row.contact_id]) for row in claims]
            answers = self._pacer.run(lease, first, jobs, sender.stopped)
            first += len(contact_ids)
            self._record(attempt, claims, answers)
            self._report_progress(attempt)
            if sender.stopped.is_set():
                return False
        return True

    def _claim(self, attempt: Attempt, contact_ids: Sequence[int]) -> list[Row]:
        """Claim recipients and return the claims; drop the mails of recipients that another attempt has claimed."""
        run = attempt.run
        if not run.mail_may_have_left and not attempt.has_claimed:
            self._ledger.change_run(run.key, mail_may_have_left=True)
            self._guard.forget(run.key)  # so that the next chunks do not write it again
        until = self._now() + rules.LEASE
        is_open = {contact_id: attempt.is_open(contact_id) for contact_id in contact_ids}
        known = [attempt.rows[contact_id] for contact_id in contact_ids if not is_open[contact_id]]
        new = [
            attempt.row(contact_id, Outcome.CLAIMED, until=until) for contact_id in contact_ids if is_open[contact_id]
        ]
        claims = [row for row in known if attempt.holds(row)]
        claims += [row for row in self._insert(attempt, new) if row.outcome == Outcome.CLAIMED]
        attempt.has_claimed = attempt.has_claimed or bool(claims)
        claimed_ids = {row.contact_id for row in claims}
        for contact_id in contact_ids:
            if contact_id not in claimed_ids:
                del attempt.mails[contact_id]
        return claims

    def _insert(self, attempt: Attempt, rows: Sequence[Row]) -> list[Row]:
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

    def _record(self, attempt: Attempt, claims: Sequence[Row], answers: Sequence[Answer]) -> None:
        """Store the outcome of each mail. A mail without an answer keeps its claim; a lost answer leaves the claim open."""
        now = self._now()
        decided = []
        for row, answer in zip(claims, answers, strict=True):
            attempt.rows[row.contact_id] = row
            if isinstance(answer, Sent):
                decided.append(row.became(Outcome.SENT, message_id=answer.message_id, sent_at=now))
            elif isinstance(answer, Failed):
                decided.append(row.became(Outcome.FAILED, reason=answer.code))
            if answer is not None:
                del attempt.mails[row.contact_id]
            if isinstance(answer, Lost):
                logger.warning("the mailer's answer was lost", extra=_tags(attempt.run, row.contact_id))
        self._store_outcomes(attempt, decided)

    def _store_outcomes(self, attempt: Attempt, decided: Sequence[Row]) -> None:
        if not decided:
            return
        run = attempt.run
        overtaken = {row.contact_id for row in self._ledger.settle(run.key, decided)}
        attempt.rows |= {row.contact_id: row for row in decided if row.contact_id not in overtaken}
        if overtaken:
            # an event of the mailer was faster, or the claim expired while this process was stopped
            accepted = {
                row.contact_id: row.message_id for row in decided if row.contact_id in overtaken and row.message_id
            }
            self._accounting.confirm(run.key, accepted)
            attempt.rows |= self._ledger.rows(run.account_id, run.source, overtaken)

    def _report_progress(self, attempt: Attempt) -> None:
        """Bring the counters up to date, at most once in REPORTED_EVERY: a faster sender counts its chunks at the end."""
        now = self._now()
        if now - attempt.reported_at < rules.REPORTED_EVERY:
            return
        attempt.reported_at = now
        attempt.messages = self._count(attempt, attempt.messages)
        underway = {message.chunk: ids_of(message) for message in attempt.messages}
        self._accounting.note_sent(attempt.run, attempt.block, underway, attempt.rows)

    def _conclude(self, attempt: Attempt, again_in_s: float | None) -> None:
        """Count the decided chunks and order the others again.

        They are ordered after `again_in_s` (None: by a resumption), or after the claims of other attempts and the claims
        with lost answers have expired.
        """
        run = attempt.run
        undecided = self._count(attempt, attempt.messages)
        claimed_by_others = [
            row.contact_id for row in attempt.rows.values() if row.outcome == Outcome.CLAIMED and not attempt.holds(row)
        ]
        if claimed_by_others:
            attempt.rows |= self._ledger.rows(run.account_id, run.source, claimed_by_others)
            undecided = self._count(attempt, undecided)
        if again_in_s is not None:
            for message in undecided:
                self._dispatcher.repeat_chunk(message, again_in_s or self._seconds_of_claims(attempt, message))

    def _count(self, attempt: Attempt, messages: Iterable[SendChunk]) -> list[SendChunk]:
        """Count decided chunks; return the messages of the undecided ones."""
        chunks = {message.chunk: ids_of(message) for message in messages}
        undecided = self._accounting.count(
            attempt.run, attempt.block, chunks, attempt.rows, has_claimed=attempt.has_claimed
        )
        return [message for message in messages if message.chunk in undecided]

    def _seconds_of_claims(self, attempt: Attempt, message: SendChunk) -> float:
        """Return the seconds until the last claim of a chunk expires."""
        now = self._now()
        rows = [attempt.rows[contact_id] for contact_id in ids_of(message) if contact_id in attempt.rows]
        ends = [row.claim_until - now for row in rows if row.outcome == Outcome.CLAIMED and row.claim_until]
        return max((end.total_seconds() for end in ends), default=0.0)

    # Stopping

    def _stop(self, attempt: Attempt, sender: MailSender) -> float | None:
        """Release unsent mails; return the seconds until they are retried, or None if a resumption orders them."""
        self._release(attempt)
        if isinstance(sender.reason, MailerQuotaReached):
            self._rates.park(sender.reason.reset_at)
            self._park(attempt, sender.reason.reset_at)
        elif isinstance(sender.reason, MailerPaused):
            self._pause(attempt, sender.reason)
        elif isinstance(sender.reason, MailerUnknown):
            return rules.LEASE.total_seconds()
        elif sender.reason is not None:
            self._rates.throttled()
            return rules.THROTTLED_PAUSE_S
        return None  # also if the source is paused or cancelled

    def _release(self, attempt: Attempt) -> None:
        """Release the claims of mails that were certainly not sent."""
        claims = [
            row
            for contact_id in attempt.mails
            if (row := attempt.rows.get(contact_id)) is not None and attempt.holds(row)
        ]
        self._ledger.release(attempt.run.key, claims)
        for row in claims:
            del attempt.rows[row.contact_id]

    def _park(self, attempt: Attempt, until: datetime) -> None:
        """Park the run, because the daily quota is used up; the sweeper resumes it at `until`."""
        self._release(attempt)
        self._ledger.change_run(attempt.run.key, parked_until=until)
        self._guard.forget(attempt.run.key)
        emit_alarm(AlarmMetric.DAILY_QUOTA_REACHED)
        logger.warning("parked: the daily quota is used up", extra={"until": until.isoformat()})

    def _pause(self, attempt: Attempt, reason: MailerPaused) -> None:
        """Pause the source and raise an alarm, because an operator has to repair the account of the mailer."""
        run = attempt.run
        self._release(attempt)
        self._sources.pause(run.account_id, run.source, reason=f"The mailer refused: {reason}")
        self._guard.forget(run.key)
        emit_alarm(AlarmMetric.SENDING_PAUSED)
        logger.error("paused: the mailer takes no mail", extra={"reason": str(reason)})


def _job(sender: MailSender, mail: OutgoingMail) -> Callable[[], Answer]:
    return lambda: sender.send(mail)


def _refusals(contact_ids: Iterable[int], recipients: Mapping[int, Recipient]) -> dict[int, str]:
    """Return the reasons for which contacts get no mail, by contact id; other contacts are missing."""
    reasons = {
        contact_id: recipients[contact_id].refusal if contact_id in recipients else DELETED
        for contact_id in contact_ids
    }
    return {contact_id: reason for contact_id, reason in reasons.items() if reason is not None}


def _reference(run: Run, contact_id: int) -> str:
    return f"{run.source.id}.{contact_id}.{run.run_id}"


def _tags(run: Run, contact_id: int) -> dict[str, str]:
    """Return the tags of a mail: the key of its row, which the events of the mailer carry."""
    return {
        "account": run.account_id,
        "kind": run.source.kind.value,
        "source": str(run.source.id),
        "list": str(run.list_id),
        "contact": str(contact_id),
        "run": run.run_id,
    }
