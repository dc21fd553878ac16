"""Find the route of a call. A parameter of a path has all characters between two slashes; a spanning one may have slashes."""

import re
from collections.abc import Collection, Iterable
from functools import cached_property

_PARAMETER = re.compile(r"{(\w+)}")
_LITERAL, _PLAIN, _SPANNING, _END = range(4)


def pattern_of(path: str, spanning: Collection[str]) -> re.Pattern[str]:
    """Return the pattern of the paths that match "/lists/{list_id}"; `spanning` are the names of spanning parameters."""

    def group(parameter: re.Match[str]) -> str:
        name = parameter[1]
        return f"(?P<{name}>.+)" if name in spanning else f"(?P<{name}>[^/]+)"

    return re.compile(rf"^{_PARAMETER.sub(group, path)}\Z")


def precedence(path: str, spanning: Collection[str]) -> tuple[list[int], str]:
    """Return a key that sorts paths in the order in which they are tried.

    At the first difference of two paths, a literal segment comes before a parameter, a parameter before a spanning one, and
    any segment before the end: "/people/{id}/events" before "/people/{id}", whose id may have slashes.
    """
    return [*(_kind(segment, spanning) for segment in path.split("/")), _END], path


def _kind(segment: str, spanning: Collection[str]) -> int:
    parameter = _PARAMETER.fullmatch(segment)
    if parameter is None:
        return _LITERAL
    return _SPANNING if parameter[1] in spanning else _PLAIN


class RouteTable:
    """Routes ("GET /lists/{list_id}"), of which a call gets the first that matches in the order of `precedence`."""

    def __init__(self, routes: Iterable[str], spanning: Collection[str] = ()) -> None:
        known = [_Route(route, spanning) for route in routes]
        self._routes = sorted(known, key=lambda route: precedence(route.path, spanning))

    def find(self, method: str, path: str) -> str | None:
        """Return the route of the call."""
        return next((route.key for route in self._routes if route.method == method and route.matches(path)), None)

    def methods_of(self, path: str) -> list[str]:
        """Return the methods of all routes that match the path."""
        return sorted({route.method for route in self._routes if route.matches(path)})


class _Route:
    def __init__(self, key: str, spanning: Collection[str]) -> None:
        self.key, self._spanning = key, spanning
        self.method, _, self.path = key.partition(" ")
        self._prefix = self.path.partition("{")[0]

    def matches(self, path: str) -> bool:
        return path.startswith(self._prefix) and self._pattern.match(path) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return pattern_of(self.path, self._spanning)
