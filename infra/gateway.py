"""The routes of the HTTP API for each function.

An area and a dialect take whole prefixes, since an API has at most 300 routes: what does not fit below a prefix is
answered by the function, in its own form. Pages and tracking endpoints have their routes one by one.
"""

from infra.openapi import routes
from infra.rows import Function

THROTTLED = ("GET /o/{token}", "GET /c/{token}")
"""Pixel and click: programs fetch them in bursts, which must not use up what other routes may take."""


def gateway_routes(row: Function) -> list[str]:
    """Return the keys of the routes that lead to the function: "ANY /lists/{proxy+}"."""
    if row.gateway_paths:
        return [f"ANY {path}" for path in row.gateway_paths]
    declared = routes([row])
    keys = [route.key for route in declared] if not row.modules else _prefixes([route.path for route in declared])
    return [*keys, "$default"] if row.answers_the_rest else keys


def _prefixes(paths: list[str]) -> list[str]:
    keys = set()
    for path in paths:
        word, *rest = path.strip("/").split("/")
        keys.add(f"ANY /{word}/{{proxy+}}" if rest else f"ANY /{word}")
    return sorted(keys)
