"""Duration of a transactional mail from the call to the mailer, while a campaign uses the whole rate, on simulated time."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from postrider.delivery.model import Outcome
from postrider.delivery.rate.rules import SHARE
from postrider.delivery.rate.service import RateService
from postrider.ports.mailer import OutgoingMail
from postrider.transactional.copy_sender import TransactionalSender
from postrider.transactional.model import Addressee, Mail, MailCopy, Role
from postrider.transactional.queue_messages import SendEmail
from postrider.transactional.rules import SHORT_PAUSES_S
from tests.functional.delivery.simulation import ANSWER_S, Costly, Simulation

CALL_S = (0.05, 0.25)
"""Duration of the operation, which checks, stores and enqueues the mail."""
QUEUE_S = (0.01, 0.08)
WORKERS = 4
"""Functions that send transactional mail at a time."""


def mail_of(mail_id: int, now: datetime) -> Mail:
    addressee = Addressee(id=mail_id, role=Role.TO, email=f"urgent{mail_id}@example.com", name=None, mailbox="x")
    return Mail(
        account_id="7",
        id=mail_id,
        reference="x",
        addressees=(addressee,),
        sender_id="s",
        sender_name="Shop",
        sender_email="shop@example.com",
        reply_to_email=None,
        subject="Receipt",
        html=None,
        text="Thanks",
        encoding=None,
        inline_css=True,
        attributes=None,
        headers=(),
        attachments=(),
        group_id=None,
        tracking={},
        company={},
        created_at=now,
        due_at=now,
    )


class MemoryCopies:
    """The ledger of copies, as far as mails that are sent at once need it."""

    def __init__(self) -> None:
        self.copies: dict[int, MailCopy] = {}

    def claim(
        self, mail: Mail, addressee: Addressee, *, subject: str, claim: str, now: datetime, until: datetime
    ) -> MailCopy | None:
        before = self.copies.get(addressee.id)
        if before is not None and (before.outcome != Outcome.CLAIMED or (before.claim_until or now) > now):
            return None
        self.copies[addressee.id] = MailCopy(
            account_id=mail.account_id,
            mail_id=mail.id,
            id=addressee.id,
            created_at=mail.created_at,
            outcome=Outcome.CLAIMED,
            claim=claim,
            attempts=1,
            claim_until=until,
            reason=None,
            message_id=None,
            sent_at=None,
            decided_at=None,
            email=addressee.email,
            mailbox=addressee.mailbox,
            group_id=None,
            subject=mail.subject,
            sender_name=mail.sender_name,
            sender_email=mail.sender_email,
            headers=(),
        )
        return self.copies[addressee.id]

    def release(self, copy: MailCopy, now: datetime) -> None:
        self.copies[copy.id] = replace(copy, claim_until=now)

    def mark_sent(self, copy: MailCopy, *, message_id: str, now: datetime) -> MailCopy | None:
        self.copies[copy.id] = replace(copy, outcome=Outcome.SENT, message_id=message_id, sent_at=now, decided_at=now)
        return self.copies[copy.id]


@dataclass
class Mails:
    """Mails that programs order at random moments, beside the campaign of a simulation."""

    simulation: Simulation
    per_second: float
    seconds: float
    stored: dict[int, Mail] = field(default_factory=dict)
    waiting: list[tuple[datetime, SendEmail]] = field(default_factory=list)
    ledger: MemoryCopies = field(default_factory=MemoryCopies)

    def start(self) -> None:
        self.simulation.time.start(self._order)
        for _ in range(WORKERS):
            self.simulation.time.start(self._work)

    @property
    def delays(self) -> list[float]:
        """Return the seconds from each call to the moment when the mailer took the mail."""
        taken = {mail.to: moment for moment, mail, _ in self.simulation.mailer.accepted}
        ordered = {mail.addressees[0].email: mail.created_at for mail in self.stored.values()}
        return sorted((taken[to] - moment).total_seconds() for to, moment in ordered.items() if to in taken)

    @property
    def backlog(self) -> int:
        return len(self.stored) - len(self.delays)

    # Processes

    def _order(self) -> None:
        for mail_id in itertools.count(1):
            self.simulation.time.sleep(self.simulation.random.expovariate(self.per_second))
            self.stored[mail_id] = mail_of(mail_id, self.simulation.time())
            self._send_later(self.simulation.random.uniform(*CALL_S), mail_id)

    def _send_later(self, wait_s: float, mail_id: int) -> None:
        order = SendEmail(account_id="7", mail_id=mail_id, copy_id=mail_id)
        self._enqueue("send-transactional", [order], group="7", delay_s=wait_s)

    def _enqueue(self, queue: str, messages: list[SendEmail], *, group: str, delay_s: float = 0) -> None:
        in_queue_s = delay_s + self.simulation.random.uniform(*QUEUE_S)
        self.waiting += [(self.simulation.time() + timedelta(seconds=in_queue_s), message) for message in messages]

    def _work(self) -> None:
        time, random = self.simulation.time, self.simulation.random
        spend: Callable[[int], None] = lambda _: time.sleep(random.uniform(0.004, 0.013))  # noqa: E731
        sender = TransactionalSender(
            mails=Costly(SimpleNamespace(get=lambda _, mail_id: self.stored[mail_id]), spend),
            ledger=Costly(self.ledger, spend),
            writer=SimpleNamespace(write=self._write, subject_to_keep=lambda mail, addressee: mail.subject),  # type: ignore[arg-type]
            accounts=None,  # type: ignore[arg-type]
            suppressions=None,  # type: ignore[arg-type]
            people=None,  # type: ignore[arg-type]
            mailer=SimpleNamespace(send=partial(self._take, random)),  # type: ignore[arg-type]
            rates=RateService(Costly(self.simulation.timeline, spend), self.simulation.mailer, time),  # type: ignore[arg-type]
            queue=SimpleNamespace(send=self._enqueue),  # type: ignore[arg-type]
            events=SimpleNamespace(record_copy=lambda *_, **__: spend(1)),  # type: ignore[arg-type]
            now=time,
            sleep=time.sleep,
        )
        while True:
            ready = [entry for entry in self.waiting if entry[0] <= time()]
            if not ready:
                time.sleep(0.02)
                continue
            self.waiting.remove(ready[0])
            sender.send(ready[0][1])

    def _write(self, mail: Mail, addressee: Addressee) -> OutgoingMail:
        self.simulation.time.sleep(0.01)
        return OutgoingMail(to=addressee.email, sender=mail.sender_email, message=b"")

    def _take(self, random: Any, mail: OutgoingMail) -> str:
        message_id = self.simulation.mailer.send(mail)
        self.simulation.time.sleep(ANSWER_S)
        return message_id


@pytest.mark.parametrize(
    ("rate", "senders", "seconds", "share_of_reserve"), [(14.0, 2, 300.0, 0.2), (200.0, 4, 20.0, 0.7)]
)
def test_a_campaign_does_not_delay_transactional_mail(
    rate: float, senders: int, seconds: float, share_of_reserve: float
) -> None:
    """Nineteen of twenty mails leave within two seconds, and the campaign keeps its rate.

    At 14 mails a second the reserve is less than a mail a second: SES refuses some mails, also of the campaign, which pauses.
    At 200, it refuses at most one of 4,000 mails, when mails of the campaign are late by their tolerance; it is sent again.
    """
    simulation = Simulation(rate=rate, senders=senders, seconds=seconds)
    reserve = max(rate * (1 - SHARE), SHARE)
    mails = Mails(simulation, per_second=reserve * share_of_reserve, seconds=seconds)
    mails.start()
    simulation.run()
    delays = mails.delays
    assert len(delays) > 40
    assert delays[int(len(delays) * 0.95)] <= 2.0, delays[-10:]
    assert mails.backlog <= 5
    assert simulation.mailer.over_rate <= (1 if rate > 100 else len(SHORT_PAUSES_S) * len(delays))
    assert simulation.throughput >= (0.93 if rate > 100 else 0.8) * rate
