"""Blocks, chunks, and when a chunk is accounted for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.claims import claim_token
from postrider.delivery.model import LedgerRow, Outcome, Slice, SliceKind, Tally
from postrider.delivery.rate.rules import GROUP_S, MAX_LEAD_S
from postrider.ports.mailer import ANSWER_TIMEOUT_S

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(block=st.integers(0, 2**40), places=st.sets(st.integers(0, BLOCK_SIZE - 1)))
def test_a_bitmap_has_the_recipients_of_a_block(block: int, places: set[int]) -> None:
    ids = sorted(block * BLOCK_SIZE + place for place in places)
    bitmap = rules.bitmap_of(ids)
    assert len(bitmap) == BLOCK_SIZE // 8
    assert rules.ids_in(block, bitmap) == ids
    chunks = rules.chunks_of(ids)
    assert [contact_id for chunk in chunks for contact_id in chunk] == ids
    assert all(0 < len(chunk) <= rules.CHUNK_SIZE for chunk in chunks)
    assert all(contact_id in chunks[rules.chunk_of(ids, contact_id)] for contact_id in ids)


def row(contact_id: int, outcome: Outcome, run_id: str = "now") -> LedgerRow:
    return LedgerRow(contact_id=contact_id, run_id=run_id, claim=claim_token(NOW), outcome=outcome, claim_until=NOW)


@pytest.mark.parametrize(
    ("outcome", "run_id", "tally"),
    [
        (Outcome.SENT, "now", Tally(sent=1)),
        (Outcome.FAILED, "now", Tally(failed=1)),
        (Outcome.SKIPPED, "now", Tally(skipped=1)),
        (Outcome.UNKNOWN, "now", Tally(unknown=1)),
        (Outcome.CLAIMED, "now", None),
        (Outcome.SENT, "earlier", Tally(skipped=1)),
        (Outcome.CLAIMED, "earlier", Tally(skipped=1)),
        (Outcome.FAILED, "earlier", None),
        (Outcome.SKIPPED, "earlier", None),
    ],
)
def test_each_outcome_is_counted_for_its_run(outcome: Outcome, run_id: str, tally: Tally | None) -> None:
    assert rules.tally_of([1], {1: row(1, outcome, run_id)}, "now") == tally


def test_recipients_are_counted_by_hour_and_variant() -> None:
    """Mails without variants are counted by minute instead, so that they cost no space."""
    hour = int(NOW.timestamp()) // 3600
    sent_at = NOW + timedelta(hours=1)
    rows = {
        1: replace(row(1, Outcome.SENT), sent_at=sent_at),
        2: replace(row(2, Outcome.SENT), sent_at=sent_at, variant=17),
        3: replace(row(3, Outcome.SKIPPED), reason=rules.SUPPRESSED, variant=17),
        4: replace(row(4, Outcome.SKIPPED), reason="unsubscribed"),
        5: replace(row(5, Outcome.UNKNOWN), variant=18),
    }
    tally = rules.tally_of(rows, rows, "now")
    assert tally is not None
    assert tally.slices == {
        Slice(SliceKind.SENT, hour + 1, 17): 1,
        Slice(SliceKind.SUPPRESSED, hour, 17): 1,
        Slice(SliceKind.SKIPPED, hour): 1,
        Slice(SliceKind.UNKNOWN, hour, 18): 1,
    }
    assert all(Slice.parse(str(part)) == part for part in tally.slices)


def test_unclaimed_recipients_are_open_until_the_end_of_the_run() -> None:
    assert rules.tally_of([1, 2], {1: row(1, Outcome.SENT)}, "now") is None
    assert rules.tally_of([1, 2], {1: row(1, Outcome.SENT)}, "now", is_over=True) == Tally(sent=1, skipped=1)
    assert rules.tally_of([1], {1: row(1, Outcome.CLAIMED)}, "now", is_over=True) is None


def test_a_claim_expires_at_its_moment() -> None:
    assert rules.is_expired(row(1, Outcome.CLAIMED), NOW)
    assert not rules.is_expired(row(1, Outcome.CLAIMED), NOW - timedelta(seconds=1))
    assert not rules.is_expired(row(1, Outcome.SENT), NOW)


def test_no_mail_leaves_under_a_claim_that_may_expire_before_the_answer() -> None:
    """The claim is valid longer than the last call of the mailer, so that only crashed senders have expired claims."""
    until = NOW + rules.LEASE
    last = until - timedelta(seconds=ANSWER_TIMEOUT_S)
    assert rules.outlives_call(until, NOW + timedelta(seconds=GROUP_S + MAX_LEAD_S))
    assert not rules.outlives_call(until, last)
    assert rules.outlives_call(until, last - timedelta(seconds=1))
    assert timedelta(seconds=60) >= rules.LEASE


def test_pauses_after_throttles_double_up_to_a_limit() -> None:
    pauses = [rules.retry_pause_s(attempts) for attempts in range(rules.MAX_ATTEMPTS + 1)]
    assert pauses[:3] == [5, 10, 20]
    assert pauses[-1] == rules.MAX_RETRY_S
