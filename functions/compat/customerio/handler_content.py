"""Entry point of Customer.io's App API for all paths without a function of their own, and for unknown paths."""

from functions.compat.customerio import (
    routes_broadcasts,
    routes_info,
    routes_messages,
    routes_newsletter_contents,
    routes_newsletter_metrics,
    routes_newsletters,
    routes_senders,
    routes_snippets,
    routes_transactional,
    routes_webhooks,
)
from functions.compat.customerio.auth import CUSTOMERIO
from postrider.http import build_app, entrypoint

app = build_app(
    routes_broadcasts.operations,
    routes_info.operations,
    routes_senders.operations,
    routes_newsletters.operations,
    routes_newsletter_contents.operations,
    routes_newsletter_metrics.operations,
    routes_messages.operations,
    routes_messages.newsletters,
    routes_snippets.operations,
    routes_transactional.operations,
    routes_webhooks.operations,
    dialect=CUSTOMERIO,
)
lambda_handler = entrypoint(app)
