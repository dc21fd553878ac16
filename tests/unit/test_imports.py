"""Allowed imports between modules, read from syntax trees, so that imports inside functions also count.

functions → postrider.http, workers, bootstrap → usecases → nouns → ports, storage, kit; bootstrap → adapters → ports, kit;
storage, adapters, workers, postrider.http → aws.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/shared/python"
LAYERS = ("kit", "aws", "ports", "storage", "adapters", "usecases", "workers", "http", "web", "bootstrap")
"""Packages of `postrider` that are no nouns."""

MAY_IMPORT = {
    "kit": {"kit"},
    "ports": {"ports", "kit"},
    "aws": {"aws"},
    "storage": {"storage", "aws", "kit"},
    "adapters": {"adapters", "aws", "ports", "kit"},
    "nouns": {"nouns", "ports", "storage", "kit"},
    "usecases": {"usecases", "nouns", "ports", "storage", "kit"},
    "bootstrap": {"bootstrap", "usecases", "nouns", "adapters", "ports", "storage", "kit"},
    "workers": {"workers", "adapters", "aws", "ports", "kit"},
    "http": {"http", "bootstrap", "nouns", "storage", "aws", "kit"},
    "web": {"web", "nouns", "kit"},
    "functions": {"functions", "http", "web", "workers", "bootstrap", "usecases", "nouns", "ports", "kit"},
}

MAX_IMPORTED = 155
"""The maximum number of modules of this repository that an import of a route module imports."""

EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "postrider.bootstrap.background",
        "postrider.http.main.events",
    ): "the file of a log export is written by a worker, in the words of the API that asks for it",
}
"""(importing module, imported module): why this import may be against the direction."""


@cache
def files() -> dict[str, Path]:
    return {_name(path): path for base in (PACKAGE, ROOT) for path in _sources(base)}


@cache
def imports() -> dict[str, set[str]]:
    """Return the modules of this repository that each module imports."""
    return {name: set(_imported(path, set(files()))) for name, path in files().items()}


def imported_at_once(module: str) -> set[str]:
    """Return the modules of this repository that an import of the module imports: not for types only, nor in functions."""
    found, waiting = {module}, [module]
    while waiting:
        path = files()[waiting.pop()]
        new = set(_named(_tree(path).body, path, set(files()))) - found
        found |= new
        waiting += new
    return found - {module}


def _sources(base: Path) -> Iterator[Path]:
    folders = ("postrider",) if base == PACKAGE else ("functions", "infra", "tests")
    for folder in folders:
        yield from sorted((base / folder).rglob("*.py"))


def _name(path: Path) -> str:
    base = PACKAGE if PACKAGE in path.parents else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _imported(path: Path, modules: set[str]) -> Iterator[str]:
    yield from _named(ast.walk(_tree(path)), path, modules)


def _named(nodes: Iterable[ast.AST], path: Path, modules: set[str]) -> Iterator[str]:
    """Yield the modules of this repository that the import statements among the nodes name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            assert node.level == 0, f"{path}: a relative import"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            yield from submodules or {node.module}


def layer_of(module: str) -> str:
    top, _, rest = module.partition(".")
    if top != "postrider":
        return top
    folder = rest.partition(".")[0]
    return folder if folder in LAYERS else "nouns"


def noun_of(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def edges() -> Iterator[tuple[str, str]]:
    return ((module, imported) for module, found in sorted(imports().items()) for imported in sorted(found))


def offending(is_wrong) -> list[str]:
    return [f"{module} imports {imported}" for module, imported in edges() if is_wrong(module, imported)]


def test_imports_point_down():
    def is_wrong(module, imported):
        allowed = MAY_IMPORT.get(layer_of(module))
        return allowed is not None and layer_of(imported) not in allowed and (module, imported) not in EXCEPTIONS

    assert offending(is_wrong) == []


def test_a_noun_never_imports_the_repository_or_the_table_of_another():
    def is_wrong(module, imported):
        if layer_of(imported) != "nouns" or imported.rpartition(".")[2] not in ("repository", "table"):
            return False
        if layer_of(module) in ("bootstrap", "infra", "tests"):
            return False
        return noun_of(module) != noun_of(imported) and (module, imported) not in EXCEPTIONS

    assert offending(is_wrong) == []


def test_only_tests_and_infra_import_infra_and_tests():
    """Benchmarks are infra, and measure what tests build."""

    def is_wrong(module, imported):
        return {layer_of(imported)} <= {"infra", "tests"} and layer_of(module) not in ("infra", "tests")

    assert offending(is_wrong) == []


def test_a_route_module_imports_few_modules():
    """Each of them takes half a millisecond of the first call of its routes."""
    areas = ("functions.api.", "functions.compat.")
    counts = {name: len(imported_at_once(name)) for name in files() if name.startswith(areas) and ".routes_" in name}
    assert {name: count for name, count in counts.items() if count > MAX_IMPORTED} == {}
    assert len(counts) > 70


def test_every_exception_is_needed():
    assert EXCEPTIONS.keys() <= set(edges())
