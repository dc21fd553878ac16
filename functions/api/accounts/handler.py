"""Entry point of the accounts group."""

from functions.api.accounts.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
