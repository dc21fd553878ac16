"""Entry point of the contacts group."""

from functions.api.contacts.routes import operations
from functions.api.contacts.routes_names import operations as operations_on_names
from postrider.http import build_app, entrypoint

app = build_app(operations, operations_on_names)
lambda_handler = entrypoint(app)
