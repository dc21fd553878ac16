"""A tree goes on by ids when names change, and is stored and read without loss."""

import json

import pytest
from hypothesis import given

from postrider.filters import (
    NOBODY,
    Not,
    Tagged,
    Tree,
    bound,
    from_stored,
    matches,
    named,
    parse_query,
    required_tags_of,
    tags_of,
    to_query,
    to_stored,
)
from postrider.filters.binding import Keys
from tests.unit.filters.samples import IDS, INTERESTS, NOW, SCHEMA, TAGS, contact, trees

NAMES: Keys[int, str] = Keys(
    tags={key: name for name, key in IDS.tags.items()},
    interests={key: name for name, key in IDS.interests.items()},
    attributes={key: name for name, key in IDS.attributes.items()},
)


@given(trees)
def test_a_tree_is_stored_without_loss(tree: Tree) -> None:
    for stored in (tree, bound(tree, IDS)):
        assert from_stored(json.loads(json.dumps(to_stored(stored)))) == stored


@given(trees.filter(lambda tree: tags_of(tree) <= set(TAGS)))
def test_names_come_back(tree: Tree) -> None:
    assert named(bound(tree, IDS), NAMES) == tree


def test_a_renamed_tag_is_written_by_its_new_name() -> None:
    tree = bound(parse_query('TAG IS "VIP" AND NOT `age` > 3', SCHEMA), IDS)
    renamed = Keys(tags={IDS.tags["VIP"]: 'be"st'}, interests=NAMES.interests, attributes=NAMES.attributes)
    assert to_query(named(tree, renamed)) == r'TAG IS "be\"st" AND NOT `age` > "3"'


def test_nobody_has_a_tag_that_does_not_exist() -> None:
    tree = bound(parse_query('TAG IS "unknown"', SCHEMA), IDS)
    assert tree == Tagged(NOBODY)
    assert not matches(tree, contact(groups=frozenset(IDS.tags.values())), None, NOW)
    assert matches(Not(tree), contact(), None, NOW)


@pytest.mark.parametrize(
    ("query", "required"),
    [
        ('TAG IS "VIP"', {"VIP"}),
        ('TAG IS "VIP" AND `age` > 3', {"VIP"}),
        ('TAG IS "VIP" OR TAG IS "new"', {"VIP", "new"}),
        ('(TAG IS "VIP" OR TAG IS "new") AND TAG IS "vip"', {"vip"}),
        ('TAG IS "VIP" OR `age` > 3', None),
        ('TAG IS NOT "VIP"', None),
        ('NOT (TAG IS "VIP" AND TAG IS "new")', None),
        (f'INTEREST IS "{INTERESTS[0]}"', None),
    ],
)
def test_tags_of_which_a_match_has_at_least_one(query: str, required: set[str] | None) -> None:
    assert required_tags_of(parse_query(query, SCHEMA)) == required
