"""Conditions in DynamoDB and the predicate select the same stored contacts as the predicate alone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postrider.contacts.excerpts import block_excerpts
from postrider.contacts.mapping import block_key, contact_of, item_of
from postrider.contacts.model import Contact
from postrider.contacts.table import ContactItem
from postrider.filters import ExactText, Not, Tree, bound, dynamo_filter_of, fields_of, matches, parse_query
from postrider.filters.tree import EXTERNAL_ID
from tests.testing.standin import LocalAws
from tests.unit.filters.samples import ACCOUNT, BLOCK, IDS, LIST, NOW, SCHEMA, bound_trees, crowd, facts_for, trees

PEOPLE = crowd(60)


@pytest.fixture(scope="session")
def stored_people(standin: LocalAws) -> list[Contact]:
    with ContactItem.batch_write() as batch:
        for person in PEOPLE:
            batch.save(item_of(person))
    return PEOPLE


def kept_by_dynamodb(tree: Tree, now: datetime = NOW) -> list[Contact]:
    pushed = dynamo_filter_of(tree, now)
    return [contact_of(item) for item in ContactItem.query(block_key(ACCOUNT, LIST, BLOCK), filter_condition=pushed)]


def kept_by_predicate(tree: Tree, people: list[Contact] = PEOPLE, now: datetime = NOW) -> set[int]:
    return {person.id for person in people if matches(tree, person, facts_for(person), now)}


@given(tree=bound_trees)
@example(tree=ExactText(IDS.attributes["age"], "17"))
@example(tree=Not(ExactText(IDS.attributes["city"], "")))
@example(tree=Not(ExactText(EXTERNAL_ID, "")))
def test_the_filter_never_drops_a_match_to_the_letter(stored_people: list[Contact], tree: Tree) -> None:
    assert kept_by_predicate(tree, kept_by_dynamodb(tree)) == kept_by_predicate(tree)
    excerpts = list(block_excerpts(ACCOUNT, LIST, BLOCK, fields_of(tree), dynamo_filter_of(tree, NOW)))
    assert kept_by_predicate(tree, excerpts) == kept_by_predicate(tree)


@pytest.mark.parametrize(
    "tree",
    [
        ExactText(IDS.attributes["age"], "17"),
        ExactText(IDS.attributes["city"], "Laval"),
        Not(ExactText(IDS.attributes["city"], "")),
        Not(ExactText(EXTERNAL_ID, "")),
        ExactText(EXTERNAL_ID, "a5"),
    ],
)
def test_a_text_to_the_letter_is_decided_there(stored_people: list[Contact], tree: Tree) -> None:
    kept = {person.id for person in kept_by_dynamodb(tree)}
    assert kept == kept_by_predicate(tree)
    assert len(kept) < len(PEOPLE)


@given(tree=trees)
@example(tree=parse_query("`bounce_count` < 3", SCHEMA))
@example(tree=parse_query('NOT `bounce_type` = "none"', SCHEMA))
@example(tree=parse_query('NOT (`age` > 18 OR `seen` < "2026-01-01" OR TAG IS "VIP")', SCHEMA))
@example(tree=parse_query('NOT (`city` = "laval" AND `status` = "active")', SCHEMA))
def test_the_filter_never_drops_a_match(stored_people: list[Contact], tree: Tree) -> None:
    tree = bound(tree, IDS)
    assert kept_by_predicate(tree, kept_by_dynamodb(tree)) == kept_by_predicate(tree)


@given(tree=trees)
def test_a_filter_names_all_fields_that_are_read(stored_people: list[Contact], tree: Tree) -> None:
    """A count reads no others."""
    tree = bound(tree, IDS)
    excerpts = list(block_excerpts(ACCOUNT, LIST, BLOCK, fields_of(tree), dynamo_filter_of(tree, NOW)))
    assert kept_by_predicate(tree, excerpts) == kept_by_predicate(tree)


@pytest.mark.parametrize(
    "query",
    [
        '`status` = "unsubscribed"',
        '`status` != "active" AND TAG IS "VIP"',
        "`bounce_count` < 1",
        '`bounce_type` != "none"',
        '`registered` >= "-2 days" AND `registered` < "now"',
        '`born` <= "-30 days"',
        '`city` = ""',
        '`age` != ""',
        '`registered` <= "2026-03-01"',
        '`registered` > "today -1 day"',
        '`registered` != "2026-03-02"',
        '`age` >= 18 OR INTEREST IS NOT "sport"',
        "NOT (`age` < 18 OR `age` > 18)",
    ],
)
def test_pushed_conditions_are_evaluated_by_dynamodb(stored_people: list[Contact], query: str) -> None:
    """Not only a superset: nothing is left for the predicate."""
    tree = bound(parse_query(query, SCHEMA), IDS)
    kept = {person.id for person in kept_by_dynamodb(tree)}
    assert kept == kept_by_predicate(tree)
    assert 0 < len(kept) < len(PEOPLE)


def test_the_known_part_of_a_conjunction_is_pushed_down(stored_people: list[Contact]) -> None:
    tree = bound(parse_query('`status` = "active" AND MAILING(11) IS OPENED AND `city` LIKE "%a%"', SCHEMA), IDS)
    pushed = dynamo_filter_of(tree, NOW)
    assert pushed is not None
    assert pushed.expression == "#f0 = :f0 AND attribute_exists(#f1.#f2)"
    assert len(kept_by_predicate(tree)) < len(kept_by_dynamodb(tree)) < len(PEOPLE)


@given(tree=trees, zone=st.sampled_from(["Pacific/Kiritimati", "America/Lima", "Europe/Berlin"]))
@example(tree=parse_query('`seen` = "2026-03-02" OR `born` <= "today -1 day"', SCHEMA), zone="Pacific/Kiritimati")
def test_the_filter_never_drops_a_match_in_another_time_zone(
    stored_people: list[Contact], tree: Tree, zone: str
) -> None:
    tree, now = bound(tree, IDS), NOW.astimezone(ZoneInfo(zone))
    assert kept_by_predicate(tree, kept_by_dynamodb(tree, now), now) == kept_by_predicate(tree, now=now)


@pytest.mark.parametrize("query", ['`city` != "x"', "`id` > 5", '`email` = "a@b.co"', "MAILING(1) IS SENT"])
def test_other_conditions_are_not_pushed_down(query: str) -> None:
    assert dynamo_filter_of(bound(parse_query(query, SCHEMA), IDS), NOW) is None


def test_an_undecided_alternative_makes_a_disjunction_undecided() -> None:
    assert dynamo_filter_of(bound(parse_query('`status` = "active" OR MAILING(1) IS SENT', SCHEMA), IDS), NOW) is None
