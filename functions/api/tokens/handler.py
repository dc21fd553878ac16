"""Entry point of the tokens group."""

from functions.api.tokens.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
