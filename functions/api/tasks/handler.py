"""Entry point of the tasks group."""

from functions.api.tasks.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
