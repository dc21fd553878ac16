"""Entry point of the logs group."""

from functions.api.logs.routes import operations
from functions.api.logs.routes_exports import operations as export_operations
from postrider.http import build_app, entrypoint

app = build_app(operations, export_operations)
lambda_handler = entrypoint(app)
