"""Entry point of the campaigns group."""

from functions.api.campaigns.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
