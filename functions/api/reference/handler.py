"""Entry point of the reference group, and of every call without a route."""

from functions.api.reference.routes_reference import methods_of, operations
from postrider.http import build_app, entrypoint
from postrider.http.app import refuse_route
from postrider.http.main.dialect import MAIN

app = build_app(operations, dialect=MAIN)
app.not_found(lambda _: refuse_route(app, methods_of(app.current_event.path)))
lambda_handler = entrypoint(app)
