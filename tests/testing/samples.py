"""A body that fits a schema of the OpenAPI document, with the ids that a test wants in it."""

from collections.abc import Iterator
from typing import Any

BY_FORMAT = {
    "email": "person@example.com",
    "uri": "https://example.com/x",
    "uuid4": "8f14e45f-ceea-467f-a8f1-7f1f6d3b0c11",
}


def sample(
    document: dict[str, Any], schema: dict[str, Any], ids: dict[str, Any], name: str = "", owner: str = ""
) -> Any:
    """Return the smallest valid value, and with every property whose name is in `ids` (or `<owner>.<name>`)."""
    if "$ref" in schema:
        return sample(document, resolve(document, schema["$ref"]), ids, name, owner)
    for key in (f"{owner}.{name}", name):
        if key in ids:
            return ids[key]
    if "example" in schema:
        return schema["example"]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema and "properties" in schema:  # alternatives of what is required
            required = [*schema.get("required", ()), *schema[word][0].get("required", ())]
            return _plain(document, schema | {"required": required}, ids, name, owner)
        if word in schema:
            return sample(document, schema[word][0], ids, name, owner)
    return _plain(document, schema, ids, name, owner)


def _plain(document: dict[str, Any], schema: dict[str, Any], ids: dict[str, Any], name: str, owner: str) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        return {
            key: sample(document, value, ids, key, name)
            for key, value in properties.items()
            if key in schema.get("required", ()) or _wanted(document, value, ids, key, name)
        }
    if kind == "array":
        return [sample(document, schema["items"], ids, name.rstrip("s"), owner)]
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return True
    return BY_FORMAT.get(schema.get("format", ""), "sample12")


def _wanted(document: dict[str, Any], schema: dict[str, Any], ids: dict[str, Any], key: str, owner: str) -> bool:
    return key in ids or f"{owner}.{key}" in ids or holds(document, schema, ids, key)


def holds(document: dict[str, Any], schema: dict[str, Any], ids: dict[str, Any], name: str) -> bool:
    """Return whether the schema has one of the ids directly below this property, as in `sender: {id}`."""
    for option in [schema, *schema.get("anyOf", [])]:
        if "$ref" in option:
            option = resolve(document, option["$ref"])
        if any(f"{name}.{key}" in ids or key in ids for key in option.get("properties", {})):
            return True
    return False


def resolve(document: dict[str, Any], reference: str) -> dict[str, Any]:
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def body_schema(document: dict[str, Any], operation: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return (content type, schema) of the body of an operation, None without a body."""
    content = operation.get("requestBody", {}).get("content", {})
    return next(((kind, value["schema"]) for kind, value in content.items()), None)


Path = tuple[str | int, ...]


def places_of(document: dict[str, Any], schema: dict[str, Any], kind: str) -> dict[Path, dict[str, Any]]:
    """Return the schemas of this type in a body by their path, in which 0 is the first element of a list."""
    return dict(_places(document, schema, kind, (), ()))


def _places(
    document: dict[str, Any], schema: dict[str, Any], kind: str, path: Path, seen: tuple[str, ...]
) -> Iterator[tuple[Path, dict[str, Any]]]:
    reference = schema.get("$ref")
    if reference is not None and reference not in seen:
        yield from _places(document, resolve(document, reference), kind, path, (*seen, reference))
    for word in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(word, ()):
            yield from _places(document, option, kind, path, seen)
    if schema.get("type") == kind:
        yield path, schema
    if "items" in schema:
        yield from _places(document, schema["items"], kind, (*path, 0), seen)
    for name, value in schema.get("properties", {}).items():
        yield from _places(document, value, kind, (*path, name), seen)


def placed(
    document: dict[str, Any], schema: dict[str, Any], ids: dict[str, Any], path: Path, value: Any, name: str = ""
) -> Any:
    """Return the smallest body that fits, with this value at this path."""
    if not path:
        return value
    if "$ref" in schema:
        return placed(document, resolve(document, schema["$ref"]), ids, path, value, name)
    first, *rest = path
    if first in schema.get("properties", {}):
        body = sample(document, schema, ids, name)
        return body | {first: placed(document, schema["properties"][first], ids, tuple(rest), value, str(first))}
    if first == 0 and "items" in schema:
        return [placed(document, schema["items"], ids, tuple(rest), value, name.rstrip("s"))]
    option = next(option for option in _options(schema) if _leads(document, option, path))
    return placed(document, option, ids, path, value, name)


def _options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [option for word in ("anyOf", "oneOf", "allOf") for option in schema.get(word, ())]


def _leads(document: dict[str, Any], schema: dict[str, Any], path: Path) -> bool:
    """Return whether a value of this schema can have a value at this path."""
    if "$ref" in schema:
        return _leads(document, resolve(document, schema["$ref"]), path)
    if not path:
        return True
    inner = schema.get("items") if path[0] == 0 else schema.get("properties", {}).get(path[0])
    if inner is not None and _leads(document, inner, path[1:]):
        return True
    return any(_leads(document, option, path) for option in _options(schema))
