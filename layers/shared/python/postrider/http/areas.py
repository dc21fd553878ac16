"""An area of an API is one Lambda function; each of its route modules is imported at the first call of its routes."""

import importlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from postrider.aws.clients import make_clients
from postrider.http.app import Resolver, build_app, entrypoint, refuse_route
from postrider.http.dialect import Dialect

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Area:
    """The Lambda handler of a package; each of its modules has `operations`.

    `routes` names the module of every route: {"GET /lists/{list_id}": "routes_lists"}. It is generated from the
    decorators, since reading them would import every module.
    """

    def __init__(self, package: str, routes: Mapping[str, str], dialect: Dialect) -> None:
        self._package, self._modules, self._dialect = package, routes, dialect
        self._table = RouteTable(routes)
        self._apps: dict[str, Resolver] = {}
        self._handlers: dict[str, Handler] = {}
        make_clients("dynamodb")

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        route = self._table.find(event["requestContext"]["http"]["method"], event["rawPath"])
        if route is None:
            return self._refuse(event, context)
        event["routeKey"] = route  # the gateway may only have matched a prefix
        return self._handler(self._modules[route])(event, context)

    def module_of(self, method: str, path: str) -> str | None:
        """Return the name of the module that serves the call, or None if no route of the area matches."""
        route = self._table.find(method, path)
        return None if route is None else self._modules[route]

    def app(self, module: str) -> Resolver:
        """Return the app of one module, which has only its own routes."""
        if module not in self._apps:
            self._apps[module] = build_app(self._operations(module), dialect=self._dialect)
        return self._apps[module]

    def _handler(self, module: str) -> Handler:
        if module not in self._handlers:
            keep_answers = self._operations(module).keep_answers
            self._handlers[module] = entrypoint(self.app(module), keep_answers=keep_answers)
        return self._handlers[module]

    def _operations(self, module: str) -> Any:
        return importlib.import_module(f"{self._package}.{module}").operations

    def _refuse(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        app = build_app(dialect=self._dialect)
        methods = self._table.methods_of(event["rawPath"])
        app.not_found(lambda _: refuse_route(app, methods))
        return entrypoint(app, keep_answers=False)(event, context)


class RouteTable:
    """Routes by the number of segments of their path; a literal segment has precedence over a parameter, as at the gateway."""

    def __init__(self, routes: Mapping[str, Any]) -> None:
        self._by_length: dict[int, list[tuple[list[str], str, str]]] = defaultdict(list)
        for route in routes:
            method, _, path = route.partition(" ")
            segments = path.split("/")
            self._by_length[len(segments)].append((segments, method, route))
        for entries in self._by_length.values():
            entries.sort(key=lambda entry: [segment.startswith("{") for segment in entry[0]])

    def find(self, method: str, path: str) -> str | None:
        """Return the route ("GET /lists/{list_id}") that matches the call."""
        return next((route for known, route in self._fitting(path) if known == method), None)

    def methods_of(self, path: str) -> list[str]:
        """Return the methods of all routes that match the path."""
        return sorted({method for method, _ in self._fitting(path)})

    def _fitting(self, path: str) -> list[tuple[str, str]]:
        segments = path.split("/")
        return [
            (method, route)
            for known, method, route in self._by_length.get(len(segments), ())
            if all(
                bool(actual) if segment.startswith("{") else segment == actual
                for segment, actual in zip(known, segments, strict=True)
            )
        ]
