"""A tree goes on by ids when names change, and is stored and read without loss."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.filters import (
    NOBODY,
    InterestCondition,
    Not,
    TagCondition,
    Tree,
    bound,
    from_stored,
    matches,
    parse,
    parse_query,
    required_tags_of,
    respelled,
    to_stored,
)
from postrider.filters.tree import with_leaves
from tests.unit.filters.rendering import to_fiql, to_json, to_query
from tests.unit.filters.samples import IDS, INTERESTS, NOW, SCHEMA, contact, trees


@given(trees)
def test_a_tree_is_stored_without_loss(tree: Tree) -> None:
    for stored in (tree, bound(tree, IDS)):
        assert from_stored(json.loads(json.dumps(to_stored(stored)))) == stored


WRITERS: dict[str, Any] = {"query": to_query, "fiql": to_fiql, "json": to_json}


@given(trees, st.sampled_from(sorted(WRITERS)))
def test_renaming_changes_the_names_and_nothing_else(tree: Tree, language: str) -> None:
    expression = WRITERS[language](tree)
    assert respelled(language, expression, lambda kind, name: name) == expression

    def rename(kind: str, name: str) -> str:
        return f'{kind} "{name}\\;%*'

    changed = with_leaves(
        tree,
        lambda leaf: (
            TagCondition(rename("tag", str(leaf.tag)))
            if isinstance(leaf, TagCondition)
            else InterestCondition(rename("interest", str(leaf.interest)))
            if isinstance(leaf, InterestCondition)
            else leaf
        ),
    )
    assert parse(language, respelled(language, expression, rename), SCHEMA) == changed


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        (
            "query",
            '( tag="VIP" and  (`city` LIKE "VIP%") ) OR `_tags` <> "VIP"',
            '( tag="Gold" and  (`city` LIKE "VIP%") ) OR `_tags` <> "Gold"',
        ),
        ("query", 'NOT (interest = "sport" AND TAG IS NOT "VIP")', 'NOT (interest = "sport" AND TAG IS NOT "Gold")'),
        ("fiql", '(tag==VIP ; city==VIP), !(tags!="VIP")', "(tag==Gold ; city==VIP), !(tags!=Gold)"),
        (
            "json",
            {"and": [{"eq": {"_tags": "VIP"}}, {"not": {"eq": {"city": "VIP"}}}]},
            {"and": [{"eq": {"_tags": "Gold"}}, {"not": {"eq": {"city": "VIP"}}}]},
        ),
    ],
)
def test_an_expression_keeps_the_spelling_of_its_author(language: str, before: Any, after: Any) -> None:
    assert respelled(language, before, lambda kind, name: {"VIP": "Gold"}.get(name, name)) == after


def test_no_contact_has_an_unknown_tag() -> None:
    tree = bound(parse_query('TAG IS "unknown"', SCHEMA), IDS)
    assert tree == TagCondition(NOBODY)
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
def test_required_tags_include_a_tag_of_every_match(query: str, required: set[str] | None) -> None:
    assert required_tags_of(parse_query(query, SCHEMA)) == required
