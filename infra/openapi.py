"""One source for routes and documents: the decorators of the endpoint groups.

`python -m infra.openapi` writes the document of each dialect, and the route table of each area.
"""

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.descriptions import describe
from infra.examples import add_examples
from infra.functions import FUNCTIONS
from infra.rows import CUSTOMERIO, CUSTOMERIO_TRACK, DOCS, KASPLO, MAIN, Function
from postrider.http import build_app, document_of
from postrider.http.app import Resolver

ROOT = Path(__file__).resolve().parents[1]
VERSION = "0.1.0"
TAGS = {
    "Action": "The mails of a workflow: a tree with conditions and delays.",
    "Audience": "Lists, custom fields, tags and contacts.",
    "Account": "The account that a token belongs to.",
    "Audit": "Changes in the account, with their users and IP addresses.",
    "Webhook": "URLs that are called for events of the account, and the log of these calls.",
    "Campaign": "Mails to the contacts of a list or segment: drafts, schedules, test mails.",
    "Campaign Blueprint": "Ready contents of the platform, which can be copied into campaigns.",
    "Contact": "The people on a list: one by one, by imports and exports, and many at once.",
    "Credential": "Secrets with which programs call the other APIs of the platform for the account.",
    "Custom Attribute": "Fields of the contacts of a list, beside the address.",
    "DKIM": "Keys that sign the mails of a domain, and the DNS records that prove its ownership.",
    "Domain": "Domains of bounces and tracked links, and their DNS records.",
    "Form": "Sign-up forms and their pages.",
    "Import": "Files of contacts, uploaded or fetched, imported part by part.",
    "Interest": "Topics that contacts of a list choose.",
    "List": "Lists of contacts.",
    "Log": "Events of mails and contacts.",
    "OAuth Client": "Programs that request access to accounts by OAuth.",
    "Person": "Requests of a person: show or erase all data of an address.",
    "Report": "Figures of campaigns, links and lists.",
    "Segment": "Saved expressions that select contacts of a list.",
    "Sender": "Addresses that campaigns are sent from.",
    "Sub-Account": "Accounts below a partner account.",
    "Suppressed Email": "Addresses that are never mailed.",
    "System Email": "Designs of the mails of the platform, such as confirmations and links to set a password.",
    "Tags": "Labels of contacts, for the whole account.",
    "Task": "Long operations and their progress.",
    "Template": "Contents of the account, which can be copied into campaigns.",
    "Token": "Access tokens.",
    "Transactional Email": "Single mails that programs send: receipts, reminders, invitations.",
    "User": "The people who log in to an account.",
    "Workflow": "Mails that follow an event of a contact: settings, activation, locks, diagrams.",
    "Workflow Blueprint": "Ready workflows of the platform, which can be copied into workflows.",
}
"""The sections of the reference page."""
LICENSE = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
FRAMEWORK_SCHEMAS = frozenset({"HTTPValidationError", "ResponseValidationError"})
"""Bodies that the framework documents and this platform never sends."""

Document = dict[str, Any]


@dataclass(frozen=True)
class About:
    """Title and texts of a dialect's document, and the file that it is written to."""

    file: Path
    title: str
    description: str


DIALECTS = {
    MAIN: About(
        ROOT / "docs" / "openapi.json",
        "Postrider API",
        "Email marketing: lists, contacts, segments, campaigns, tracking and reports. Times are Unix seconds. "
        "Unknown ids answer 400. Every mutating call accepts an Idempotency-Key header.",
    ),
    KASPLO: About(
        ROOT / "docs" / "openapi" / "kasplo.json",
        "Kasplo API of Postrider",
        "Lists, custom fields, tags and contacts for clients of the Kasplo Email Marketing API. The sid in the path and "
        "the api-key in the header are the halves of a credential made by POST /credentials of the main API.",
    ),
    CUSTOMERIO: About(
        ROOT / "docs" / "openapi" / "customerio.json",
        "Customer.io App API of Postrider",
        "People, segments, objects, newsletters, messages and sends for clients of Customer.io's App API. A key made by "
        "POST /credentials of the main API is sent as bearer token. People are the contacts of the account's default list.",
    ),
    CUSTOMERIO_TRACK: About(
        ROOT / "docs" / "openapi" / "customerio-track.json",
        "Customer.io Track API of Postrider",
        "Data and events of people, for clients of Customer.io's Track API. The site id and the API key are the "
        "halves of a credential made by POST /credentials of the main API, sent as user name and password.",
    ),
    DOCS: About(
        ROOT / "docs" / "openapi" / "docs.json",
        "Docs Marketing API of Postrider",
        "The account and its audiences for clients of the Docs Marketing API 3.0. A key made by POST /credentials of the main "
        "API is sent as bearer token, or as password with any user name.",
    ),
}
"""By name, the main API first."""


