"""Entry point of the forms group."""

from functions.api.forms.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
