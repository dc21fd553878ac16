"""Every example of the page about filters does what the page says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.api.reference.routes_reference import read_filters
from postrider.contacts.model import Contact, Status
from postrider.filters import Facts, bound, matches, parse
from postrider.filters.binding import Keys
from postrider.filters.languages import fiql, sql
from postrider.http.main.wire import LANGUAGES_PAGE
from postrider.kit.errors import Invalid
from tests.unit.filters.samples import contact

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "filters.md").read_text(encoding="utf-8")
SCHEMA = {"city": "text", "age": "integer", "born": "datetime"}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
IDS: Keys[str, int] = Keys(
    tags={"VIP": 1, "new": 2}, interests={"sport": 3}, attributes={name: id_ for id_, name in enumerate(SCHEMA, 4)}
)
SENT, OPENED = datetime(2026, 2, 27, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
CODE = re.compile(r"`` (.+?) ``|`(.+?)`")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the rows of all tables whose first column has this heading."""
    tables = re.findall(rf"^\| {heading} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")[1:-1]] for table in tables for row in table.splitlines()]


def code(cell: str) -> str:
    match = CODE.fullmatch(cell)
    assert match, cell
    return match[1] or match[2]


def words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


def people() -> dict[str, Contact]:
    by_name = {}
    for number, row in enumerate(rows("name"), 1):
        name, email, status, registered, city, age, born, tags, interests = row
        values = {"city": city, "age": int(age) if age else "", "born": f"{born} 00:00:00" if born else ""}
        by_name[name] = contact(
            number,
            email=email,
            status=Status(status),
            subscribed_at=datetime.fromisoformat(registered).replace(tzinfo=UTC),
            attributes={IDS.attributes[field]: value for field, value in values.items() if value != ""},
            groups=frozenset(IDS.tags[tag] for tag in words(tags)),
            interests=frozenset(IDS.interests[interest] for interest in words(interests)),
        )
    return by_name


def facts_of(name: str) -> Facts:
    done = {("opened", 12): [OPENED], ("clicked", 12): [OPENED], ("link", 12289): [OPENED]} if name == "Ada" else {}
    return {("sent", 12): [SENT], **done}


EXAMPLES = rows("matches")
REFUSALS = rows("language")


@pytest.mark.parametrize(("names", "query", "fiql", "json_"), EXAMPLES, ids=[row[1] for row in EXAMPLES])
def test_documented_examples_match_in_each_language(names: str, query: str, fiql: str, json_: str) -> None:
    trees = [
        parse("query", code(query), SCHEMA),
        parse("fiql", code(fiql), SCHEMA),
        parse("json", json.loads(code(json_)), SCHEMA),
    ]
    assert trees[0] == trees[1] == trees[2]
    tree = bound(trees[0], IDS)
    assert words(names) == [name for name, person in people().items() if matches(tree, person, facts_of(name), NOW)]


@pytest.mark.parametrize(("language", "expression", "reason"), REFUSALS, ids=[row[1] for row in REFUSALS])
def test_refused_examples_of_the_page_are_refused_for_their_reason(language: str, expression: str, reason: str) -> None:
    value: Any = json.loads(code(expression)) if code(language) == "json" else code(expression)
    with pytest.raises(Invalid) as refused:
        parse(code(language), value, SCHEMA)
    assert reason in refused.value.message


@pytest.mark.parametrize("form", [text for cell, _ in rows("form") for text in re.findall(r"`(.+?)`", cell)])
def test_every_documented_form_of_a_moment_is_parsed(form: str) -> None:
    parse("query", f'`born` = "{form}"', SCHEMA)


def test_each_parameter_of_an_expression_links_to_the_page() -> None:
    """In the document of the API, parameters of queries and members of bodies."""
    document = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text(encoding="utf-8"))
    parameters = [
        parameter
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
    ]
    members = [
        {"name": name, **member}
        for schema in document["components"]["schemas"].values()
        if {"query", "fiql", "json"} <= schema.get("properties", {}).keys()
        for name, member in schema["properties"].items()
    ]
    about = [member["description"] for member in (*parameters, *members) if member["name"] in ("query", "fiql", "json")]
    assert len(about) > 20
    assert [text for text in about if LANGUAGES_PAGE not in text] == []


def test_each_operator_has_an_example() -> None:
    query, fiql_, json_ = ("\n".join(code(row[column]) for row in EXAMPLES) for column in (1, 2, 3))
    assert [operator for operator in (*sql.OPERATORS, "LIKE", "NOT LIKE") if f" {operator} " not in query] == []
    symbols = {"eq": "==", "neq": "!="}
    assert [word for word in fiql.OPERATORS if symbols.get(word, f"={word}=") not in fiql_] == []
    assert [word for word in fiql.OPERATORS if f'{{"{word}": ' not in json_] == []


def test_the_page_is_part_of_the_api_reference() -> None:
    assert read_filters().body == PAGE
