"""The language of the code: retired names, docstrings that begin with a riddle, messages that do not say what to do.

docs/contributing.md has the rules and docs/glossary.md the words. Both the glossary and docs/architecture.md name what exists.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "layers/shared/python/postrider"

RETIRED_NAMES = re.compile(
    r"(^|_)(any_left|bookmarks?|call_off|come_back_soon|doors?|dossier|logbook|sealer|tallies|trouble)($|_)"
    r"|^(Beginner|BoundSelection|Called|Closer|Doors|Dossier|Meters|Orders|Pack|Question|Sealer|Taker|Trouble)$"
)
"""Names that were replaced by terms of the field."""
PRONOUNS = frozenset({"one", "found", "mine", "ours", "theirs", "given", "told", "some", "whom", "said"})
"""Names that no variable and no parameter may have: they do not say what the value is."""
RIDDLE = re.compile(r"(Whoever|Whom|Who|What|Those|How|Where|Which|Why|Nobody|Nothing|Somebody)\b")
"""Beginnings of a docstring with a relative clause or a pronoun as subject."""
NO_VERB = re.compile(
    r"(?:(?:A|All|An|As|At|By|Each|False|From|If|In|Its|None|Of|One|Raises|That|The|To|True|Until|Up|Whether|With)\b|[`(0-9])"
)
"""Beginnings of the docstring of a function that are not a verb."""
THIRD_PERSON = re.compile(
    r"(?:Adds|Allows|Builds|Collects|Creates|Decides|Deletes|Draws|Fills|Finds|Gives|Keeps|Lets|Looks|Makes|Moves|Puts|Reads"
    r"|Refuses|Removes|Renders|Returns|Serves|Shows|Starts|Stores|Takes|Tells|Turns|Updates|Writes)\b"
)
"""Beginnings of a docstring with a verb in the third person."""
FRAGMENT = re.compile(r"(?:(?:Above|After|Below|For|From|In) which|As|Beyond|Of|So that)\b")
"""Beginnings of the docstring of a constant or field that do not name it."""
MESSAGE = re.compile(r"There is no such|There is nothing|\b(anybody|whoever|(?<!there )is none|any more)\b")
"""Parts of texts that name neither the invalid value nor the reason in plain terms."""


def folders() -> list[str]:
    """Return the folders that are checked one by one: packages of the domain, groups of functions, infra, helpers of tests."""
    packages = [path for path in (ROOT / PACKAGE).iterdir() if (path / "__init__.py").exists()]
    functions = [
        path for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name not in ("__pycache__", "api")
    ]
    areas = [path for path in (ROOT / "functions" / "api").iterdir() if (path / "__init__.py").exists()]
    shared = [ROOT / "infra", ROOT / "tests/testing"]
    return sorted(str(path.relative_to(ROOT)) for path in [*packages, *functions, *areas, *shared])


def problems(folder: str) -> list[str]:
    """Return the violations in a folder as "file:line: problem"."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {problem}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, problem in problems_of(ast.parse(path.read_text()))
    ]


def problems_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            expression = node.body[0]
            assert isinstance(expression, ast.Expr)
            docstrings.add(expression.value)
            text = ast.get_docstring(node) or ""
            if RIDDLE.match(text) or THIRD_PERSON.match(text) or (is_function(node) and NO_VERB.match(text)):
                yield expression.lineno, f"docstring begins with {text.split()[0]!r}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value not in docstrings:
            text = str(node.value.value)
            if RIDDLE.match(text) or THIRD_PERSON.match(text) or FRAGMENT.match(text):
                yield node.lineno, f"docstring begins with {text.split()[0]!r}"
        name = name_of(node)
        if name is not None and (RETIRED_NAMES.search(name) or name in PRONOUNS):
            yield node.lineno, f"name {name!r}"  # type: ignore[attr-defined]
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        match = MESSAGE.search(str(node.value)) if is_text else None  # type: ignore[attr-defined]
        if match is not None:
            yield node.lineno, f"text with {match[0]!r}"  # type: ignore[attr-defined]


def is_function(node: ast.AST) -> bool:
    """Return whether a node is a function, and not a property, whose docstring is a noun phrase."""
    return isinstance(node, ast.FunctionDef) and not any("property" in ast.unparse(d) for d in node.decorator_list)


def name_of(node: ast.AST) -> str | None:
    """Return the name that a node defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return None


@pytest.mark.parametrize("folder", folders())
def test_the_language_is_plain(folder: str) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize("folder", ["tests/security", "tests/infra"])
def test_names_in_tests_are_plain(folder: str) -> None:
    assert [problem for problem in problems(folder) if ": name " in problem] == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('"""Whoever may send."""', "docstring begins with 'Whoever'"),
        ('def add() -> None:\n    """The new tag."""', "docstring begins with 'The'"),
        ('"""Stores tags."""', "docstring begins with 'Stores'"),
        ('LIMIT = 3\n"""Of one list."""', "docstring begins with 'Of'"),
        ("class Doors:\n    pass", "name 'Doors'"),
        ("found = 1", "name 'found'"),
        ("def add(given: str) -> None:\n    pass", "name 'given'"),
        ('raise ValueError("There is no such tag.")', "text with 'There is no such'"),
    ],
)
def test_a_violation_is_found(source: str, problem: str) -> None:
    assert [text for _, text in problems_of(ast.parse(source))] == [problem]


def test_a_plain_text_passes() -> None:
    source = (
        '"""Store tags."""\n\n\ndef add(name: str) -> None:\n    """Add a tag."""\n    raise ValueError("Unknown tag.")'
    )
    assert list(problems_of(ast.parse(source))) == []


def glossary() -> list[tuple[str, list[str]]]:
    """Return each word of the glossary with its homes; homes with a placeholder are left out."""
    rows = [
        line.strip("| ").split(" | ") for line in (ROOT / "docs/glossary.md").read_text().splitlines() if "`" in line
    ]
    return [(row[0], [home for home in re.findall(r"`([^`]+)`", row[-1]) if "<" not in home]) for row in rows]


def test_the_words_of_the_glossary_are_used_in_the_code() -> None:
    sources = "".join(
        path.read_text() for folder in folders() for path in sorted((ROOT / folder).rglob("*.py"))
    ).lower()
    words = [word for word, _ in glossary()]
    assert words == sorted(words, key=str.lower)
    unused = [word for word in words if not re.search(word.lower().replace(" ", "[ _]?"), sources)]
    assert unused == []


def test_the_homes_of_words_exist() -> None:
    homes = [home for _, homes in glossary() for home in homes if "*" not in home]
    places = (ROOT, ROOT / PACKAGE, ROOT / "functions")
    assert [home for home in homes if not any((place / home).exists() for place in places)] == []


def test_the_architecture_names_every_package() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    packages = [path.parent.name for path in (ROOT / PACKAGE).glob("*/__init__.py")]
    groups = [path.name for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [name for name in sorted(packages) if f"`{name}`" not in text] == []
    assert [name for name in sorted(groups) if f"`{name}`" not in text and f"`{name}/" not in text] == []
