"""Numbers without end, wherever a call takes one, are refused and bring nothing down."""

import pytest

from infra.openapi import main_document
from tests.functional.test_isolation import arguments
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.audience import populate

DOCUMENT = main_document()
NUMBERS = [2**62, 10**20, 10**50, 10**4000]
NUMERIC = [
    (method.upper(), path, operation, parameter["name"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for parameter in operation.get("parameters", [])
    if parameter["in"] == "query" and "integer" in str(parameter["schema"]) and operation.get("security")
]


@pytest.fixture(scope="module")
def world(platform):
    owner = make_owner()
    return owner, populate(owner)


@pytest.mark.parametrize(
    ("method", "path", "operation", "name"), NUMERIC, ids=[f"{m} {p} {name}" for m, p, _, name in NUMERIC]
)
def test_a_huge_number_in_a_query_is_no_fault(world, method, path, operation, name):
    owner, ids = world
    url, options = arguments(operation, path, ids)
    for number in NUMBERS:
        options["query"] = {**options.get("query", {}), name: number}
        answer = owner.api.call(method, url, **options)
        assert answer.status < 500, (number, answer.text)
        if name == "page":
            assert answer.status in (400, 422), number


def test_a_huge_number_in_a_path_is_no_fault(world):
    owner, ids = world
    for path, methods in DOCUMENT["paths"].items():
        for name in ("list_id", "campaign_id", "contact_id", "segment_id"):
            if f"{{{name}}}" in path and "get" in methods:
                url, options = arguments(methods["get"], path, {**ids, name: 10**40})
                assert owner.api.get(url, **options).status in (400, 422), url


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
