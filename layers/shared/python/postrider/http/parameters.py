"""Parameters that several operations share, as one argument of their functions.

The framework and the document see each parameter by itself: a model of query parameters would add its own name to the
places of errors, and lose limits and defaults in the document.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Any, get_type_hints


class ParameterGroup:
    """The base of a dataclass whose fields are parameters, annotated as the parameters of a route, with their defaults."""


def with_own_parameters(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function of a route with the parameters of its groups in place of the groups."""
    hints = get_type_hints(handler, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, ParameterGroup)}
    if not groups:
        return handler

    @wraps(handler)
    def grouped(**values: Any) -> Any:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})  # type: ignore[arg-type]
        return handler(**values)

    parameters = []
    for parameter in inspect.signature(handler).parameters.values():
        group = groups.get(parameter.name)
        own = [parameter.replace(annotation=hints[parameter.name])] if group is None else _parameters_of(group)
        parameters += [expanded.replace(kind=inspect.Parameter.KEYWORD_ONLY) for expanded in own]
    grouped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    grouped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {
        "return": hints.get("return")
    }
    return grouped


def _parameters_of(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)

    def parameter(field: "Field[Any]") -> inspect.Parameter:
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        return inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )

    return [parameter(field) for field in fields(group)]
