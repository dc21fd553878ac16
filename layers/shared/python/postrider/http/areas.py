"""An area of an API is one Lambda function; each of its route modules is imported at the first call of its routes."""

import importlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from postrider.http.app import Resolver, build_app, refuse_route
from postrider.http.bodies import Result
from postrider.http.dialect import Dialect, Event
from postrider.http.handlers import handler_of, prepared
from postrider.http.requests import decoded
from postrider.http.routing import RouteTable
from postrider.kit.errors import PostriderError


class Area:
    """The Lambda handler of route modules of a package; each of them has `operations`.

    `routes` names the module of every route: {"GET /lists/{list_id}": "routes_lists"}. It is generated from the
    decorators, since reading them would import every module.
    """

    def __init__(self, package: str, routes: Mapping[str, str], dialect: Dialect) -> None:
        self._package, self._modules, self._dialect = package, routes, dialect
        self._table = RouteTable(routes, dialect.spanning)
        self._apps: dict[str, Resolver] = {}
        self._handle = handler_of(dialect, self._chosen)

    def __call__(self, event: Event, context: Any) -> Result:
        return self._handle(event, context)

    def module_of(self, event: Event) -> str | None:
        """Return the name of the module that serves the call; None if no route matches, or a step refuses the call."""
        try:
            route = self._route_of(prepared(decoded(event), self._dialect))
        except PostriderError:
            return None
        return None if route is None else self._modules[route]

    def app(self, module: str) -> Resolver:
        """Return the app of one module, which has only its own routes."""
        if module not in self._apps:
            operations = importlib.import_module(f"{self._package}.{module}").operations
            self._apps[module] = build_app(operations, dialect=self._dialect)
        return self._apps[module]

    def _chosen(self, event: Event) -> tuple[Resolver, str | None]:
        route = self._route_of(event)
        if route is None:
            return self._without_routes, event.get("routeKey")
        return self.app(self._modules[route]), route

    def _route_of(self, event: Event) -> str | None:
        return self._table.find(event["requestContext"]["http"]["method"], event["rawPath"])

    @cached_property
    def _without_routes(self) -> Resolver:
        """The app that refuses all calls without a route."""
        app = build_app(dialect=self._dialect)
        app.not_found(lambda _: refuse_route(app, self._table.methods_of(app.current_event.path)))
        return app
