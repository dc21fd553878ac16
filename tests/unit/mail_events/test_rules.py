"""Ids and partitions of rows."""

from hypothesis import given
from hypothesis import strategies as st

from postrider.mail_events import rules
from postrider.mail_events.model import EventType

MOMENTS = st.integers(1_577_836_800_000, 3_700_000_000_000)  # 2020 to 2087
CONTACTS = st.integers(1, 2**42)


TYPES = st.sampled_from([EventType.OPENED, EventType.CLICKED, EventType.BOUNCED_HARD])
MARKS = st.text("0123456789abcdef", min_size=20, max_size=20)
SHIFTS = st.integers(0, 5000)


@given(TYPES, MOMENTS, MOMENTS, CONTACTS, CONTACTS)
def test_ids_sort_with_time_and_are_safe_in_json(event_type, first, second, contact, other):
    a, b = rules.row_id(event_type, contact, first), rules.row_id(event_type, other, second)
    assert 0 <= a < 2**53
    assert abs(first - second) < rules.TICK_MS or (a < b) == (first < second)
    assert 0 <= first - rules.ms_of(a) < rules.TICK_MS
    assert rules.first_id(first) <= a <= rules.last_id(first)
    assert (rules.sort_key(a) < rules.sort_key(b)) == (a < b)


@given(st.integers(-(2**60), 2**60), CONTACTS, MARKS, SHIFTS)
def test_a_moment_out_of_range_still_gives_an_id(moment, contact, mark, shift):
    assert 0 <= rules.row_id(EventType.OPENED, contact, moment, shift) < 2**53
    assert 0 <= rules.id_in_batch(rules.batch_id([contact], moment, mark, shift), contact) < 2**53


@given(MOMENTS, CONTACTS, CONTACTS, MARKS, SHIFTS, SHIFTS)
def test_rows_of_other_families_shards_or_batches_never_share_an_id(moment, contact, other, mark, shift, shift2):
    opened = rules.row_id(EventType.OPENED, contact, moment, shift)
    assert opened != rules.row_id(EventType.CLICKED, other, moment, shift2)
    assert opened != rules.row_id(EventType.BOUNCED_HARD, other, moment, shift2)
    assert opened != rules.id_in_batch(rules.batch_id([other], moment, mark, shift2), other)
    if rules.shard_of(contact) != rules.shard_of(other):
        assert opened != rules.row_id(EventType.OPENED, other, moment, shift2)


@given(MOMENTS, CONTACTS, MARKS)
def test_chunks_of_a_block_that_are_sent_together_never_wait_for_each_other(moment, contact, mark):
    """A call writes the batches of these chunks together if their ids differ."""
    first = contact // rules.BLOCK_SIZE * rules.BLOCK_SIZE
    chunks = [range(start, start + 50) for start in range(first, first + 1000, 50)]
    assert len({rules.batch_id(chunk, moment, mark) for chunk in chunks}) == len(chunks)


@given(MOMENTS, CONTACTS, st.integers(1, rules.BLOCK_SIZE - 1))
def test_an_event_whose_id_is_taken_can_take_any_other_id_of_its_moment(moment, contact, shift):
    first = rules.row_id(EventType.OPENED, contact, moment)
    shifted = rules.row_id(EventType.OPENED, contact, moment, shift)
    assert shifted != first
    assert rules.ms_of(shifted) == rules.ms_of(first)


def test_a_block_lies_in_one_shard_and_neighbours_in_others():
    blocks = [{rules.shard_of(block * rules.BLOCK_SIZE + offset) for offset in (0, 1, 1023)} for block in range(8)]
    assert [len(shards) for shards in blocks] == [1] * 8
    assert len(set.union(*blocks)) == rules.SHARDS


def test_types_determine_the_families_of_partitions():
    assert rules.families_of({EventType.COMPLAINED, EventType.SENT}) == ("others",)
    assert rules.families_of({EventType.OPENED}) == ("opens",)
    assert rules.families_of(set()) == rules.FAMILIES
