"""Entry point of the lists group."""

from postrider.http import build_app, entrypoint

from functions.api.lists.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
