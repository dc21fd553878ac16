"""The contract of the ledger and of the timeline, on DynamoDB and on the memory that stands in for it in property tests."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.claims import claim_token
from postrider.delivery.model import Block, LedgerRow, Outcome, Run, RunKey, RunState, Slice, SliceKind, Tally
from postrider.delivery.rate.repository import DynamoTimeline
from postrider.delivery.repository import DynamoLedger
from postrider.delivery.rules import bitmap_of
from postrider.delivery.table import RecipientItem
from postrider.mail_events.source import MailSource, SourceKind
from postrider.ports.mailer import SendingLimits
from postrider.storage.accounts_table import padded
from postrider.storage.ledger_table import LedgerItem
from tests.conftest import Platform

NOW = datetime.now(UTC).replace(microsecond=0)
"""The present: the stand-in deletes rows that have expired."""
_numbers = itertools.count(900_000)


@pytest.fixture
def ledger(stores: tuple[Any, Any]) -> Any:
    return stores[0]


@pytest.fixture
def timeline(stores: tuple[Any, Any]) -> Any:
    return stores[1]


@pytest.fixture
def run(ledger: Any) -> Run:
    run = make_run()
    assert ledger.add_run(run) == run
    return run


def make_run() -> Run:
    return Run(
        account_id="7",
        source=MailSource.campaign(next(_numbers)),
        run_id="first",
        list_id=3,
        revision=2,
        audience={"list_id": 3, "expressions": {"query": "a"}},
        blocks=2,
        state=RunState.SENDING,
        began_at=NOW,
    )


def ids_of(*places: int, block: int = 5) -> list[int]:
    return [block * BLOCK_SIZE + place for place in places]


def claimed(contact_id: int, claim: str = "ours", run_id: str = "first") -> LedgerRow:
    until = NOW + timedelta(minutes=3)
    return LedgerRow(contact_id=contact_id, run_id=run_id, claim=claim, outcome=Outcome.CLAIMED, claim_until=until)


def test_a_run_is_stored_once(ledger: Any, run: Run) -> None:
    again = Run(**{**vars(run), "revision": 9})
    assert ledger.add_run(again) == run
    assert ledger.run(run.key) == run
    assert ledger.run(RunKey("7", run.source, "other")) is None


def test_a_counted_block_is_stored_once_with_its_recipients(ledger: Any, run: Run) -> None:
    blocks = [Block(number=number, bitmap=bitmap_of(ids_of(0, 1, block=number))) for number in (5, 6)]
    assert ledger.add_block_to(run, blocks[0], 2)
    stored = ledger.run(run.key)
    assert stored.recipients == 2
    assert not ledger.add_block_to(stored, blocks[0], 2)  # it exists
    assert not ledger.add_block_to(run, blocks[1], 2)  # another block was counted since the run was read
    assert ledger.add_block_to(stored, blocks[1], 2)
    assert (ledger.run(run.key).recipients, list(ledger.blocks(run.key))) == (4, blocks)


def test_fields_of_a_run_change_while_it_is_in_a_state(ledger: Any, run: Run) -> None:
    assert ledger.change_run(run.key, parked_until=NOW, mail_may_have_left=True)
    assert not ledger.change_run(run.key, only_in=RunState.ENDING, parked_until=None)
    assert ledger.run(run.key).parked_until == NOW
    assert ledger.change_run(run.key, only_in=RunState.SENDING, parked_until=None, state=RunState.DONE.value)
    assert (ledger.run(run.key).parked_until, ledger.run(run.key).state) == (None, RunState.DONE)
    assert not ledger.change_run(RunKey("7", run.source, "other"), parked_until=NOW)


def test_a_run_is_open_until_it_is_closed(ledger: Any, run: Run) -> None:
    assert run.key in list(ledger.open_runs())
    ledger.close_run(run.key, RunState.ENDED)
    assert run.key not in list(ledger.open_runs())
    assert ledger.run(run.key).state == RunState.ENDED


def test_a_finished_run_waits_for_its_recount(ledger: Any, run: Run) -> None:
    assert run.key not in list(ledger.finished_runs())
    assert ledger.change_run(run.key, only_in=RunState.SENDING, state=RunState.DONE.value, ended_at=NOW)
    assert run.key not in list(ledger.open_runs())
    assert run.key in list(ledger.finished_runs())
    ledger.close_run(run.key, RunState.DONE)
    assert run.key not in list(ledger.finished_runs())


def test_the_entries_of_an_action_have_runs_and_rows_of_their_own(ledger: Any) -> None:
    """A contact that enters a workflow again gets its mails again; the outcomes of the first mails do not change."""
    number = next(_numbers)
    runs = [replace(make_run(), source=MailSource.action(number, entry), run_id="1-a") for entry in (1, 2)]
    (contact_id,) = ids_of(3)
    for run in runs:
        assert ledger.add_run(run) == run
        assert ledger.run(run.key) == run
        assert run.key in list(ledger.open_runs())
        assert ledger.insert(run, [claimed(contact_id)]) == []
    assert ledger.insert(runs[1], [claimed(contact_id, "theirs")]) != []
    ledger.store_outcomes(runs[1].key, [claimed(contact_id).became(Outcome.SKIPPED, reason="left")])
    outcomes = [ledger.rows("7", run.source, [contact_id])[contact_id].outcome for run in runs]
    assert outcomes == [Outcome.CLAIMED, Outcome.SKIPPED]


def test_a_block_is_stored_once_and_read_in_order(ledger: Any, run: Run) -> None:
    later, block = Block(number=12, bitmap=bitmap_of(())), Block(number=5, bitmap=bitmap_of(ids_of(0, 9, 1023)))
    assert ledger.add_block(run.key, later) == later
    assert ledger.add_block(run.key, block) == block
    assert ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(()))) == block
    assert list(ledger.blocks(run.key)) == [block, later]
    assert ledger.block(run.key, 6) is None
    ledger.mark_ordered(run.key, 5)
    assert ledger.block(run.key, 5).ordered


def test_a_run_is_read_with_its_blocks(ledger: Any, run: Run) -> None:
    blocks = [ledger.add_block(run.key, Block(number=number, bitmap=bitmap_of(()))) for number in (5, 6, 12)]
    for numbers, expected in ((None, blocks), ([12, 5, 7], [blocks[0], blocks[2]])):
        stored, of_run = ledger.run_with_blocks(run.key, numbers)
        assert (stored, sorted(of_run, key=lambda block: block.number)) == (run, expected)
        none, nothing = ledger.run_with_blocks(RunKey("7", run.source, "other"), numbers)
        assert (none, list(nothing)) == (None, [])


def test_a_chunk_is_counted_once(ledger: Any, run: Run) -> None:
    ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(ids_of(*range(60)))))
    first = ledger.count_chunks(run.key, 5, {0}, Tally(sent=40, skipped=10), at=NOW)
    assert (first.tally, first.chunks_done, first.progressed_at) == (Tally(sent=40, skipped=10), frozenset({0}), NOW)
    assert ledger.count_chunks(run.key, 5, {0}, Tally(sent=40, skipped=10), at=NOW) is None
    assert ledger.count_chunks(run.key, 5, {1}, Tally(unknown=10), at=NOW, version=1) is None
    second = ledger.count_chunks(run.key, 5, {1}, Tally(unknown=10), at=NOW, version=0)
    assert (second.tally, second.chunks_done) == (Tally(sent=40, skipped=10, unknown=10), frozenset({0, 1}))
    assert ledger.block(run.key, 5) == second
    assert ledger.count_chunks(run.key, 5, {1, 2}, Tally(sent=20), at=NOW) is None, "one of them was counted before"
    together = ledger.count_chunks(run.key, 5, {2, 3}, Tally(), at=NOW)
    assert together is not None
    assert together.chunks_done == {0, 1, 2, 3}
    assert ledger.count_chunks(run.key, 6, {0}, Tally(), at=NOW) is None


def test_a_recount_is_refused_when_the_block_has_changed(ledger: Any, run: Run) -> None:
    before = ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(ids_of(0))))
    ledger.count_chunks(run.key, 5, {0}, Tally(sent=1), at=NOW)
    assert not ledger.recount(run.key, before, Tally(failed=1), [0])
    now = ledger.block(run.key, 5)
    assert ledger.recount(run.key, now, Tally(failed=1), [0])
    assert not ledger.recount(run.key, now, Tally(sent=1), [0])
    after = ledger.block(run.key, 5)
    assert (after.tally, after.chunks_done, after.version) == (Tally(failed=1), frozenset({0}), 1)
    empty = ledger.add_block(run.key, Block(number=6, bitmap=bitmap_of(())))
    assert ledger.recount(run.key, empty, Tally(), [])


def test_a_closed_block_counts_once_in_its_run(ledger: Any, run: Run) -> None:
    ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(())))
    assert ledger.close_block(run.key, 5)
    assert not ledger.close_block(run.key, 5)
    assert (ledger.block(run.key, 5).done, ledger.run(run.key).blocks_done) == (True, 1)


def test_a_recipient_is_claimed_once(ledger: Any, run: Run) -> None:
    rows = [claimed(contact_id) for contact_id in ids_of(*range(60))]
    assert ledger.insert(run, rows[:30]) == []
    theirs = [claimed(row.contact_id, "theirs") for row in rows]
    assert ledger.insert(run, theirs) == theirs[:30]
    stored = ledger.rows("7", run.source, ids_of(*range(70)))
    assert stored == {row.contact_id: row for row in rows[:30] + theirs[30:]}
    assert list(ledger.rows_of_block("7", run.source, 5)) == rows[:30] + theirs[30:]
    assert list(ledger.rows_of_block("7", run.source, 6)) == []
    for source in (MailSource.campaign(next(_numbers)), MailSource(SourceKind.WORKFLOW_ACTION, run.source.id)):
        assert ledger.rows("7", source, ids_of(0)) == {}
    assert ledger.rows("8", run.source, ids_of(0)) == {}


def test_only_the_owner_of_a_claim_settles_the_row_and_only_once(ledger: Any, run: Run) -> None:
    first, second, third = (claimed(contact_id) for contact_id in ids_of(0, 1, 2))
    ledger.insert(run, [first, second])
    sent = first.became(Outcome.SENT, message_id="m", sent_at=NOW)
    failed = second.became(Outcome.FAILED, reason="MessageRejected")
    strange = LedgerRow(**{**vars(sent), "claim": "theirs"})
    absent = third.became(Outcome.UNKNOWN)
    assert ledger.store_outcomes(run.key, [strange, absent]) == [strange, absent]
    assert ledger.store_outcomes(run.key, [sent, failed]) == []
    assert ledger.store_outcomes(run.key, [sent, failed]) == [sent, failed]
    assert ledger.rows("7", run.source, ids_of(0, 1, 2)) == {sent.contact_id: sent, failed.contact_id: failed}


def test_only_a_live_claim_is_released(ledger: Any, run: Run) -> None:
    first, second, third = (claimed(contact_id) for contact_id in ids_of(0, 1, 2))
    ledger.insert(run, [first, second, third])
    ledger.store_outcomes(run.key, [second.became(Outcome.SENT, message_id="m", sent_at=NOW)])
    ledger.release(run.key, [first, second, LedgerRow(**{**vars(third), "claim": "theirs"})])
    assert set(ledger.rows("7", run.source, ids_of(0, 1, 2))) == {second.contact_id, third.contact_id}


def test_a_row_is_taken_over_once(ledger: Any, run: Run) -> None:
    old = LedgerRow(contact_id=ids_of(0)[0], run_id="old", claim="o", outcome=Outcome.SKIPPED, reason="unsubscribed")
    ledger.insert(run, [old])
    new = claimed(old.contact_id)
    assert ledger.replace(run, [(old, new)]) == [True]
    assert ledger.replace(run, [(old, claimed(old.contact_id, "theirs"))]) == [False]
    assert ledger.rows("7", run.source, [old.contact_id]) == {old.contact_id: new}


def test_rows_expire_with_their_run_and_totals_stay(platform: Platform) -> None:
    """The expiry is written with the claim, and with the claim of a later run; never by a write of its own."""
    ledger = DynamoLedger()
    first = ledger.add_run(make_run())
    ledger.add_block(first.key, Block(number=5, bitmap=bitmap_of(ids_of(0))))
    row = claimed(ids_of(0)[0])
    ledger.insert(first, [row])
    key = ("7#" + str(first.source) + "#5", padded(row.contact_id))
    stored = RecipientItem.get(*key)
    assert stored.expires_at == NOW + timedelta(days=500) == rules.rows_expire_at(first)
    later = replace(first, run_id="second", began_at=NOW + timedelta(days=3))
    assert ledger.replace(later, [(row, claimed(row.contact_id, "other", "second"))]) == [True]
    assert RecipientItem.get(*key).expires_at == NOW + timedelta(days=503)
    items = LedgerItem.query(f"run#7#{first.source}#first")
    assert [item.expires_at for item in items] == [None, None], "a run and a block"


@pytest.mark.parametrize("counted", [False, True])
def test_a_confirmed_row_and_its_counters_change_in_one_transaction(ledger: Any, run: Run, counted: bool) -> None:
    ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(ids_of(0))))
    row = replace(claimed(ids_of(0)[0], claim_token(NOW)), variant=17)
    ledger.insert(run, [row])
    unknown = row.became(Outcome.UNKNOWN)
    ledger.store_outcomes(run.key, [unknown])
    hour = int(NOW.timestamp()) // 3600
    stale = ledger.block(run.key, 5)
    if counted:
        slices = {Slice(SliceKind.UNKNOWN, hour, 17): 1}
        ledger.count_chunks(run.key, 5, {0}, Tally(unknown=1, slices=slices), at=NOW)
    after = unknown.became(Outcome.SENT, message_id="m", sent_at=NOW, claim="event")
    if counted:
        assert not ledger.confirm(run.key, unknown, after, stale, 0)
    assert ledger.confirm(run.key, unknown, after, ledger.block(run.key, 5), 0)
    assert not ledger.confirm(run.key, unknown, after, ledger.block(run.key, 5), 0)
    block = ledger.block(run.key, 5)
    assert (block.tally, block.version) == (Tally(sent=1) if counted else Tally(), 1)
    assert block.tally.slices == ({Slice(SliceKind.SENT, hour, 17): 1} if counted else {})
    stored = ledger.rows("7", run.source, [row.contact_id])[row.contact_id]
    assert (stored.outcome, stored.message_id, stored.claim, stored.variant) == (Outcome.SENT, "m", "event", 17)


# The timeline


def test_moments_are_taken_one_after_the_other(timeline: Any) -> None:
    assert timeline.take(100, earliest=1000, latest=5000) == 1000
    assert timeline.take(100, earliest=1000, latest=5000) == 1100
    assert timeline.take(100, earliest=1150, latest=5000) == 1200
    assert timeline.state() == (1300, 0)


def test_an_idle_timeline_begins_at_the_present(timeline: Any) -> None:
    timeline.take(100, earliest=1000, latest=5000)
    assert timeline.take(100, earliest=3000, latest=5000) == 3000


def test_moments_too_far_ahead_are_not_leased(timeline: Any) -> None:
    timeline.take(4500, earliest=1000, latest=5000)
    assert timeline.take(100, earliest=1000, latest=5000) is None
    assert timeline.take(100, earliest=6000, latest=5800) is None
    assert timeline.state()[0] == 5500


def test_the_timeline_is_held_back_and_parked(timeline: Any) -> None:
    timeline.hold_back(2000)
    timeline.hold_back(1500)
    assert timeline.take(100, earliest=1000, latest=5000) == 2000
    timeline.park(9000)
    timeline.park(8000)
    timeline.take(100, earliest=1000, latest=5000)
    assert timeline.state() == (2200, 9000)


def test_urgent_mail_passes_the_timeline_while_its_reserve_lasts(timeline: Any) -> None:
    timeline.take(1000, earliest=1000, latest=5000)
    assert timeline.take_urgent(100, 500, now=1000, latest=1000) == 1000
    assert timeline.take_urgent(100, 500, now=1400, latest=1400) is None
    other = DynamoTimeline() if isinstance(timeline, DynamoTimeline) else timeline
    assert other.take_urgent(100, 500, now=1400, latest=1450) is None
    assert other.take_urgent(100, 500, now=1400, latest=1600) == 1500, "the next moment of the reserve"
    assert timeline.take_urgent(100, 500, now=2100, latest=2100) == 2100
    assert timeline.take(10, earliest=1000, latest=5000) == 2300


def test_limits_are_stored_for_all_senders_and_requested_by_one_sender(timeline: Any) -> None:
    limits = SendingLimits(max_per_second=14.0, max_per_day=None, sent_last_day=5, enabled=True)
    assert timeline.limits() is None
    assert timeline.reserve_limits_request(1000, before=0)
    timeline.store_limits(limits, 1000)
    assert timeline.limits() == (limits, 1000)
    timeline.take(100, earliest=1000, latest=5000)
    other = timeline if not isinstance(timeline, DynamoTimeline) else DynamoTimeline()
    assert other.limits() == (limits, 1000)
    assert not other.reserve_limits_request(1500, before=900)
    assert timeline.reserve_limits_request(2000, before=1000)
    assert not other.reserve_limits_request(2000, before=1000)
    assert other.limits() == (limits, 2000)
    other.store_limits(replace(limits, max_per_second=50.0), 2000)
    timeline.store_limits(limits, 1900)
    assert timeline.limits() == (replace(limits, max_per_second=50.0), 2000)


def test_mails_of_uncounted_chunks_are_noted_until_their_chunk_is_counted(ledger: Any, run: Run) -> None:
    ledger.add_block(run.key, Block(number=5, bitmap=bitmap_of(ids_of(*range(120)))))
    ledger.note_sent(run.key, 5, {0: 20}, at=NOW)
    ledger.note_sent(run.key, 5, {0: 40, 1: 3}, at=NOW)
    assert ledger.block(run.key, 5).sent_uncounted == 43
    ledger.count_chunks(run.key, 5, {0}, Tally(sent=50), at=NOW)
    assert ledger.block(run.key, 5).sent_uncounted == 3


def test_open_runs_can_be_listed_by_account(ledger: Any, run: Run) -> None:
    assert run.key in list(ledger.open_runs("7"))
    assert not any(key.account_id != "7" for key in ledger.open_runs("7"))
    assert run.key not in list(ledger.open_runs("70"))
