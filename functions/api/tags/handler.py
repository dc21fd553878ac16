"""Entry point of the tags group."""

from functions.api.tags.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
