"""Entry point of the users group."""

from postrider.http import build_app, entrypoint

from functions.api.users.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
