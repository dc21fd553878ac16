"""Entry point of the segments group."""

from functions.api.segments.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
