"""Sends a few chunks of a block: re-reads their contacts, claims, sends, records, counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from postrider.delivery import rules
from postrider.delivery.claims import claim_of, claim_token
from postrider.delivery.dispatch import Dispatcher, ids_of, key_of
from postrider.delivery.ledger import Audience, Ledger, Recipient
from postrider.delivery.mail_sender import Answer, Composer, Failed, Lost, MailSender, Sent, Writer, written
from postrider.delivery.messages import SendChunk
from postrider.delivery.model import Outcome, Row, Run, RunKey
from postrider.delivery.rate.model import Lease, LineBusy, Parked
from postrider.delivery.rate.pacer import Pacer
from postrider.delivery.rate.service import RateService
from postrider.delivery.run_accounting import RunAccounting
from postrider.delivery.run_guard import Campaigns, RunGuard
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.kit.observability import AlarmMetric, emit_alarm, logger
from postrider.ports.mailer import Mailer, MailerPaused, MailerQuotaReached, MailerUnknown, OutgoingMail
from postrider.storage.dynamo import in_chunks

GONE = "deleted"
WRITERS_KEPT = 8
SOON_S = 1.0


@dataclass
class Work:
    """One attempt at some chunks. `rows` is what is known of each recipient, `mails` what is still to be sent."""

    run: Run
    orders: Sequence[SendChunk]
    claims: dict[int, str]
    """By contact: each chunk has its own."""
    stop_at: datetime
    read_at: datetime
    """When the contacts were read: consent is not older than STATE_KEPT when somebody is claimed."""
    rows: dict[int, Row] = field(default_factory=dict)
    mails: dict[int, OutgoingMail] = field(default_factory=dict)
    claimed_any: bool = False

    @property
    def block(self) -> int:
        return self.orders[0].block

    def owns(self, row: Row) -> bool:
        """Whether it is a claim of this attempt, still open."""
        return row.outcome == Outcome.CLAIMED and row.claim == self.claims[row.contact_id]


class BatchSender:
    def __init__(
        self,
        ledger: Ledger,
        audience: Audience,
        composer: Composer,
        mailer: Mailer,
        rates: RateService,
        pacer: Pacer,
        gate: RunGuard,
        accounting: RunAccounting,
        orders: Dispatcher,
        campaigns: Campaigns,
        now: Clock,
    ) -> None:
        self._ledger, self._audience, self._composer, self._mailer = ledger, audience, composer, mailer
        self._rates, self._pacer, self._gate, self._accounting = rates, pacer, gate, accounting
        self._orders, self._campaigns, self._now = orders, campaigns, now
        self._writers: dict[RunKey, Writer] = {}

    def deliver(self, orders: Sequence[SendChunk], *, time_left_s: float = rules.FUNCTION_TIMEOUT_S) -> None:
        """Send to those of the chunks who are not accounted for; nothing when the run is paused or over.

        More than one are of the same block, and nobody has tried them before (`orders.place_of`).
        """
        run = self._gate.open(key_of(orders[0]))
        if run is None:  # resuming orders it again
            return
        time_left = timedelta(seconds=min(time_left_s, rules.FUNCTION_TIMEOUT_S) - rules.RESERVE_S)
        now = self._now()
        token = claim_token(now)
        claims = {one: claim_of(token, order.chunk) for order in orders for one in ids_of(order)}
        work = Work(run, orders, claims, stop_at=now + time_left, read_at=now)
        if orders[0].again and not self._look(work):
            return
        if self._sort_out(work):
            self._conclude(work, self._send_all(work))

    # Before

    def _look(self, work: Work) -> bool:
        """What earlier attempts left; False when the chunk is counted already."""
        key = work.run.key
        block = self._ledger.block(key, work.block)
        if block is None:
            return False
        if block.chunks_done.issuperset(order.chunk for order in work.orders):
            self._accounting.close_if_complete(key, block)
            return False
        work.rows = self._accounting.with_expired_resolved(key, self._ledger.rows(key.campaign_id, work.claims))
        return True

    def _sort_out(self, work: Work) -> bool:
        """Of those not accounted for: whose mail can be written now, and who is skipped or failed at once.

        False when nobody can be written to: the content, or what it needs, is broken.
        """
        open_ids = [number for number in work.claims if self._is_open(work, number)]
        if not open_ids:
            return True
        people = self._read(work, open_ids)
        refused = {one: reason for one in open_ids if (reason := _refusal(people.get(one))) is not None}
        skipped = [self._settled(work, one, Outcome.SKIPPED, reason) for one, reason in refused.items()]
        failed = self._write(work, {one: people[one] for one in open_ids if one not in refused})
        if failed is None:
            return False
        self._insert(work, [*skipped, *failed])
        return True

    def _write(self, work: Work, people: Mapping[int, Recipient]) -> list[Row] | None:
        """Write their mails; rows of those for whom there can be none, or None when the campaign had to be held."""
        if not people:
            return []
        run = work.run
        try:
            writer = self._writer(run)
        except PostriderError as exc:
            self._campaigns.pause(run.account_id, run.campaign_id, reason=f"The mail cannot be written: {exc.message}")
            logger.error("held: the mail cannot be written", extra={"campaign_id": run.campaign_id, "code": exc.code})
            return None
        failed = []
        for number, person in people.items():
            mail = written(writer, person, number, _reference(run, number), _tags(run, number))
            if isinstance(mail, Failed):
                failed.append(self._settled(work, number, Outcome.FAILED, mail.code))
            else:
                work.mails[number] = mail
        return failed

    def _read(self, work: Work, ids: Sequence[int]) -> Mapping[int, Recipient]:
        work.read_at = self._now()
        return self._audience.read(work.run.account_id, work.run.audience, ids)

    def _look_again(self, work: Work) -> None:
        """At a low rate the last ones wait long for their moment: whoever has left meanwhile is skipped."""
        if self._now() - work.read_at <= rules.STATE_KEPT:
            return
        people = self._read(work, list(work.mails))
        refused = {one: reason for one in work.mails if (reason := _refusal(people.get(one))) is not None}
        claimed = [row for one in refused if (row := work.rows.get(one)) is not None and work.owns(row)]
        self._settle(work, [row.became(Outcome.SKIPPED, reason=refused[row.contact_id]) for row in claimed])
        unclaimed = refused.keys() - {row.contact_id for row in claimed}
        self._insert(work, [self._settled(work, one, Outcome.SKIPPED, refused[one]) for one in sorted(unclaimed)])
        for one in refused:
            del work.mails[one]

    def _writer(self, run: Run) -> Writer:
        """Content is frozen for a run, so its writer serves all chunks of it that this process sends."""
        if run.key not in self._writers:
            while len(self._writers) >= WRITERS_KEPT:
                self._writers.pop(next(iter(self._writers)))
            self._writers[run.key] = self._composer.writer(run)
        return self._writers[run.key]

    def _is_open(self, work: Work, contact_id: int) -> bool:
        row = work.rows.get(contact_id)
        return row is None or rules.replaceable(row, work.run.run_id)

    def _settled(self, work: Work, contact_id: int, outcome: Outcome, reason: str) -> Row:
        claim = work.claims[contact_id]
        return Row(contact_id=contact_id, run_id=work.run.run_id, claim=claim, outcome=outcome, reason=reason)

    # Sending

    def _send_all(self, work: Work) -> float | None:
        """Send to all, or return in how many seconds the rest is tried again; None: when the campaign is resumed."""
        post = MailSender(self._mailer)
        while work.mails:
            try:
                # not for more: claiming the next ones takes time, in which the moments of a longer lease would pass
                lease = self._rates.lease(min(len(work.mails), rules.CHUNK_SIZE), latest=work.stop_at)
            except LineBusy as busy:
                self._release(work)
                return max(busy.wait_s - rules.FUNCTION_TIMEOUT_S / 2, SOON_S)
            except Parked as parked:
                self._parked(work, parked.until)
                return None
            except MailerPaused as paused:
                self._paused(work, paused)
                return None
            if not self._send_leased(work, lease, post):
                return self._stopped(work, post)
        return 0

    def _send_leased(self, work: Work, lease: Lease, post: MailSender) -> bool:
        """Send to as many as the lease has moments for; False when it makes no sense, or is not allowed, to go on."""
        leased = list(work.mails)[: lease.count]
        place = 0
        for group in in_chunks(leased, rules.claimed_together(lease.spacing_s)):
            if self._gate.open(work.run.key) is None:
                return False
            self._look_again(work)
            mine = self._claimed(work, [one for one in group if one in work.mails])
            answers = self._pacer.run(
                lease, place, [self._job(post, work.mails[one.contact_id]) for one in mine], post.stopped
            )
            place += len(group)
            self._record(work, mine, answers)
            if post.stopped.is_set():
                return False
        return True

    def _job(self, post: MailSender, mail: OutgoingMail) -> Any:
        return lambda: post.send(mail)

    def _claimed(self, work: Work, group: Sequence[int]) -> list[Row]:
        """Claim these recipients; those that somebody else had claimed are left to them."""
        if not work.run.mail_may_have_left and not work.claimed_any:
            self._ledger.change_run(work.run.key, mail_may_have_left=True)
            self._gate.forget(work.run.key)  # or the next chunks would say it again
        until = self._now() + rules.LEASE
        claims = [
            Row(
                contact_id=number,
                run_id=work.run.run_id,
                claim=work.claims[number],
                outcome=Outcome.CLAIMED,
                claim_until=until,
            )
            for number in group
            if self._is_open(work, number)
        ]
        held = [work.rows[number] for number in group if not self._is_open(work, number)]
        mine = [row for row in held if work.owns(row)]
        mine += [row for row in self._insert(work, claims) if row.outcome == Outcome.CLAIMED]
        work.claimed_any = work.claimed_any or bool(mine)
        owned = {row.contact_id for row in mine}
        for number in group:
            if number not in owned:
                del work.mails[number]
        return mine

    def _insert(self, work: Work, rows: Sequence[Row]) -> list[Row]:
        """Put rows that nobody has put before; those that are ours now. What others put is remembered instead."""
        if not rows:
            return []
        campaign_id = work.run.campaign_id
        refused = self._ledger.insert(campaign_id, rows)
        wanted = {row.contact_id: row for row in rows}
        there = self._ledger.rows(campaign_id, [row.contact_id for row in refused]) if refused else {}
        for row in refused:
            stored = there.get(row.contact_id)
            if stored is None:  # released just now: whoever comes next takes it
                del wanted[row.contact_id]
            elif stored.claim == row.claim:  # the SDK repeated a call of ours
                continue
            elif not (rules.replaceable(stored, work.run.run_id) and self._ledger.replace(campaign_id, stored, row)):
                work.rows[row.contact_id] = stored
                del wanted[row.contact_id]
        work.rows |= wanted
        return list(wanted.values())

    # After

    def _record(self, work: Work, claims: Sequence[Row], answers: Sequence[Answer]) -> None:
        """Store what came of each; who was late keeps the claim for the next round, a lost answer stays claimed."""
        now = self._now()
        settled = []
        for row, answer in zip(claims, answers, strict=True):
            work.rows[row.contact_id] = row
            if isinstance(answer, Sent):
                settled.append(row.became(Outcome.SENT, message_id=answer.message_id, sent_at=now))
            elif isinstance(answer, Failed):
                settled.append(row.became(Outcome.FAILED, reason=answer.code))
            if answer is not None:
                del work.mails[row.contact_id]
            if isinstance(answer, Lost):
                logger.warning("the mailer's answer was lost", extra=_tags(work.run, row.contact_id))
        self._settle(work, settled)

    def _settle(self, work: Work, settled: Sequence[Row]) -> None:
        if not settled:
            return
        overtaken = {row.contact_id for row in self._ledger.settle(work.run.campaign_id, settled)}
        work.rows |= {row.contact_id: row for row in settled if row.contact_id not in overtaken}
        late = {row.contact_id: row.message_id for row in settled if row.contact_id in overtaken and row.message_id}
        if overtaken:
            # an event of the mailer was faster, or the claim ran out while we were stopped
            self._accounting.confirm(work.run.account_id, work.run.campaign_id, work.run.run_id, late)
            work.rows |= self._ledger.rows(work.run.campaign_id, overtaken)

    def _conclude(self, work: Work, again_in_s: float | None) -> None:
        """Count the chunks that are decided; the others come back: when the rest can be sent (None: by the owner's
        resuming), or when the claims of others, and those with lost answers, have run out."""
        undecided = self._count(work, work.orders)
        others = [row.contact_id for row in work.rows.values() if row.outcome == Outcome.CLAIMED and not work.owns(row)]
        if others:
            work.rows |= self._ledger.rows(work.run.campaign_id, others)
            undecided = self._count(work, undecided)
        if again_in_s is not None:
            for order in undecided:
                self._orders.once_more(order, again_in_s or self._until_claims_end(work, order))

    def _count(self, work: Work, orders: Iterable[SendChunk]) -> list[SendChunk]:
        """Those that are not decided."""
        chunks = {order.chunk: ids_of(order) for order in orders}
        open_chunks = self._accounting.count(work.run, work.block, chunks, work.rows, sent_some=work.claimed_any)
        return [order for order in orders if order.chunk in open_chunks]

    def _until_claims_end(self, work: Work, order: SendChunk) -> float:
        now = self._now()
        rows = [work.rows[one] for one in ids_of(order) if one in work.rows]
        ends = [row.claim_until - now for row in rows if row.outcome == Outcome.CLAIMED and row.claim_until]
        return max((end.total_seconds() for end in ends), default=0.0)

    # Stopping

    def _stopped(self, work: Work, post: MailSender) -> float | None:
        self._release(work)
        if isinstance(post.reason, MailerQuotaReached):
            self._rates.park(post.reason.reset_at)
            self._parked(work, post.reason.reset_at)
        elif isinstance(post.reason, MailerPaused):
            self._paused(work, post.reason)
        elif isinstance(post.reason, MailerUnknown):
            return rules.LEASE.total_seconds()
        elif post.reason is not None:
            self._rates.throttled()
            return rules.THROTTLED_PAUSE_S
        return None  # it is paused or cancelled as well

    def _release(self, work: Work) -> None:
        """Give back the claims of mails that certainly were not sent."""
        mine = [row for number in work.mails if (row := work.rows.get(number)) is not None and work.owns(row)]
        self._ledger.release(work.run.campaign_id, mine)
        for row in mine:
            del work.rows[row.contact_id]

    def _parked(self, work: Work, until: datetime) -> None:
        """The day's quota is used up: the sweeper goes on with the run at `until`."""
        self._release(work)
        self._ledger.change_run(work.run.key, parked_until=until)
        self._gate.forget(work.run.key)
        emit_alarm(AlarmMetric.DAILY_QUOTA_REACHED)
        logger.warning("parked: the daily quota is used up", extra={"until": until.isoformat()})

    def _paused(self, work: Work, reason: MailerPaused) -> None:
        """Somebody has to mend the account: the campaign is held, and an alarm raised."""
        self._release(work)
        self._campaigns.pause(work.run.account_id, work.run.campaign_id, reason=f"The mailer refused: {reason}")
        self._gate.forget(work.run.key)
        emit_alarm(AlarmMetric.SENDING_PAUSED)
        logger.error("held: the mailer takes no mail", extra={"reason": str(reason)})


def _refusal(person: Recipient | None) -> str | None:
    """Why there is no mail for this one."""
    return GONE if person is None else person.refusal


def _reference(run: Run, contact_id: int) -> str:
    return f"{run.campaign_id}.{contact_id}.{run.run_id}"


def _tags(run: Run, contact_id: int) -> dict[str, str]:
    """The ledger key, on every mail: each event of the mailer finds its row."""
    return {
        "account": run.account_id,
        "campaign": str(run.campaign_id),
        "list": str(run.list_id),
        "contact": str(contact_id),
        "run": run.run_id,
    }
