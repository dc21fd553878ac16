"""Entry point of the senders group."""

from functions.api.senders.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
