"""Entry point of the area campaigns."""

from functions.api.campaigns.route_table import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES)
