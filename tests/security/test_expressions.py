"""No text makes a regular expression or a parser of ours slow."""

import importlib
import pkgutil
import re
import time

import pytest
from pydantic import TypeAdapter, ValidationError

import postrider
from postrider.contacts.address import canonical
from postrider.http import wire
from postrider.kit.csv_cells import restored, safe
from postrider.kit.errors import Invalid
from postrider.kit.filtering import parse_filter
from postrider.kit.sorting import parse_sort

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


def patterns():
    found = {}
    for module in pkgutil.walk_packages(postrider.__path__, "postrider."):
        for name, value in vars(importlib.import_module(module.name)).items():
            for one in value if isinstance(value, list | tuple) else [value]:
                for part in one if isinstance(one, list | tuple) else [one]:
                    if isinstance(part, re.Pattern):
                        found.setdefault((part.pattern, part.flags), (f"{module.name}.{name}", part))
    return [pytest.param(pattern, id=where) for where, pattern in found.values()]


BOUNDED = {
    "postrider.content.headers._ADDRESS": 1000,
    "postrider.content.validate._ADDRESS": 1000,
    "postrider.delivery_events.rules._ADDRESS": 500,
    "postrider.tracking.machines._MACHINES": 512,
}
"""Expressions that only see what was cut to so many characters before."""
SLOWEST = 4


def seconds(way, text):
    start = time.process_time()
    way(text)
    return time.process_time() - start


@pytest.mark.parametrize("pattern", patterns())
def test_every_expression_is_fast(pattern, request):
    """All texts are tried at a tenth of their length, and those that took longest in full."""
    size = BOUNDED.get(request.node.callspec.id, SIZE)
    for way in (pattern.search, pattern.fullmatch):

        def took(text, way=way):
            return seconds(way, text.encode() if isinstance(pattern.pattern, bytes) else text)

        slowest = sorted(TEXTS.values(), key=lambda text: -took(text[-size // 10 :]))[:SLOWEST]
        for text in slowest:
            # The best of three: other programs run on this machine.
            assert min(took(text[-size:]) for _ in range(3)) < BUDGET_S, (way.__name__, text[:10])


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
    "cell": lambda text: restored(safe(text)),
}


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_every_parser_is_fast(parse):
    parse("a")
    for seed, text in TEXTS.items():
        assert min(seconds(parse, text) for _ in range(2)) < BUDGET_S, seed
