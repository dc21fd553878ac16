"""The services form no cycle: each one depends only on services that are built before it.

Read from the syntax trees of `postrider.bootstrap`: a factory uses the factories that it calls. A job of a task is made
when a task of its type runs, so `task_runner` names the makers of jobs and does not call them.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from postrider import bootstrap

FOLDER = Path(bootstrap.__file__).parent


def factories() -> dict[str, ast.FunctionDef]:
    """Return every function of the areas by its name; no two have the same one."""
    found: dict[str, ast.FunctionDef] = {}
    for area in bootstrap.MODULES:
        for node in ast.parse((FOLDER / f"{area}.py").read_text()).body:
            if isinstance(node, ast.FunctionDef):
                assert node.name not in found, f"{node.name} is built twice"
                found[node.name] = node
    return found


def called_by(factory: ast.FunctionDef) -> set[str]:
    calls = (node.func for node in ast.walk(factory) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def graph() -> dict[str, set[str]]:
    known = factories()
    return {name: called_by(factory) & known.keys() for name, factory in known.items()}


def test_services_have_no_dependency_cycle():
    assert len(list(TopologicalSorter(graph()).static_order())) == len(factories())  # raises CycleError


def test_every_area_is_listed_and_no_part_has_the_name_of_an_area():
    """A submodule is an attribute of the package as well, and would hide the part."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "overrides", "tables"}
    assert modules == set(bootstrap.MODULES)
    assert not modules & factories().keys()


def test_parts_are_built_once():
    """Unless they are functions of their own, or the job of one task."""
    uncached = {
        name for name, factory in factories().items() if not factory.decorator_list and not name.startswith("_")
    }
    assert uncached == {"is_unknown", "outgoing_ips", "public_base_url", "region_label", "sleep"}
