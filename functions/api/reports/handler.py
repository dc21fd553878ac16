"""Entry point of the reports group."""

from functions.api.reports.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
