"""Entry point of the area insights."""

from functions.api.insights.route_table import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES)
