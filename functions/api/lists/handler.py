"""Entry point of the lists group."""

from functions.api.lists.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
