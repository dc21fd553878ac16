"""Entry point of the tokens group."""

from postrider.http import build_app, entrypoint

from functions.api.tokens.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
