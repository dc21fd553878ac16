"""The form of filters of people: it says what its trees say, and is bounded."""

from typing import Any

import pytest
from hypothesis import given

from functions.compat.customerio.translate_filters import FIELDS
from postrider.filters import And, Comparison, ExactText, Not, Op, Or, TagCondition, Tree, from_stored, to_stored
from postrider.filters.languages.people_json import FieldMeaning, build, has_text, segment_ids_of
from postrider.filters.tree import EXTERNAL_ID, MAX_DEPTH, MAX_TERMS
from postrider.kit.errors import Invalid
from tests.unit.filters.samples import IDS, people_trees

NAMES = {number: name for name, number in IDS.attributes.items()}
MEANING = FieldMeaning(
    of_attribute=lambda name, text: FIELDS[name](text) if name in FIELDS else has_text(IDS.attributes[name], text),
    of_segment=TagCondition,
)


def written(tree: Tree) -> dict[str, Any]:
    match tree:
        case And(parts):
            return {"and": [written(part) for part in parts]}
        case Or(parts):
            return {"or": [written(part) for part in parts]}
        case Not(ExactText(field, "")):
            return {"attribute": {"field": NAMES.get(field, "id"), "operator": "exists"}}
        case Not(Comparison("email", _, "")):
            return {"attribute": {"field": "email", "operator": "exists"}}
        case Not(part):
            return {"not": written(part)}
        case TagCondition(number):
            return {"segment": {"id": number}}
        case ExactText(field, text):
            return {"attribute": {"field": NAMES.get(field, "id"), "operator": "eq", "value": text}}
        case Comparison(_, _, ""):
            return {"not": {"attribute": {"field": "email", "operator": "exists"}}}
        case Comparison(_, _, text):
            return {"attribute": {"field": "email", "operator": "eq", "value": text}}
    raise AssertionError(tree)


@given(people_trees)
def test_the_json_form_is_equivalent_to_the_tree(tree):
    assert build(written(tree), MEANING) == tree
    assert from_stored(to_stored(tree)) == tree


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (True, "true"), (1.5, "1.5"), ("3", "3")])
def test_a_value_is_a_text_as_attributes_have_it(value, text):
    given_ = {"attribute": {"field": "city", "operator": "eq", "value": value}}
    assert build(given_, MEANING) == ExactText(IDS.attributes["city"], text)


@pytest.mark.parametrize(
    ("field", "operator", "tree"),
    [
        ("id", "exists", Not(ExactText(EXTERNAL_ID, ""))),
        ("email", {"value": "Ada@Example.COM"}, Comparison("email", Op.EQ, "ada@example.com")),
        ("cio_id", {"value": "cio_1f"}, Comparison("id", Op.EQ, 31)),
        ("cio_id", {"value": "31"}, TagCondition(0)),
        ("cio_id", "exists", Not(TagCondition(0))),
        ("unsubscribed", {"value": "maybe"}, TagCondition(0)),
    ],
)
def test_some_fields_are_no_attributes(field, operator, tree):
    condition = {"operator": "eq", **operator} if isinstance(operator, dict) else {"operator": operator}
    assert build({"attribute": {"field": field, **condition}}, MEANING) == tree


def test_unsubscribed_is_derived_from_the_consent():
    yes, no = (
        build({"attribute": {"field": "unsubscribed", "operator": "eq", "value": value}}, MEANING)
        for value in (True, "false")
    )
    assert no == Not(yes)
    assert build({"attribute": {"field": "unsubscribed", "operator": "exists"}}, MEANING) == yes


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"segment": {"id": 1}}
    for _ in range(levels):
        node = {"not": node}
    return node


@pytest.mark.parametrize(
    ("given_", "where"),
    [
        ([], "$"),
        ({}, "$"),
        (None, "$"),
        ({"and": [], "or": []}, "$"),
        ({"and": []}, "$.and"),
        ({"and": {}}, "$.and"),
        ({"or": [{"segment": {"id": 1}}, 7]}, "$.or[1]"),
        ({"not": []}, "$.not"),
        ({"segment": 3}, "$.segment"),
        ({"segment": {"id": "x"}}, "$.segment"),
        ({"segment": {"id": True}}, "$.segment"),
        ({"tag": "x"}, "$"),
        ({"object_attribute": {"field": "a", "operator": "exists", "type_id": "1"}}, "$"),
        ({"attribute": {"operator": "exists"}}, "$.attribute"),
        ({"attribute": {"field": " ", "operator": "exists"}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": "gt", "value": "x"}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": ["eq"], "value": "x"}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": "eq"}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": "eq", "value": ["x"]}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": "eq", "value": "\ud800"}}, "$.attribute"),
        ({"attribute": {"field": "city", "operator": "eq", "value": "x" * 1001}}, "$.attribute"),
        (nested(MAX_DEPTH + 1), ".not"),
        ({"or": [{"segment": {"id": 1}}] * (MAX_TERMS + 1)}, f"or[{MAX_TERMS}]"),
    ],
)
def test_an_invalid_filter_is_refused_with_the_place_of_the_problem(given_, where):
    with pytest.raises(Invalid) as refused:
        build(given_, MEANING)
    assert where in refused.value.message


def test_the_bounds_themselves_are_allowed():
    build(nested(MAX_DEPTH), MEANING)
    build({"or": [{"segment": {"id": 1}}] * MAX_TERMS}, MEANING)


def test_the_segments_of_any_value_are_found():
    given_ = {"and": [{"segment": {"id": 1}}, {"not": {"or": [{"segment": {"id": "2"}}, {"segment": {"id": 1}}]}}, 7]}
    assert segment_ids_of(given_) == {1, 2}
    assert segment_ids_of([{"segment": []}, None, {"segment": {"id": True}}]) == frozenset()
