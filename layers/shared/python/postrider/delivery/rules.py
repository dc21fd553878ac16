"""Rules of sending, pure: who is in a block, what a chunk is, and when it is all accounted for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.model import FINAL, Outcome, Row, Tally

CHUNK_SIZE = 50
"""Recipients of one order to send."""
CHUNKS_TOGETHER = 4
"""Orders of one block that a sender works on as one: their contacts are read and their ends counted together. They are
claimed and sent one after the other, so a death costs no more than one of them."""
BLOCKS_PER_PLAN = 4
"""Blocks of one order to plan."""
FUNCTION_TIMEOUT_S = 120
"""Of the sending function: nobody works longer on one message."""
LEASE = timedelta(seconds=FUNCTION_TIMEOUT_S + 60)
"""Of a claim: when it is over, whoever claimed is dead, and what became of the mail is not known."""
RESERVE_S = 25.0
"""A sender begins nothing anew this short before its end: one answer of the mailer may take 20 seconds."""
CLAIM_AHEAD_S = 2.0
"""Recipients are claimed this long before their moment to leave at most, so that a pause takes effect."""
STATE_KEPT = timedelta(seconds=2)
"""How long a sender may go on without knowing that the campaign was paused or cancelled."""
LATE = timedelta(minutes=30)
"""A start this much too late is not one that the sender would still want unasked."""
EARLY = timedelta(seconds=5)
"""What clocks may differ by; an order to start from before a rescheduling comes earlier than this."""
MISSED = timedelta(minutes=2)
"""A campaign still scheduled this long after its moment: its alarm was lost."""
STALLED = timedelta(minutes=15)
"""A run without any progress for this long has lost messages: its work is ordered again."""
RECONCILED_AFTER = timedelta(minutes=10)
"""A finished run is recounted when late events of the mailer have come."""
THROTTLED_PAUSE_S = 5
UNKNOWN_TOLERATED = 3
"""Answers lost in one chunk before the sender stops for a while: an outage must not make everyone unknown."""
MAX_DELAY_S = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

CANCELLED = "cancelled"
TAKEN_BY_EARLIER_RUN = "earlier_run"


def bitmap_of(ids: Iterable[int]) -> bytes:
    """Which ids of their block are recipients, one bit each."""
    bits = bytearray(BLOCK_SIZE // 8)
    for contact_id in ids:
        place = contact_id % BLOCK_SIZE
        bits[place // 8] |= 1 << place % 8
    return bytes(bits)


def ids_in(block: int, bitmap: bytes) -> list[int]:
    """In order."""
    first = block * BLOCK_SIZE
    return [first + place for place in range(BLOCK_SIZE) if bitmap[place // 8] >> place % 8 & 1]


def chunks_of(ids: Sequence[int]) -> list[Sequence[int]]:
    """The same for the same block, whoever asks: a chunk's number is its place here."""
    return [ids[start : start + CHUNK_SIZE] for start in range(0, len(ids), CHUNK_SIZE)]


def chunk_of(ids: Sequence[int], contact_id: int) -> int:
    return ids.index(contact_id) // CHUNK_SIZE


def replaceable(row: Row, run_id: str) -> bool:
    """An earlier run certainly did not send it, so this one may."""
    return row.run_id != run_id and row.outcome in (Outcome.SKIPPED, Outcome.FAILED)


def expired(row: Row, now: datetime) -> bool:
    return row.outcome == Outcome.CLAIMED and row.claim_until is not None and row.claim_until <= now


def tally_of(ids: Iterable[int], rows: Mapping[int, Row], run_id: str, *, over: bool = False) -> Tally | None:
    """Recipients by outcome; None while some are undecided.

    Those that an earlier run may have sent are skipped by this one, whatever becomes of them there. When the run is
    `over`, so are those whom nobody claimed.
    """
    counts = dict.fromkeys(FINAL, 0)
    for contact_id in ids:
        row = rows.get(contact_id)
        if row is None or replaceable(row, run_id):
            if not over:
                return None
            counts[Outcome.SKIPPED] += 1
        elif row.run_id != run_id:
            counts[Outcome.SKIPPED] += 1
        elif row.outcome == Outcome.CLAIMED:
            return None
        else:
            counts[row.outcome] += 1
    return Tally(**{outcome.value: count for outcome, count in counts.items()})


def claimed_together(spacing_s: float) -> int:
    """How many recipients are claimed in one go: those whose moment comes within CLAIM_AHEAD_S, in whole calls of 25."""
    near = int(CLAIM_AHEAD_S / spacing_s)
    return CHUNK_SIZE if near >= CHUNK_SIZE else max(1, min(near, 25))
