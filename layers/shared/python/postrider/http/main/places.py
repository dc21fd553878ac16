"""Map fields of the domain to places in a call of the main API: its path, its query or its body."""

from collections.abc import Iterator
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from postrider.kit.errors import NotFound, PostriderError

MAX_DEPTH: Final = 3
"""Maximum depth of objects inside a body that are searched for a field."""


def place_of(error: PostriderError, route: Any | None) -> list[str]:
    """Return the place of the error's field in a call of this route, outermost first: ["body", "email"].

    For a NotFound, the path is searched first; for other errors, the body. Then objects inside the body are searched:
    ["body", "email_settings", "sender", "id"]. A field that the call does not have belongs to the stored resource of the
    last parameter of the path: ["path", "campaign_id", "content", "subject"].
    """
    field = [str(part) for part in error.field]
    if not field or route is None:
        return field
    names, inner = _names_of(route)
    places = ("path", "query", "body") if isinstance(error, NotFound) else ("body", "query", "path")
    place = next((place for place in places if field[0] in names[place]), None)
    if place is not None:
        return [place, *field]
    if field[0] in inner:
        return ["body", *inner[field[0]], *field]
    resource = names["path"][-1:]
    return ["path", *resource, *field] if resource else ["body", *field]


def _names_of(route: Any) -> tuple[dict[str, list[str]], dict[str, tuple[str, ...]]]:
    """Return the names of the parameters of this route by place, and the paths to the names inside its body."""
    dependant = route.dependant
    body = {name: inner for parameter in dependant.body_params for name, inner in _members(parameter.type_)}
    names = {
        "path": [parameter.alias for parameter in dependant.path_params],
        "query": list(_names_in_query(dependant)),
        "body": [*(parameter.alias for parameter in dependant.body_params), *body],
    }
    return names, _paths_inside(body)


def _names_in_query(dependant: Any) -> Iterator[str]:
    """Yield the names in the query of a route, including those of its dependencies."""
    yield from (parameter.alias for parameter in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from _names_in_query(dependency.dependant)


def _paths_inside(members: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the path to each name inside these members; for a repeated name, the path to the outer member."""
    paths: dict[str, tuple[str, ...]] = {}
    level: list[tuple[tuple[str, ...], Any]] = [((name,), type_) for name, type_ in members.items()]
    for _ in range(MAX_DEPTH):
        inside = [(path, name, inner) for path, type_ in level for name, inner in _members(type_)]
        for path, name, _inner in inside:
            paths.setdefault(name, path)
        level = [((*path, name), inner) for path, name, inner in inside]
    return paths


def _members(type_: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and type of the members of a model, which may be part of a union; lists have no names."""
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        for name, field in type_.model_fields.items():
            yield field.alias or name, field.annotation
    elif get_origin(type_) is not list:
        for part in get_args(type_):
            yield from _members(part)
