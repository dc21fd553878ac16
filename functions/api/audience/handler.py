"""Entry point of the area audience."""

from functions.api.audience.route_table import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES)
