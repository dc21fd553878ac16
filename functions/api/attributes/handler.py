"""Entry point of the attributes group."""

from functions.api.attributes.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
