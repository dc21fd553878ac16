"""Pure rules of delivery: the recipients of a block, its chunks, and when all recipients are counted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.claims import claimed_at_ms
from postrider.delivery.model import FINAL, Block, LedgerRow, Outcome, Run, Slice, SliceKind, Tally
from postrider.delivery.rate.rules import marketing_rate, senders_for
from postrider.kit import bitmaps
from postrider.ports.mailer import ANSWER_TIMEOUT_S

CHUNK_SIZE = 50
"""Maximum number of recipients of a message on the send queue."""
CHUNKS_TOGETHER = 5
"""Maximum number of chunks of a block that a sender handles together: one call reads or counts them. Chunks are
claimed and sent one after the other, so that a crash affects at most one of them."""
IN_HAND_S = 5.0
"""The time in which senders finish the chunks that they have received, if these are not one chunk at the lowest rates. A
campaign of another account waits at most so long for its first sender."""
BLOCKS_PER_MESSAGE = 4
"""Maximum number of blocks of a message on the plan queue; in a recount, each block has its own message."""
RECOUNTS_TOGETHER = 4
"""Maximum number of recount messages of a run that a worker handles together: one call reads their blocks."""
FUNCTION_TIMEOUT_S = 120
"""The timeout of the sending function."""
LEASE = timedelta(seconds=60)
"""The validity of a claim. After it, the sender has certainly ended, and the outcome of the mail is unknown. Recipients are
claimed shortly before their mails are sent, and no mail is sent if its answer may come after the end of its claim."""
RESERVE_S = ANSWER_TIMEOUT_S + 2
"""Time before the end of the function in which a sender starts no mail."""
STATE_CACHED_FOR = timedelta(seconds=2)
"""Time for which a sender may continue after its source was paused or cancelled."""
REPORTED_EVERY = timedelta(seconds=5)
"""Maximum delay of reports while a sender has not finished its chunks."""
CLOSED_TOGETHER = 200
"""Number of blocks of a cancelled run that are closed in a minute: a new table can store about as many rows."""
LATE = timedelta(minutes=30)
"""Delay of a start after which its owner has to confirm it."""
EARLY = timedelta(seconds=5)
"""The tolerated difference of clocks. An outdated message, from before a rescheduling, arrives earlier than this."""
MISSED = timedelta(minutes=2)
"""Delay of a start after which its schedule is considered lost."""
STALLED = timedelta(minutes=15)
"""Time without progress after which messages of a run are considered lost, and its work is enqueued again."""
SILENT = timedelta(minutes=1)
"""Time without progress after which a run is shown as stalled: a sender may have crashed; its messages come back soon."""
RECOUNTED_AFTER = timedelta(minutes=10)
"""Time after which a finished run is recounted: late events of the mailer have arrived."""
RETRIED_AFTER = timedelta(hours=1)
"""Time after which a run that could not be sent is retried, if its source cannot be resumed by its owner."""
ROWS_KEPT = timedelta(days=400)
"""Minimum retention of rows of recipients after the end of their run; runs and blocks are never deleted."""
LONGEST_RUN = timedelta(days=100)
"""Time after which an unfinished run is ended. So the first write of a row can set its expiry; an expiry counted from the
actual end of the run would cost a second write per recipient."""
FIRST_RETRY_S, MAX_RETRY_S = 5.0, 300.0
"""The pause after the first throttled attempt, which doubles with each further attempt, and the longest pause."""
MAX_ATTEMPTS = 20
"""Number of attempts at a chunk without progress after which its message fails and reaches the dead-letter queue."""
UNKNOWN_TOLERATED = 3
"""Number of lost answers in an attempt after which the sender pauses: an outage must not make all recipients unknown."""
MAX_DELAY_S = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

CANCELLED = "cancelled"
SUPPRESSED = "suppressed"
"""Reasons for which recipients are skipped."""
RESTORED = "restored"
"""The reason of unknown recipients of a restored copy, whose original may have sent the mail."""

_HOUR_MS = 3_600_000
_SLICE_KINDS = {
    Outcome.SENT: SliceKind.SENT,
    Outcome.FAILED: SliceKind.FAILED,
    Outcome.SKIPPED: SliceKind.SKIPPED,
    Outcome.UNKNOWN: SliceKind.UNKNOWN,
}


def chunks_together(max_per_second: float) -> int:
    """Return how many chunks a sender receives together at this rate, so that all senders finish them within IN_HAND_S."""
    per_sender = marketing_rate(max_per_second) / senders_for(max_per_second)
    return min(max(1, int(IN_HAND_S * per_sender / CHUNK_SIZE)), CHUNKS_TOGETHER)


def bitmap_of(ids: Iterable[int]) -> bytes:
    """Return a bitmap of a block with the bits of these ids set."""
    return bitmaps.bitmap_of((contact_id % BLOCK_SIZE for contact_id in ids), BLOCK_SIZE)


def ids_in(block: int, bitmap: bytes) -> list[int]:
    """Return the contact ids whose bits are set, in order."""
    first = block * BLOCK_SIZE
    return [first + place for place in bitmaps.numbers_in(bitmap)]


def chunks_of(ids: Sequence[int]) -> list[Sequence[int]]:
    """Cut the recipients of a block into chunks; the result is stable, so that a chunk is identified by its position."""
    return [ids[start : start + CHUNK_SIZE] for start in range(0, len(ids), CHUNK_SIZE)]


def chunk_of(ids: Sequence[int], contact_id: int) -> int:
    """Return the number of the chunk of a recipient."""
    return ids.index(contact_id) // CHUNK_SIZE


def is_overdue(run: Run, now: datetime) -> bool:
    """Return whether the run has exceeded LONGEST_RUN and has to end."""
    return now > run.began_at + LONGEST_RUN


def rows_expire_at(run: Run) -> datetime:
    """Return the moment when the rows of a run expire."""
    return run.began_at + LONGEST_RUN + ROWS_KEPT


def are_rows_kept(run: Run, now: datetime) -> bool:
    """Return whether the rows of a run are still complete."""
    latest_end = run.began_at + LONGEST_RUN
    return now <= min(run.ended_at or latest_end, latest_end) + ROWS_KEPT


def is_balanced(block: Block) -> bool:
    """Return whether every recipient of the block is counted."""
    return block.tally.total == len(ids_in(block.number, block.bitmap))


def is_replaceable(row: LedgerRow, run_id: str) -> bool:
    """Return whether the row belongs to another run that certainly did not send, so that this run may replace it."""
    return row.run_id != run_id and row.outcome in (Outcome.SKIPPED, Outcome.FAILED)


def is_expired(row: LedgerRow, now: datetime) -> bool:
    """Return whether the claim of this row has expired."""
    return row.outcome == Outcome.CLAIMED and row.claim_until is not None and row.claim_until <= now


def outlives_call(claim_until: datetime, now: datetime) -> bool:
    """Return whether a claim remains valid until the timeout of a mailer call that begins now."""
    return claim_until - now > timedelta(seconds=ANSWER_TIMEOUT_S)


def retry_pause_s(attempts: int) -> float:
    """Return the seconds until the retry of a throttled chunk, after this number of attempts without progress."""
    return min(FIRST_RETRY_S * (1 << min(attempts, MAX_ATTEMPTS)), MAX_RETRY_S)


def tally_of(ids: Iterable[int], rows: Mapping[int, LedgerRow], run_id: str, *, is_over: bool = False) -> Tally | None:
    """Count recipients by outcome; return None if a recipient is undecided.

    A recipient to whom an earlier run may have sent counts as skipped. If the run `is_over`, an unclaimed recipient counts
    as skipped too.
    """
    counts = dict.fromkeys(FINAL, 0)
    minutes: Counter[int] = Counter()
    domains: Counter[str] = Counter()
    slices: Counter[Slice] = Counter()
    for contact_id in ids:
        row = rows.get(contact_id)
        if row is None or is_replaceable(row, run_id):
            if not is_over:
                return None
            counts[Outcome.SKIPPED] += 1
        elif row.run_id != run_id:
            counts[Outcome.SKIPPED] += 1
        elif row.outcome == Outcome.CLAIMED:
            return None
        else:
            counts[row.outcome] += 1
            if row.outcome == Outcome.SENT and row.sent_at is not None:
                minutes[minute_of(row.sent_at)] += 1
                domains[row.domain] += 1
            slices.update(slices_of(row))
    by_outcome = {outcome.value: count for outcome, count in counts.items()}
    return Tally(**by_outcome, sent_by_minute=minutes, sent_by_domain=domains, slices=slices)


def slices_of(row: LedgerRow) -> list[Slice]:
    """Return the slice of a decided row; None for a sent row without a variant, which is counted by minute."""
    if row.outcome == Outcome.SENT:
        if not row.variant or row.sent_at is None:
            return []
        return [Slice(SliceKind.SENT, minute_of(row.sent_at) // 60, row.variant)]
    is_suppressed = row.outcome == Outcome.SKIPPED and row.reason == SUPPRESSED
    kind = SliceKind.SUPPRESSED if is_suppressed else _SLICE_KINDS[row.outcome]
    return [Slice(kind, claimed_at_ms(row.claim) // _HOUR_MS, row.variant)]


def minute_of(moment: datetime) -> int:
    """Return the minute since 1970 of a moment."""
    return int(moment.timestamp()) // 60
