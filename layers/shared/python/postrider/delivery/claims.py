"""Claims, one for each attempt at a chunk, which hold its time; and the log batches that are made by them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from postrider.delivery.model import Outcome, Row, Run
from postrider.events.model import EventBatch, EventType
from postrider.kit.ids import random_id

_TIME_DIGITS = 11
_BY_EVENT = ".event"
_LOGGED = {
    Outcome.SENT: EventType.SENT,
    Outcome.SKIPPED: EventType.SKIPPED,
    Outcome.FAILED: EventType.FAILED,
    Outcome.UNKNOWN: EventType.UNKNOWN,
}


class SentLog(Protocol):
    """The event log; a batch with the id of an earlier one is not recorded again."""

    def record_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None: ...


def claim_token(now: datetime) -> str:
    return f"{int(now.timestamp() * 1000):0{_TIME_DIGITS}x}{random_id(12)}"


def claim_of(token: str, chunk: int) -> str:
    """Return the claim of one chunk: chunks sent together have claims of their own, so that each alone gives equal batches."""
    return f"{token}.{chunk}"


def claim_by_event(now: datetime) -> str:
    """Return the claim of a mail that an event of the mailer proved to be sent; it has a log batch of its own."""
    return claim_token(now) + _BY_EVENT


def is_by_event(claim: str) -> bool:
    return claim.endswith(_BY_EVENT)


def claimed_at_ms(claim: str) -> int:
    """Return when the claim was made, Unix milliseconds."""
    return int(claim[:_TIME_DIGITS], 16)


def _reason(row: Row) -> str:
    """Return what rows of one batch share; an unknown one may become `sent` at any moment, so it is a batch of its own."""
    return str(row.contact_id) if row.outcome == Outcome.UNKNOWN else row.reason or ""


def log_rows(log: SentLog, run: Run, rows: Iterable[Row]) -> None:
    """Log rows that are decided, in one batch for each claim and reason, so that repetitions give the same batches."""
    members: dict[tuple[str, Outcome, str], list[int]] = {}
    for row in rows:
        if row.run_id == run.run_id and row.outcome in _LOGGED:
            members.setdefault((row.claim, row.outcome, _reason(row)), []).append(row.contact_id)
    batches = [
        EventBatch(
            event_id=f"{outcome}#{claim}#{reason}",
            type=_LOGGED[outcome],
            at_ms=claimed_at_ms(claim),
            contact_ids=tuple(sorted(contact_ids)),
            list_id=run.list_id,
            source=run.source,
            detail=(outcome.value if outcome == Outcome.UNKNOWN else reason) or None,
        )
        for (claim, outcome, reason), contact_ids in members.items()
    ]
    if batches:
        log.record_batches(run.account_id, batches)
