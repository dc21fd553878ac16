"""The document: made from the routes, current in the repository, ours where the framework would say otherwise."""

import importlib
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra import openapi
from infra.descriptions import MEMBERS, PARAMETERS, is_self_explanatory
from infra.functions import FUNCTIONS
from infra.openapi import (
    DIALECTS,
    document,
    document_for,
    main_document,
    route_table,
    route_table_path,
    routes,
    text_of,
)
from infra.rows import MAIN, PAGES, Function
from postrider.http import build_app
from postrider.http.routing import RouteTable

AREAS = [row for row in FUNCTIONS if row.modules]
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_document_in_the_repository_is_current(dialect):
    written = DIALECTS[dialect].file.read_text(encoding="utf-8")
    assert written == text_of(document_for(dialect)), "run `make openapi`"


@pytest.mark.parametrize("row", [row for row in FUNCTIONS if row.gateway_paths], ids=lambda row: row.name)
def test_the_gateway_hands_over_every_route_of_a_function_with_prefixes(row):
    """The gateway takes the longest prefix that fits, so a function may have all of a prefix but what others name."""
    assert all(_prefix_of(row, route.path) for route in routes([row]))
    others = [route for route in routes() if route.function is not row]
    assert not [
        route.key
        for route in others
        if (taken := _prefix_of(row, route.path)) and len(taken) >= len(_prefix_of(route.function, route.path))
    ]


def _prefix_of(row: Function, path: str) -> str:
    """Return the longest prefix of the function that the path begins with, else a blank text."""
    prefixes = (taken.removesuffix("{proxy+}") for taken in row.gateway_paths)
    return max((prefix for prefix in prefixes if path.startswith(prefix)), key=len, default="")


def test_every_dialect_but_pages_has_a_document():
    assert {row.dialect for row in FUNCTIONS if row.dialect} - {PAGES} == set(DIALECTS)


@pytest.mark.parametrize("area", AREAS, ids=lambda row: row.name)
def test_the_route_table_of_an_area_is_current(area):
    assert route_table_path(area).read_text(encoding="utf-8") == route_table(area), "run `make openapi`"


@pytest.mark.parametrize("area", AREAS, ids=lambda row: row.name)
def test_the_route_table_of_an_area_finds_what_the_framework_finds(area):
    """Among all routes of the area, and in the app of the module; also for values with slashes and for unknown paths."""
    handler = importlib.import_module(area.module).lambda_handler
    by_key = {route.key: route for route in routes([area])}
    dialect = handler.app(next(iter(area.modules))).dialect
    operations = [importlib.import_module(f"{area.package}.{module}").operations for module in area.modules]
    whole, table = build_app(*operations, dialect=dialect), RouteTable(by_key, dialect.spanning)
    calls = {
        (method, path) for route in by_key.values() for path in _like(route.path) for method in (route.method, "PUT")
    }
    keys = {call: table.find(*call) for call in calls}
    assert set(keys.values()) == {*by_key, None}
    for (method, path), key in keys.items():
        assert _found_by_framework(whole, method, path) == key, (method, path)
        if key:
            assert _found_by_framework(handler.app(by_key[key].module), method, path) == key, (method, path)


def _like(template):
    """Yield paths that match the template, and paths that are nearly so."""
    for value in ("x", "a b@ü#%2F", "a/b", "/", "x/", "a\nb", "", "events", "a/devices/b", "a/suppress"):
        path = re.sub(r"{\w+}", lambda _, value=value: value, template)
        yield from (path, f"{path}/", f"{path}/x", f"{path}\n", path.rpartition("/")[0])


def _found_by_framework(app, method, path):
    """Return the key of the route that the resolver calls; None if it answers that there is none."""
    app.current_event = SimpleNamespace(http_method=method, path=path)
    app._call_route = lambda route, route_arguments: route
    try:
        route = app._resolve()
    finally:
        del app.current_event, app._call_route  # which hide those of the class
    return f"{route.method} {route.openapi_path}" if route in app._static_routes + app._dynamic_routes else None


def test_every_route_of_the_main_api_is_in_the_document():
    described = {(method.upper(), path) for path, methods in main_document()["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in routes() if route.function.dialect == MAIN}


def test_every_operation_has_a_description_and_an_example():
    for methods in main_document()["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            assert operation.get("description"), f"{name} lacks a docstring"
            good = [status for status in operation["responses"] if status.startswith("2")]
            assert any("example" in c for s in good for c in operation["responses"][s]["content"].values()), name


def test_every_parameter_and_member_is_described_or_explains_itself():
    openapi_document = main_document()
    lacking = {
        f"{operation['operationId']} {parameter['name']}"
        for methods in openapi_document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description") and not parameter["schema"].get("description")
    } | {
        f"{name}.{member}"
        for name, schema in openapi_document["components"]["schemas"].items()
        for member, value in schema.get("properties", {}).items()
        if not value.get("description") and not is_self_explanatory(member)
    }
    assert not lacking, "describe them in the model, or in infra/descriptions.py"


def test_no_description_is_of_a_member_that_does_not_exist():
    schemas = main_document()["components"]["schemas"]
    members = {member for schema in schemas.values() for member in schema.get("properties", {})}
    full = {f"{name}.{member}" for name, schema in schemas.items() for member in schema.get("properties", {})}
    assert set(MEMBERS) <= members | full
    parameters = {
        parameter["name"]
        for methods in main_document()["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    }
    assert set(PARAMETERS) <= parameters


def test_the_linter_finds_no_fault_in_the_document():
    linter = DOCUMENT.parents[1] / "node_modules" / ".bin" / "redocly"
    if not linter.exists():
        pytest.skip("needs Redocly's linter: make node_modules/.installed")  # .ci/run installs it
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    command = [linter, "lint", "--config", DOCUMENT.parents[1] / ".redocly.yaml", "--format", "stylish", DOCUMENT]
    result = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_parts_of_the_framework_are_removed():
    text = text_of(main_document())
    assert "HTTPValidationError" not in text
    assert "ResponseValidationError" not in text


def test_every_reference_leads_somewhere():
    openapi_document = main_document()
    schemas = openapi_document["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in openapi._refs(openapi_document)} <= schemas.keys()


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for methods in main_document()["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids)


def test_schemas_with_the_same_name_must_be_equal():
    components = {"schemas": {"Thing": {"type": "object"}}}
    function = Function(folder="api/one")
    openapi._merge(components, {"schemas": {"Thing": {"type": "object"}}}, function)
    with pytest.raises(ValueError, match="api/one defines schemas/Thing otherwise"):
        openapi._merge(components, {"schemas": {"Thing": {"type": "string"}}}, function)


def test_a_route_cannot_be_in_two_functions():
    row = next(row for row in FUNCTIONS if row.folder == "api/tokens")
    copy = replace(row, memory_mb=128)
    with pytest.raises(ValueError, match="/token"):
        routes([row, copy])


def test_a_part_of_the_api_has_a_document_of_its_own():
    part = document(row for row in FUNCTIONS if row.folder == "api/tokens")
    assert set(part["paths"]) == {"/token", "/token/pubkey"}
