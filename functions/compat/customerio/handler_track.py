"""Entry point of Customer.io's Track API."""

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.route_table_track import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, TRACK)
