"""Every door that takes a selection refuses the same things: the check cannot be got round by another route."""

import json

import pytest

from infra.openapi import main_document
from tests.functional.test_isolation import arguments
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.audience import populate
from tests.testing.samples import body_schema, resolve
from tests.testing.snapshot import items_of_account

DOCUMENT = main_document()
LANGUAGES = ("query", "fiql", "json")

EVIL = {
    "query": [
        '`attr.x) OR contains(#a,:b` = "1"',
        '`city` = "x" OR 1=1; DROP TABLE contacts',
        "SELECT * FROM \"contacts\" WHERE pk = 'x'",
        '`$where` = "1"',
        '`pk` = "account#1"',
        '`__class__` = "1"',
        "(" * 1000 + '`city` = "x"' + ")" * 1000,
        " OR ".join(['`city` = "x"'] * 10_000),
        '`city` = "' + "x" * 200_000 + '"',
    ],
    "fiql": [
        "$where==1",
        "pk==1",
        "city=in=(1,2)",
        "(" * 1000 + "city==x" + ")" * 1000,
        ",".join(["city==x"] * 10_000),
    ],
    "json": [
        {"$where": "1"},
        {"eq": {"pk": "x"}},
        {"eq": {"city": {"$ne": None}}},
        {"eq": {"attr.x) OR contains(#a,:b": "1"}},
        {"or": [{"eq": {"city": "x"}}] * 10_000},
    ],
}
DEEP: dict = {"eq": {"city": "x"}}
for _ in range(300):
    DEEP = {"and": [DEEP]}
EVIL["json"].append(DEEP)


def _takes(operation):
    """(where, languages) in which the operation takes a selection."""
    asked = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
    if set(LANGUAGES) <= asked:
        return "query"
    found = body_schema(DOCUMENT, operation)
    schema = {} if found is None else found[1]
    schema = resolve(DOCUMENT, schema["$ref"]) if "$ref" in schema else schema
    if set(LANGUAGES) <= set(schema.get("properties", {})):
        return "body"
    return None


DOORS = [
    (method.upper(), path, operation, where)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if (where := _takes(operation)) is not None
]
CASES = [
    pytest.param(*door, language, evil, id=f"{door[0]} {door[1]} {language} {number}")
    for door in DOORS
    for language, evils in EVIL.items()
    for number, evil in enumerate(evils)
]


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def ids(owner):
    return populate(owner)


def test_all_doors_are_found():
    assert {door[1].rpartition("/")[2] for door in DOORS} >= {"contacts", "segments", "exports", "tag", "untag"}


@pytest.mark.parametrize(("method", "path", "operation", "where", "language", "evil"), CASES)
def test_what_is_no_selection_is_refused_everywhere(owner, ids, method, path, operation, where, language, evil):
    url, options = arguments(operation, path, ids)
    before = items_of_account(owner.account_id) if method != "GET" else None
    if where == "query":
        text = evil if isinstance(evil, str) else json.dumps(evil)
        options["query"] = {language: text}
    else:
        kept = {name: value for name, value in options["json"].items() if name not in (*LANGUAGES, "contact_ids")}
        options["json"] = {**kept, language: evil}
    answer = owner.api.call(method, url, **options)
    assert answer.status in (400, 422), answer.text[:300]
    assert len(answer.text) < 2000, "the answer repeats what was sent"
    if before is not None:
        assert items_of_account(owner.account_id) == before
