"""Numbers without end, wherever a call takes one, are refused and bring nothing down."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.full_account import populate
from tests.testing.operations import OPERATIONS, SECURED, by_tag

NUMBERS = [2**62, 10**20, 10**50, 10**4000]


def numeric_parameters(operation):
    return [p["name"] for p in operation.parameters("query") if "integer" in str(p["schema"])]


@pytest.fixture(scope="module")
def world(platform):
    owner = make_owner()
    return owner, populate(owner)


@pytest.mark.parametrize("operations", by_tag(operation for operation in SECURED if numeric_parameters(operation)))
def test_a_huge_number_in_a_query_is_no_fault(world, subtests, operations):
    owner, ids = world
    for operation in operations:
        for name in numeric_parameters(operation):
            with subtests.test(f"{operation} {name}"):
                for number in NUMBERS:
                    answer = operation.call(owner.api, ids, query={name: number})
                    assert answer.status < 500, (number, answer.text)
                    if name == "page":
                        assert answer.status in (400, 422), number


def test_a_huge_number_in_a_path_is_no_fault(world):
    owner, ids = world
    for operation in OPERATIONS:
        for name in ("list_id", "campaign_id", "contact_id", "segment_id"):
            if f"{{{name}}}" in operation.path and operation.method == "GET":
                assert operation.call(owner.api, {**ids, name: 10**40}).status in (400, 422), operation


def test_a_huge_number_in_a_filter_is_no_fault(world):
    owner, ids = world
    for path, term in (
        ("/campaigns", "list_id"),
        ("/campaigns", "status"),
        (f"/logs/campaigns/{ids['campaign_id']}", "contact_id"),
        (f"/logs/campaigns/{ids['campaign_id']}", "start_id"),
        (f"/lists/{ids['list_id']}/contacts", "email"),
    ):
        for value in ("9" * 50, "\u0663", "-1", "1e400"):
            answer = owner.api.get(path, query={"filter": f"{term}=={value}"})
            assert answer.status < 500, (path, term, value, answer.text)


def test_more_values_than_a_filter_takes_are_refused(world):
    owner, _ = world
    values = ";".join(f"list_id=={number}" for number in range(101))
    answer = owner.api.get("/campaigns", query={"filter": values})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", "filter"])
