"""Differences between our OpenAPI document and the contract, by operation.

The contract says less than it means in two places, so the comparison says it instead: an optional property of a request
also accepts null, and an optional property of an answer is always there and null when there is nothing to say.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.contract.additions import extend

CONTRACT = Path(__file__).parent / "especial.openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")
BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "format",
)
KINDS = {str: "string", int: "integer", bool: "boolean"}
ALSO_ANSWERED = frozenset({"403", "409", "429"})
"""No right, an Idempotency-Key used otherwise, too fast: any operation may say so (main-api.md, section 2)."""

Schema = dict[str, Any]
Document = dict[str, Any]


@cache
def contract(file: Path = CONTRACT) -> Document:
    """Return the contract of an API; for the main API, with the additions."""
    document: Document = json.loads(file.read_text())
    if file == CONTRACT:
        extend(document)
    return document


@dataclass(frozen=True)
class Operation:
    id: str
    tag: str
    method: str
    path: str
    body: dict[str, Any]


def operations(document: Document) -> dict[str, Operation]:
    """By operation id."""
    found = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                one = methods[method]
                name = one.get("operationId", f"{method} {path}")
                found[name] = Operation(name, one.get("tags", [""])[0], method.upper(), path, one)
    return found


def differences(ours: Document, theirs: Document, operation_id: str) -> list[str]:
    """One line each; empty when the operation is as the contract says."""
    mine, wanted = operations(ours).get(operation_id), operations(theirs)[operation_id]
    if mine is None:
        return ["is not there"]
    return list(_Comparison(ours, theirs).operation(mine, wanted))


@dataclass
class Form:
    """A schema with references followed, `null` taken out of its types, and its alternatives listed."""

    name: str | None
    nullable: bool
    types: tuple[str, ...]
    schema: Schema
    alternatives: list[Schema] = field(default_factory=list)


def resolve(document: Document, value: Schema) -> Schema:
    """Return the target of a reference, with its siblings (a default, a description)."""
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found | {key: kept for key, kept in value.items() if key != "$ref"}
    return value


def form(document: Document, schema: Schema) -> Form:
    name = schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else None
    schema = resolve(document, schema)
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or []
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}
    real = [option for option in options if option.get("type") != "null"]
    if len(real) == 1:
        inner = form(document, real[0])
        return Form(
            inner.name, inner.nullable or len(options) > 1, inner.types, inner.schema | rest, inner.alternatives
        )
    if real:
        kinds = sorted({kind for option in real for kind in form(document, option).types})
        return Form(name, len(real) < len(options), tuple(kinds), rest, real)
    given = schema.get("type", KINDS[type(schema["const"])] if "const" in schema else [])
    listed = [given] if isinstance(given, str) else given
    return Form(name, "null" in listed, tuple(sorted(set(listed) - {"null"})), schema)


def values(schema: Schema) -> list[Any] | None:
    """The values that an enumeration or a constant allows."""
    if "const" in schema:
        return [schema["const"]]
    return sorted(schema["enum"], key=str) if "enum" in schema else None


def _key_of(parameter: dict[str, Any]) -> tuple[str, str]:
    """Return place and name of a parameter; names of headers are equal without regard to case (RFC 9110, section 5.1)."""
    place, name = parameter["in"], parameter["name"]
    return place, name.lower() if place == "header" else name


class _Comparison:
    def __init__(self, ours: Document, theirs: Document) -> None:
        self.ours, self.theirs = ours, theirs
        self._seen: set[tuple[str, str, bool]] = set()

    def operation(self, ours: Operation, theirs: Operation) -> Iterator[str]:
        if (ours.method, ours.path) != (theirs.method, theirs.path):
            yield f"is at {ours.method} {ours.path}, not {theirs.method} {theirs.path}"
        if ours.tag != theirs.tag:
            yield f"has the tag {ours.tag!r}, not {theirs.tag!r}"
        if self.needs_token(ours, self.ours) != self.needs_token(theirs, self.theirs):
            yield f"needs a token: {self.needs_token(ours, self.ours)}"
        yield from self.parameters(ours, theirs)
        yield from self.body(ours.body.get("requestBody", {}), theirs.body.get("requestBody", {}))
        yield from self.answers(ours.body["responses"], theirs.body["responses"])

    @staticmethod
    def needs_token(one: Operation, document: Document) -> bool:
        """Whether it cannot be called without: an empty requirement among several makes a token optional."""
        required = one.body.get("security", document.get("security")) or []
        return bool(required) and {} not in required

    def parameters(self, ours: Operation, theirs: Operation) -> Iterator[str]:
        mine, wanted = (
            {_key_of(p): p for p in (resolve(document, p) for p in one.body.get("parameters", []))}
            for one, document in ((ours, self.ours), (theirs, self.theirs))
        )
        yield from self.keys(mine, wanted, "parameter", lambda key: f"{key[1]} in {key[0]}")
        for key in wanted.keys() & mine.keys():
            where = f"parameter {key[1]}"
            if mine[key].get("required", False) != wanted[key].get("required", False):
                yield f"{where}: required is {mine[key].get('required', False)}"
            yield from self.value(mine[key]["schema"], wanted[key]["schema"], where, optional=True, request=True)

    def body(self, ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
        if bool(ours) != bool(theirs):
            yield "takes a body" if ours else "takes no body"
            return
        if ours.get("required", False) != theirs.get("required", False):
            yield f"body: required is {ours.get('required', False)}"
        for kind, content in theirs.get("content", {}).items():
            if kind not in ours["content"]:
                yield f"body: {kind} is missing"
            else:
                yield from self.value(
                    ours["content"][kind]["schema"],
                    content["schema"],
                    "body",
                    request=True,
                    optional=not theirs.get("required", False),
                    named=kind == "application/json",
                )

    def answers(self, ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
        extra = ALSO_ANSWERED - theirs.keys()
        mine = {status: answer for status, answer in ours.items() if status not in extra}
        yield from self.keys(mine, theirs, "answer", str)
        for status in theirs.keys() & mine.keys():
            given = resolve(self.ours, mine[status]).get("content", {})
            wanted = resolve(self.theirs, theirs[status]).get("content", {})
            yield from self.keys(given, wanted, f"answer {status}", str)
            for kind in given.keys() & wanted.keys():
                yield from self.value(given[kind]["schema"], wanted[kind]["schema"], f"answer {status}", request=False)

    def value(
        self,
        ours: Schema,
        theirs: Schema,
        where: str,
        *,
        request: bool,
        optional: bool = False,
        named: bool = True,
    ) -> Iterator[str]:
        """`optional`: it may be left out of what holds it, so null says the same. A form is not `named`: Powertools calls
        its model after the function, and a field of it cannot be null.
        """
        mine, wanted = form(self.ours, ours), form(self.theirs, theirs)
        if mine.nullable and not (wanted.nullable or optional):
            yield f"{where}: may be null"
        if request and wanted.nullable and not mine.nullable:
            yield f"{where}: may not be null"
        if mine.name and wanted.name:
            if named and mine.name != wanted.name:
                yield f"{where}: the schema is called {mine.name}, not {wanted.name}"
            if (mine.name, wanted.name, request) in self._seen:
                return
            self._seen.add((mine.name, wanted.name, request))
        if mine.types != wanted.types:
            yield f"{where}: is {' or '.join(mine.types) or 'anything'}, not {' or '.join(wanted.types) or 'anything'}"
            return
        yield from self.limits(mine.schema, wanted.schema, where)
        if request and self.default(self.ours, mine.schema) != self.default(self.theirs, wanted.schema):
            yield f"{where}: default is {mine.schema.get('default')!r}, not {wanted.schema.get('default')!r}"
        if "items" in wanted.schema:
            inner = mine.schema.get("items", {})
            yield from self.value(inner, wanted.schema["items"], f"{where}[]", request=request)
        yield from self.properties(mine.schema, wanted.schema, where, request=request, json_body=named)

    @staticmethod
    def limits(ours: Schema, theirs: Schema, where: str) -> Iterator[str]:
        for key in BOUNDS:
            if key == "maxLength" and key not in theirs:
                continue  # every text of a request has a limit, which the contract leaves open
            if ours.get(key) != theirs.get(key):
                yield f"{where}: {key} is {ours.get(key)!r}, not {theirs.get(key)!r}"
        mine, wanted = values(ours), values(theirs)
        if mine != wanted:
            if mine is None or wanted is None:
                yield f"{where}: the values are {mine or 'free'}, not {wanted or 'free'}"
            else:
                yield f"{where}: values missing {sorted(set(wanted) - set(mine))}, added {sorted(set(mine) - set(wanted))}"

    def properties(self, ours: Schema, theirs: Schema, where: str, *, request: bool, json_body: bool) -> Iterator[str]:
        mine, wanted = ours.get("properties", {}), theirs.get("properties", {})
        yield from self.keys(mine, wanted, f"{where}: property", str)
        must, should = set(ours.get("required", [])), set(theirs.get("required", []))
        for name in wanted.keys() & mine.keys():
            inside = f"{where}.{name}"
            if name in should and name not in must:
                yield f"{inside}: is not required"
            if request and name in must and name not in should:
                yield f"{inside}: is required"
            if request and json_body and name not in should and not form(self.ours, mine[name]).nullable:
                yield f"{inside}: may not be null"
            yield from self.value(mine[name], wanted[name], inside, request=request, optional=name not in should)

    def default(self, document: Document, schema: Schema) -> Any:
        """A default without what goes without saying: nulls, and in an object the defaults of its own properties."""
        given = schema.get("default")
        if not isinstance(given, dict):
            return given
        own = {name: form(document, one).schema.get("default") for name, one in schema.get("properties", {}).items()}
        return {name: value for name, value in given.items() if value is not None and value != own.get(name)}

    @staticmethod
    def keys(mine: Any, wanted: Any, what: str, text: Any) -> Iterator[str]:
        for key in sorted(wanted.keys() - mine.keys()):
            yield f"{what} {text(key)} is missing"
        for key in sorted(mine.keys() - wanted.keys()):
            yield f"{what} {text(key)} is added"


def report(ours: Document) -> str:
    """Return the differences by tag and operation, and the number of missing operations."""
    theirs = contract()
    built, lines = operations(ours), []
    for one in operations(theirs).values():
        found = differences(ours, theirs, one.id) if one.id in built else []
        lines += [f"{one.tag}: {one.id} ({one.method} {one.path})", *(f"    {line}" for line in found)] if found else []
    missing = sorted(operations(theirs).keys() - built.keys())
    return "\n".join(
        [*lines, f"{len(missing)} of {len(operations(theirs))} operations are not built: {', '.join(missing)}"]
    )


if __name__ == "__main__":
    from infra.openapi import main_document

    sys.stdout.write(report(main_document()) + "\n")
