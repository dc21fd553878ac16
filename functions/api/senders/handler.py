"""Entry point of the senders group."""

from postrider.http import build_app, entrypoint

from functions.api.senders.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
