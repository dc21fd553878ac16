"""Entry point of the suppressions group."""

from functions.api.suppressions.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
