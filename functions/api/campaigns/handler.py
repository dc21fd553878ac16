"""Entry point of the campaigns group."""

from functions.api.campaigns import routes, routes_life
from postrider.http import build_app, entrypoint

app = build_app(routes.operations, routes_life.operations)
lambda_handler = entrypoint(app)
