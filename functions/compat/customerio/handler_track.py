"""Entry point of Customer.io's Track API."""

from functions.compat.customerio import (
    routes_devices,
    routes_entities,
    routes_events,
    routes_metrics,
    routes_region,
    routes_segment_members,
    routes_track_customers,
)
from functions.compat.customerio.auth import TRACK
from postrider.http import build_app, entrypoint

app = build_app(
    # Paths below a person come before the path of the person, whose identifier may contain slashes.
    routes_events.operations,
    routes_devices.operations,
    routes_track_customers.operations,
    routes_segment_members.operations,
    routes_entities.operations,
    routes_region.operations,
    routes_metrics.operations,
    dialect=TRACK,
)
lambda_handler = entrypoint(app)
