"""The operations of a dialect as its document describes them, and calls of them with the ids that a test wants."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.testing.factories.full_account import BODY_IDS
from tests.testing.harness import Answer, Api, path_text
from tests.testing.samples import body_schema, sample

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
"""The document in the repository; tests/infra/test_openapi.py compares it with the routes."""


@dataclass(frozen=True, eq=False)
class Operation:
    method: str
    path: str
    description: dict[str, Any]
    document: dict[str, Any]
    body_ids: frozenset[str]
    """Names of the ids that bodies of the dialect hold."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tag(self) -> str:
        return str(self.description["tags"][0])

    @property
    def is_secured(self) -> bool:
        return bool(self.description.get("security"))

    @property
    def content_type(self) -> str | None:
        """Return the content type of its body, None when it takes no body."""
        body = body_schema(self.document, self.description)
        return None if body is None else body[0]

    @property
    def body_schema(self) -> dict[str, Any] | None:
        """Return the schema of its body, None when it takes no body."""
        body = body_schema(self.document, self.description)
        return None if body is None else body[1]

    def parameters(self, place: str) -> list[dict[str, Any]]:
        """Return the parameters in this place: "path" or "query"."""
        return [parameter for parameter in self.description.get("parameters", []) if parameter["in"] == place]

    def sample(self, ids: dict[str, Any]) -> Any:
        """Return a body that fits, with these ids in it; None when the operation takes none."""
        schema = self.body_schema
        return None if schema is None else sample(self.document, schema, ids)

    def arguments(self, ids: dict[str, Any], body_ids: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Return the path with the ids in it, and the other arguments of `Api.call`; bodies may have ids of their own."""
        path = self.path
        for parameter in self.parameters("path"):
            path = path.replace(f"{{{parameter['name']}}}", path_text(ids[parameter["name"]]))
        options: dict[str, Any] = {}
        if required := [parameter for parameter in self.parameters("query") if parameter.get("required")]:
            options["query"] = {parameter["name"]: self._sample_of(parameter["schema"]) for parameter in required}
        body = self.sample({name: (body_ids or ids)[name] for name in self.body_ids})
        if body is not None:
            options["json"] = body
        return path, options

    def _sample_of(self, schema: dict[str, Any]) -> Any:
        """Return a value of a required parameter: one of those that it names, or a moment."""
        name = schema.get("$ref", "").rpartition("/")[2]
        values = self.document["components"]["schemas"].get(name, schema).get("enum")
        return values[0] if values else 1_700_000_000

    def call(
        self,
        api: Api,
        ids: dict[str, Any],
        *,
        body_ids: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
    ) -> Answer:
        """Make the call with these ids; `query` is added to what the operation requires."""
        path, options = self.arguments(ids, body_ids)
        if query:
            options["query"] = {**options.get("query", {}), **query}
        return api.call(self.method, path, **options)


def operations_of(document: dict[str, Any], body_ids: frozenset[str]) -> list[Operation]:
    return [
        Operation(method.upper(), path, description, document, body_ids)
        for path, methods in document["paths"].items()
        for method, description in methods.items()
    ]


OPERATIONS = operations_of(DOCUMENT, BODY_IDS)
SECURED = [operation for operation in OPERATIONS if operation.is_secured]


def by_tag(operations: Iterable[Operation]) -> list[Any]:
    """Return the parameters of a test that takes all operations of a tag in one sweep."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.tag, []).append(operation)
    return [pytest.param(group, id=tag) for tag, group in groups.items()]
