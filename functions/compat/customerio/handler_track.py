"""Entry point of Customer.io's Track API."""

from functions.compat.customerio import routes_region
from functions.compat.customerio.auth import TRACK
from postrider.http import build_app, entrypoint

app = build_app(
    routes_region.operations,
    dialect=TRACK,
)
lambda_handler = entrypoint(app)
