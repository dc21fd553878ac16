"""Entry point of Customer.io's App API for people: customers, segments, objects, exports and imports."""

from functions.compat.customerio import (
    routes_customers,
    routes_exports,
    routes_imports,
    routes_message_exports,
    routes_objects,
    routes_segments,
)
from functions.compat.customerio.auth import CUSTOMERIO
from postrider.http import build_app, entrypoint

app = build_app(
    routes_customers.operations,
    routes_exports.operations,
    routes_imports.operations,
    routes_message_exports.operations,
    routes_objects.types,
    routes_objects.operations,
    routes_segments.operations,
    dialect=CUSTOMERIO,
)
lambda_handler = entrypoint(app)
