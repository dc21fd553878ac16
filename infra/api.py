"""The Api stack: the functions of the main API and of the pages, and their routes. The Dialects stack: those of others."""

from typing import Any

from constructs import Construct

from infra.constructs.function_stack import FunctionStack, public_base_url
from infra.constructs.http_api import HttpApi, Routes
from infra.functions import FUNCTIONS
from infra.rows import MAIN, PAGES, Function
from infra.stages import Stage

API_ROWS = tuple(row for row in FUNCTIONS if row.dialect in (MAIN, PAGES))
DIALECT_ROWS = tuple(row for row in FUNCTIONS if row.dialect not in (None, MAIN, PAGES))


class Api(FunctionStack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, api: HttpApi, **options: Any) -> None:
        super().__init__(scope, id, stage=stage, **options)
        self.routes = _serve(self, api, API_ROWS)
        self.routes.open(stage, api)


class Dialects(FunctionStack):
    def __init__(self, scope: Construct, id: str, *, stage: Stage, api: HttpApi, **options: Any) -> None:
        super().__init__(scope, id, stage=stage, **options)
        self.routes = _serve(self, api, DIALECT_ROWS)


def _serve(stack: FunctionStack, api: HttpApi, rows: tuple[Function, ...]) -> Routes:
    routes = Routes(stack, "routes", api.api.ref)
    base_url = public_base_url(stack, stack.stage, api.url_for(stack))
    for row in rows:
        routes.serve(stack.make(row, base_url))
    return routes