@dataclass(frozen=True)
class Route:
    function: Function
    module: str
    """The route module of an area; empty for other functions."""
    method: str
    path: str
    """The path in the notation of the gateway: /lists/{list_id}."""

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


def routes(functions: Iterable[Function] = FUNCTIONS) -> list[Route]:
    """Return every route of the functions that serve HTTP. Raises ValueError if two of them declare the same one."""
    by_key: dict[str, Route] = {}
    for function in functions:
        for route in _routes_of(function):
            other = by_key.setdefault(route.key, route)
            if other is not route:
                raise ValueError(f"{route.key} is in {_place(other)} and in {_place(route)}.")
    return list(by_key.values())


def _routes_of(function: Function) -> Iterator[Route]:
    for module, app in apps(function).items():
        for declared in app._static_routes + app._dynamic_routes:  # the resolver has no public list of them
            yield Route(function, module, declared.method, declared.openapi_path)
    if function.dialect and not apps(function):
        for key in importlib.import_module(function.module).ROUTES:
            yield Route(function, "", *key.split(" "))


def _place(route: Route) -> str:
    return f"{route.function.folder}/{route.module}"


def apps(function: Function) -> dict[str, Resolver]:
    """Return the apps of a function by route module.

    The only one of a function that is no area has no name. A function without the framework has none: its handler has
    a table ROUTES.
    """
    if function.dialect is None:
        return {}
    if function.modules:
        return {module: _app_of(f"{function.package}.{module}") for module in function.modules}
    handler = importlib.import_module(function.module)
    return {"": handler.app} if hasattr(handler, "app") else {}


@cache
def _app_of(module: str) -> Resolver:
    """Return the app of a route module, without its handler, which needs the route table."""
    operations = importlib.import_module(module).operations
    return build_app(operations, dialect=operations.dialect)


def main_document() -> Document:
    return document_for(MAIN)


@cache
def document_for(dialect: str) -> Document:
    """Return the OpenAPI document of a dialect, made once because it takes a second. Callers must not change it."""
    made = document((function for function in FUNCTIONS if function.dialect == dialect), DIALECTS[dialect])
    if dialect == MAIN:
        describe(made)
        add_examples(made)
    return made


def document(functions: Iterable[Function], about: About = DIALECTS[MAIN]) -> Document:
    """Merge the documents of the functions, in order of path. Raises ValueError for different schemas with one name."""
    paths: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    tags: set[str] = set()
    for owner, app in ((function, app) for function in functions for app in apps(function).values()):
        part = document_of(app)
        for path, operations in part["paths"].items():
            for method, operation in operations.items():
                paths.setdefault(path, {})[method] = _without_framework_errors(operation)
                tags |= set(operation.get("tags", ()))
        _merge(components, part.get("components", {}), owner)
    for name in FRAMEWORK_SCHEMAS:
        components.get("schemas", {}).pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": VERSION,
            "description": about.description,
            "license": LICENSE,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} | ({"description": TAGS[tag]} if tag in TAGS else {}) for tag in sorted(tags)],
        "paths": {path: _sorted(paths[path]) for path in sorted(paths)},
        "components": {kind: _sorted(components[kind]) for kind in sorted(components)},
    }


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


def text_of(document: Document) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def route_table(function: Function) -> str:
    """Return the source of the route table of an area."""
    declared = sorted(routes([function]), key=lambda route: (route.path, route.method))
    entries = "".join(f'    "{route.key}": "{route.module}",\n' for route in declared)
    return f'"""Written by `make openapi`: the module that declares each route."""\n\nROUTES = {{\n{entries}}}\n'


def route_table_path(function: Function) -> Path:
    name = f"route_table_{function.part}" if function.part else "route_table"
    return ROOT / "functions" / function.folder / f"{name}.py"


if __name__ == "__main__":
    for area in FUNCTIONS:
        if area.modules:
            route_table_path(area).write_text(route_table(area), encoding="utf-8")
    for dialect, about in DIALECTS.items():
        about.file.write_text(text_of(document_for(dialect)), encoding="utf-8")
