"""Entry point of the contacts group."""

from functions.api.contacts import routes, routes_exports, routes_imports, routes_names
from postrider.http import build_app, entrypoint

app = build_app(routes.operations, routes_names.operations, routes_exports.operations, routes_imports.operations)
lambda_handler = entrypoint(app)
