"""Map fields of the domain to places in a call of the main API: its path, its query or its body."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel

from postrider.kit.errors import NotFound, PostriderError


def place_of(error: PostriderError, route: Any | None) -> list[str]:
    """Return the place of the error's field in a call of this route, outermost first: ["body", "email"].

    A NotFound is about the address of the resource, so the path is looked at first; any other error is about the given
    values, so the body is. A field that the call does not have belongs to the stored resource, which the last parameter of
    the path names: ["path", "campaign_id", "content", "subject"].
    """
    field = [str(part) for part in error.field]
    if not field or route is None:
        return field
    names = _names_of(route)
    places = ("path", "query", "body") if isinstance(error, NotFound) else ("body", "query", "path")
    place = next((place for place in places if field[0] in names[place]), None)
    if place is not None:
        return [place, *field]
    resource = names["path"][-1:]
    return ["path", *resource, *field] if resource else ["body", *field]


def _names_of(route: Any) -> dict[str, list[str]]:
    """Return the names that a call of this route can have, by place."""
    dependant = route.dependant
    return {
        "path": [parameter.alias for parameter in dependant.path_params],
        "query": list(_names_in_query(dependant)),
        "body": list(_names_in_body(dependant.body_params)),
    }


def _names_in_query(dependant: Any) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from _names_in_query(dependency.dependant)


def _names_in_body(parameters: Iterable[Any]) -> Iterator[str]:
    for parameter in parameters:
        yield parameter.alias
        yield from _names_in_type(parameter.type_)


def _names_in_type(type_: Any) -> Iterator[str]:
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        for name, field in type_.model_fields.items():
            yield field.alias or name
    for part in get_args(type_):
        yield from _names_in_type(part)
