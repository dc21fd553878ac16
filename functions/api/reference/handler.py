"""Entry point of the reference group."""

from functions.api.reference.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
