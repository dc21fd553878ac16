"""Entry point of the logs group."""

from functions.api.logs.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
