"""No text makes a regular expression or a parser of ours slow."""

import ast
import importlib
import pkgutil
import re
import time
from functools import cache
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

import functions
import postrider
from infra.functions import FUNCTIONS
from infra.openapi import apps
from postrider.contacts.address import canonical
from postrider.filters.languages import fiql, sql
from postrider.http.main import wire
from postrider.http.main.filtering import parse_filter
from postrider.http.main.sorting import parse_sort
from postrider.kit.csv_cells import escape_formula, unescape_formula
from postrider.kit.errors import Invalid

SIZE = 100_000
BUDGET_S = 0.05
SEEDS = [
    "a",
    "1",
    " ",
    "@",
    ".",
    "-",
    "_",
    "=",
    "<",
    "[",
    "(",
    '"',
    "'",
    "\\",
    "%",
    "{",
    "\n",
    "\t",
    "é",
    "a@",
    "a.",
    "<a",
]
SEEDS += [
    " =",
    "''",
    ";,",
    "{%",
    "{{",
    "[a",
    "](",
    "/*",
    "a:",
    "a;",
    "1.",
    "http://a",
    "<a href=",
    "&a",
    "+1",
    "٣",
    "\0",
]
TEXTS = {seed: seed * (SIZE // len(seed)) for seed in SEEDS}
TEXTS |= {f"{seed} and an end": TEXTS[seed] + "!" for seed in SEEDS}
TEXTS |= {f"{seed} after x": "x" + TEXTS[seed] + "\n" for seed in SEEDS}
"""Repetitions, alone and with something that does not fit at the beginning or the end."""


CALLS = frozenset({"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
MADE_OF = {
    "postrider.content.markup": [r"</style[\t\n\f\r />]"],
    "postrider.content.reading": [],  # in a table of the module, whose values are tried
    "postrider.mail_events.ses.rules": [],  # likewise
    "postrider.http.routing": [],  # paths of routes, which are tried as they are
    "postrider.tracking.machines": [],  # the list of crawlers, searched in MAX_AGENT_CHARS at most
}
"""Placeholders for expressions that are built from values at runtime, by module."""


def sources():
    """Every module of the product with its text."""
    for package in (postrider, functions):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            yield module, Path(module.__file__).read_text(encoding="utf-8")


def written_in(module, text):
    """(expression, flags) of each use of `re`, wherever in the module it stands."""
    for node in ast.walk(ast.parse(text)) if "re." in text else ():
        called = node.func if isinstance(node, ast.Call) else None
        if not (isinstance(called, ast.Attribute) and called.attr in CALLS and ast.unparse(called.value) == "re"):
            continue
        flags = [
            argument
            for argument in [*node.args[1:], *(k.value for k in node.keywords)]
            if "re." in ast.unparse(argument)
        ]
        try:
            values = [eval(ast.unparse(argument), vars(module)) for argument in (node.args[0], *flags)]
        except NameError:
            yield from ((text, re.IGNORECASE) for text in MADE_OF[module.__name__])
        else:
            yield values[0], values[1] if flags else 0


def held_in(value):
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | dict):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from held_in(entry)


def declared(app):
    return (*app._static_routes, *app._dynamic_routes)


@cache
def patterns():
    """Return (place, expression) of every expression."""
    places = {}
    for module, text in sources():
        held = [(name, pattern) for name, value in vars(module).items() for pattern in held_in(value)]
        written = [(expression[:20], re.compile(expression, flags)) for expression, flags in written_in(module, text)]
        for name, pattern in [*held, *written]:
            places.setdefault((pattern.pattern, pattern.flags), (f"{module.__name__}.{name}", pattern))
    for route in (route for function in FUNCTIONS for app in apps(function).values() for route in declared(app)):
        places.setdefault((route.rule.pattern, route.rule.flags), (f"{route.method} {route.rule.pattern}", route.rule))
    return list(places.values())


def test_every_use_of_an_expression_is_found():
    """Also those inside functions, in tables, and of the entry points."""
    names = {place for place, _ in patterns()}
    assert {"postrider.imports.uploads.[0-9a-z]{1,64}", "postrider.content.reading._SECTION_END"} <= names
    assert any(name.startswith("postrider.mail_events.ses.rules.") for name in names)
    assert any(name.startswith("GET ^/lists/") for name in names)
    for module, text in sources():
        assert "from re import" not in text, module.__name__
        assert "import regex" not in text, module.__name__


TERMINALS = [
    pytest.param(re.compile(terminal.pattern.to_regexp()), id=f"{module.__name__} {terminal.name}")
    for module in (sql, fiql)
    for terminal in module._GRAMMAR._lark.terminals
]


@pytest.mark.parametrize("pattern", TERMINALS)
def test_every_word_of_a_selection_is_read_fast(pattern):
    """At one place, as the lexer does."""
    for text in TEXTS.values():
        assert min(seconds(pattern.match, text) for _ in range(2)) < BUDGET_S, text[:10]


BOUNDED = {
    "postrider.content.headers._ADDRESS": 1000,
    "postrider.content.validate._ADDRESS": 1000,
    "postrider.mail_events.ses.rules._ADDRESS": 500,
    "postrider.tracking.machines._MACHINES": 512,
}
"""Expressions on texts that were cut to a maximum length before."""
SLOWEST = 4


def seconds(way, text):
    start = time.process_time()
    way(text)
    return time.process_time() - start


def test_every_expression_is_fast(subtests):
    assert len(patterns()) > 100
    for place, pattern in patterns():
        with subtests.test(place):
            assert_fast(pattern, BOUNDED.get(place, SIZE))


def assert_fast(pattern, size):
    """Try all texts at a tenth of their length, and those that took longest in full."""
    words = set(re.findall(r"[A-Za-z]{2,}", str(pattern.pattern)))
    own = [word * (SIZE // len(word)) for word in sorted(words, key=len)[:20]]
    for way in (pattern.search, pattern.fullmatch):

        def took(text, way=way):
            return seconds(way, text.encode() if isinstance(pattern.pattern, bytes) else text)

        slowest = sorted([*TEXTS.values(), *own], key=lambda text: -took(text[-size // 10 :]))[:SLOWEST]
        for text in slowest:
            # One of ten tries: other programs run on this machine.
            assert any(took(text[-size:]) < BUDGET_S for _ in range(10)), (way.__name__, text[:10])


def of_type(kind):
    adapter = TypeAdapter(kind)

    def check(text):
        try:
            adapter.validate_python(text)
        except (ValidationError, Invalid):
            return

    return check


def refusing(parse):
    def check(text):
        try:
            parse(text)
        except Invalid:
            return

    return check


PARSERS = {
    "address": canonical,
    "email": of_type(wire.Email),
    "url": of_type(wire.Url),
    "tag": of_type(wire.TagName),
    "interest": of_type(wire.InterestText),
    "suppression": of_type(wire.SuppressionPath),
    "filter": refusing(lambda text: parse_filter(text, allowed=("a", "email"))),
    "sort": refusing(lambda text: parse_sort(text, allowed=("a",))),
    "cell": lambda text: unescape_formula(escape_formula(text)),
}


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_every_parser_is_fast(parse):
    parse("a")
    for seed, text in TEXTS.items():
        assert min(seconds(parse, text) for _ in range(2)) < BUDGET_S, seed
