"""One source for routes and documents: the decorators of the endpoint groups.

`python -m infra.openapi docs/openapi.json` writes the document of the main API.
"""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.descriptions import describe
from infra.examples import add_examples
from infra.functions import FUNCTIONS, MAIN, Function
from postrider.http import document_of

TITLE = "Postrider API"
VERSION = "0.1.0"
DESCRIPTION = (
    "Email marketing: lists, contacts, segments, campaigns, tracking and reports. Times are Unix seconds. "
    "Unknown ids answer 400. Every mutating call accepts an Idempotency-Key header."
)
TAGS = {
    "Account": "The account that a token belongs to.",
    "Campaign": "Mails to the contacts of a list or segment: drafts, schedules, test mails.",
    "Contact": "The people on a list: one by one, by imports and exports, and many at once.",
    "Custom Attribute": "What a list knows of its contacts beside their address.",
    "Form": "Sign-up forms with a page of their own.",
    "Import": "Files of contacts, uploaded or fetched, imported part by part.",
    "Interest": "Topics that contacts of a list choose.",
    "List": "Lists of contacts.",
    "Log": "What happened to mails and contacts, event by event.",
    "Person": "Requests of one person: everything stored about an address, shown or erased.",
    "Report": "Figures of campaigns, links and lists.",
    "Segment": "Saved expressions that select contacts of a list.",
    "Sender": "Addresses that campaigns are sent from.",
    "Suppressed Email": "Addresses that are never mailed.",
    "Tags": "Labels of contacts, for the whole account.",
    "Task": "Long work and its progress.",
    "Token": "Access tokens.",
    "User": "The user that a token belongs to.",
}
"""The sections of the reference page."""
LICENSE = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
FRAMEWORK_SCHEMAS = frozenset({"HTTPValidationError", "ResponseValidationError"})
"""Bodies that the framework documents and this platform never sends."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Route:
    function: Function
    method: str
    path: str
    """As the gateway writes it: /lists/{list_id}."""


def routes(functions: Iterable[Function] = FUNCTIONS) -> list[Route]:
    """Every route of the functions that serve HTTP. Raises ValueError when two functions claim the same one."""
    found: dict[tuple[str, str], Route] = {}
    for function in functions:
        if function.dialect is None:
            continue
        app = _app(function)
        for route in app._static_routes + app._dynamic_routes:  # the resolver has no public list of them
            one = Route(function, route.method, route.openapi_path)
            other = found.setdefault((one.method, one.path), one)
            if other.function is not function:
                raise ValueError(f"{one.method} {one.path} is in {other.function.folder} and in {function.folder}.")
    return list(found.values())


@cache
def main_document() -> Document:
    """The OpenAPI document of the main API. Made once, for it takes a second; nobody changes it."""
    found = document(function for function in FUNCTIONS if function.dialect == MAIN)
    describe(found)
    add_examples(found)
    return found


def document(functions: Iterable[Function]) -> Document:
    """The documents of the functions as one, in order of path. Raises ValueError for schemas of one name that differ."""
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    tags: set[str] = set()
    for function in functions:
        part = document_of(_app(function))
        for path, operations in part["paths"].items():
            for method, operation in operations.items():
                paths.setdefault(path, {})[method] = _without_framework_errors(operation)
                tags |= set(operation.get("tags", ()))
        _merge(components, part.get("components", {}), function)
    for name in FRAMEWORK_SCHEMAS:
        components.get("schemas", {}).pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": DESCRIPTION, "license": LICENSE},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} | ({"description": TAGS[tag]} if tag in TAGS else {}) for tag in sorted(tags)],
        "paths": {path: _sorted(paths[path]) for path in sorted(paths)},
        "components": {kind: _sorted(components[kind]) for kind in sorted(components)},
    }


def _app(function: Function) -> Any:
    return importlib.import_module(function.module).app


def _without_framework_errors(operation: dict[str, Any]) -> dict[str, Any]:
    responses = {
        status: response
        for status, response in operation.get("responses", {}).items()
        if not FRAMEWORK_SCHEMAS & {ref.rpartition("/")[2] for ref in _refs(response)}
    }
    return {"security": []} | operation | {"responses": _sorted(responses)}


def _merge(components: dict[str, dict[str, Any]], part: dict[str, dict[str, Any]], function: Function) -> None:
    for kind, entries in part.items():
        for name, schema in entries.items():
            if components.setdefault(kind, {}).setdefault(name, schema) != schema:
                raise ValueError(f"{function.folder} defines {kind}/{name} otherwise than a group before it.")


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _refs(child)


def _sorted(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: entries[name] for name in sorted(entries)}


def text_of(found: Document) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text_of(main_document()), encoding="utf-8")
