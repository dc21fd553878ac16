"""Entry point of the accounts group."""

from postrider.http import build_app, entrypoint

from functions.api.accounts.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
