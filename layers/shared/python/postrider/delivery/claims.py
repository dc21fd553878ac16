"""Create claims, one for each attempt at a chunk, with its moment, and log the rows of claims in batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from postrider.delivery.model import LedgerRow, Outcome, Run
from postrider.kit.ids import random_id
from postrider.mail_events.model import EventBatch, EventType
from postrider.mail_events.source import MailSource

_TIME_DIGITS = 11
_BY_EVENT = ".event"
_LOGGED = {
    Outcome.SENT: EventType.SENT,
    Outcome.SKIPPED: EventType.SKIPPED,
    Outcome.FAILED: EventType.FAILED,
    Outcome.UNKNOWN: EventType.UNKNOWN,
}


class SentLog(Protocol):
    """The event log and its counters; a batch with the id of an earlier batch is not recorded again."""

    def record_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None: ...

    def set_sent_count(
        self, account_id: str, list_id: int, source: MailSource, run_id: str, sent_by_hour: Mapping[int, int]
    ) -> None:
        """Set the mails of a run that are included in the counters; repeating the call changes nothing."""
        ...


def claim_token(now: datetime) -> str:
    """Return a random text that begins with the moment: the prefix of claims."""
    return f"{int(now.timestamp() * 1000):0{_TIME_DIGITS}x}{random_id(12)}"


def claim_of(token: str, chunk: int) -> str:
    """Return the claim of a chunk. Chunks sent together have different claims, so that a repeated chunk logs equal batches."""
    return f"{token}.{chunk}"


def claim_by_event(now: datetime) -> str:
    """Return the claim of a mail that an event of the mailer proved as sent; it has its own log batch."""
    return claim_token(now) + _BY_EVENT


def is_by_event(claim: str) -> bool:
    """Return whether `claim_by_event` made the claim."""
    return claim.endswith(_BY_EVENT)


def claimed_at_ms(claim: str) -> int:
    """Return the moment of the claim in Unix milliseconds."""
    return int(claim[:_TIME_DIGITS], 16)


def _part(row: LedgerRow) -> str:
    """Return the part of the batch id that rows of a batch share; an unknown row, which may still become sent, is alone."""
    return str(row.contact_id) if row.outcome == Outcome.UNKNOWN else row.reason or ""


def log_rows(log: SentLog, run: Run, rows: Iterable[LedgerRow]) -> None:
    """Log decided rows in one batch per claim and reason, so that a repetition logs the same batches."""
    members: dict[tuple[str, Outcome, str, str], list[int]] = {}
    for row in rows:
        if row.run_id == run.run_id and row.outcome in _LOGGED:
            members.setdefault((row.claim, row.outcome, _part(row), row.reason or ""), []).append(row.contact_id)
    batches = [
        EventBatch(
            event_id=f"{outcome}#{claim}#{part}",
            type=_LOGGED[outcome],
            at_ms=claimed_at_ms(claim),
            contact_ids=tuple(sorted(contact_ids)),
            list_id=run.list_id,
            source=run.source.whole,
            entry=run.source.entry,
            detail=reason or (outcome.value if outcome == Outcome.UNKNOWN else None),
        )
        for (claim, outcome, part, reason), contact_ids in members.items()
    ]
    if batches:
        log.record_batches(run.account_id, batches)
