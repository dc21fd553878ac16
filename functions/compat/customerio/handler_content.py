"""Entry point of Customer.io's App API for all that has no function of its own, and for unknown paths."""

from functions.compat.customerio import routes_info, routes_messages
from functions.compat.customerio.auth import CUSTOMERIO
from postrider.http import build_app, entrypoint

app = build_app(
    routes_info.operations,
    routes_messages.operations,
    routes_messages.newsletters,
    dialect=CUSTOMERIO,
)
lambda_handler = entrypoint(app)
