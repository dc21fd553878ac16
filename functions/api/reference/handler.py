"""Entry point of the reference group, and of whatever no route fits."""

from functions.api.reference.routes_reference import operations, unknown_route
from postrider.http import build_app, entrypoint

app = build_app(operations)
app.not_found(unknown_route)
lambda_handler = entrypoint(app, keep_answers=False)
