"""Entry point of Customer.io's App API for mails to one person and triggers of broadcasts."""

from functions.compat.customerio import routes_sends, routes_triggers
from functions.compat.customerio.auth import CUSTOMERIO
from postrider.http import build_app, entrypoint

app = build_app(
    routes_sends.operations,
    routes_triggers.operations,
    dialect=CUSTOMERIO,
)
lambda_handler = entrypoint(app)
