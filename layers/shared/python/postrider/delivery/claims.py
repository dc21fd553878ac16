"""Claims: one for each attempt at a chunk, telling when it was; and the log that is packed by them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from postrider.delivery.model import Outcome, Row, Run
from postrider.events.model import EventBatch, EventType
from postrider.events.source import MailSource
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
    """The campaign's log; a pack with the id of an earlier one is not recorded again."""

    def record_batches(self, account_id: str, batches: Sequence[EventBatch]) -> None: ...


def claim_token(now: datetime) -> str:
    return f"{int(now.timestamp() * 1000):0{_TIME_DIGITS}x}{random_id(12)}"


def claim_of(token: str, chunk: int) -> str:
    """Chunks that are sent together have claims of their own: whoever logs one of them alone makes the same packs."""
    return f"{token}.{chunk}"


def claim_by_event(now: datetime) -> str:
    """Of a recipient whom an event of the mailer proved to be sent: it has a pack of its own in the log."""
    return claim_token(now) + _BY_EVENT


def is_by_event(claim: str) -> bool:
    return claim.endswith(_BY_EVENT)


def claimed_at_ms(claim: str) -> int:
    """Unix milliseconds."""
    return int(claim[:_TIME_DIGITS], 16)


def _reason(row: Row) -> str:
    """An unknown one may become `sent` at any moment, so it has a pack of its own."""
    return str(row.contact_id) if row.outcome == Outcome.UNKNOWN else row.reason or ""


def log_chunk(log: SentLog, run: Run, rows: Iterable[Row]) -> None:
    """Log a chunk that is decided: a batch for each attempt, so that whoever does it makes the same batches."""
    packs: dict[tuple[str, Outcome, str], list[int]] = {}
    for row in rows:
        if row.run_id == run.run_id and row.outcome in _LOGGED:
            packs.setdefault((row.claim, row.outcome, _reason(row)), []).append(row.contact_id)
    made = [
        EventBatch(
            event_id=f"{outcome}#{claim}#{reason}",
            type=_LOGGED[outcome],
            at_ms=claimed_at_ms(claim),
            contact_ids=tuple(sorted(contact_ids)),
            list_id=run.list_id,
            source=MailSource.campaign(run.campaign_id),
            detail=(outcome.value if outcome == Outcome.UNKNOWN else reason) or None,
        )
        for (claim, outcome, reason), contact_ids in packs.items()
    ]
    if made:
        log.record_batches(run.account_id, made)
