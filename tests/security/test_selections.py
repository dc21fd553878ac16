"""Every route that takes a selection refuses the same things: the check cannot be got round by another route."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.testing.factories.full_account import FurnishedAccount, make_furnished_account
from tests.testing.harness import Answer
from tests.testing.operations import DOCUMENT, OPERATIONS, Operation
from tests.testing.samples import resolve
from tests.testing.sweeps import answers_without_change

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


@dataclass(frozen=True)
class Selection:
    """A text, or a tree, that is no selection."""

    language: str
    number: int

    def __str__(self) -> str:
        return f"{self.language} {self.number}"

    @property
    def value(self) -> Any:
        return EVIL[self.language][self.number]


SELECTIONS = [Selection(language, number) for language, evils in EVIL.items() for number in range(len(evils))]


def place_of_selection(operation: Operation) -> str | None:
    """Return where the operation takes a selection: "query", "body" or None."""
    if set(LANGUAGES) <= {parameter["name"] for parameter in operation.parameters("query")}:
        return "query"
    schema = operation.body_schema or {}
    schema = resolve(DOCUMENT, schema["$ref"]) if "$ref" in schema else schema
    return "body" if set(LANGUAGES) <= set(schema.get("properties", {})) else None


TAKING = [operation for operation in OPERATIONS if place_of_selection(operation)]


@pytest.fixture(scope="module")
def account(platform) -> FurnishedAccount:
    furnished = make_furnished_account()
    platform.drain()
    return furnished


def test_all_operations_that_take_a_selection_are_found():
    last = {operation.path.rpartition("/")[2] for operation in TAKING}
    assert last >= {"contacts", "segments", "exports", "tag", "untag"}


@pytest.mark.parametrize("operation", TAKING, ids=str)
def test_invalid_selections_are_refused_everywhere(account, platform, subtests, operation):
    def call(account: FurnishedAccount, selection: Selection) -> Answer:
        url, options = operation.arguments(account.ids)
        value = selection.value
        if place_of_selection(operation) == "query":
            options["query"] = {selection.language: value if isinstance(value, str) else json.dumps(value)}
        else:
            kept = {name: value for name, value in options["json"].items() if name not in (*LANGUAGES, "contact_ids")}
            options["json"] = {**kept, selection.language: value}
        return account.api.call(operation.method, url, **options)

    for selection, answer in answers_without_change(platform, account, make_furnished_account, SELECTIONS, call):
        with subtests.test(str(selection)):
            assert answer.status in (400, 422), answer.text[:300]
            assert len(answer.text) < 2000, "the answer repeats what was sent"
