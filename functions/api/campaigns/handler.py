"""Entry point of the campaigns group."""

from postrider.http import build_app, entrypoint

from functions.api.campaigns.routes import operations

app = build_app(operations)
lambda_handler = entrypoint(app)
