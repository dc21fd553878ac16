"""Entry point of the interests group."""

from functions.api.interests.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
