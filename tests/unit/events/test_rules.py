"""Ids and partitions of rows."""

from hypothesis import given
from hypothesis import strategies as st

from postrider.events import rules
from postrider.events.model import EventType

MOMENTS = st.integers(1_577_836_800_000, 3_700_000_000_000)  # 2020 to 2087
CONTACTS = st.integers(1, 2**42)


@given(MOMENTS, MOMENTS, CONTACTS, CONTACTS)
def test_ids_sort_with_time_and_are_safe_in_json(first, second, contact, other):
    a, b = rules.row_id(first, contact), rules.row_id(second, other)
    assert 0 <= a < 2**53
    assert first == second or (a < b) == (first < second)
    assert rules.ms_of(a) == first
    assert rules.first_id(first) <= a <= rules.last_id(first)
    assert (rules.sort_key(a) < rules.sort_key(b)) == (a < b) or a == b


@given(st.integers(-(2**60), 2**60), CONTACTS)
def test_a_moment_out_of_range_still_gives_an_id(moment, contact):
    assert 0 <= rules.row_id(moment, contact) < 2**53


def test_a_block_lies_in_one_shard_and_neighbours_in_others():
    blocks = [{rules.shard_of(block * rules.BLOCK_SIZE + offset) for offset in (0, 1, 1023)} for block in range(8)]
    assert [len(shards) for shards in blocks] == [1] * 8
    assert len(set.union(*blocks)) == rules.SHARDS


def test_types_determine_the_families_of_partitions():
    assert rules.families_of({EventType.COMPLAINED, EventType.SENT}) == ("others",)
    assert rules.families_of({EventType.OPENED}) == ("opens",)
    assert rules.families_of(set()) == rules.FAMILIES
