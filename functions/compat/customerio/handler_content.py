"""Entry point of Customer.io's App API for all paths without a function of their own, and for unknown paths."""

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.route_table_content import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, CUSTOMERIO)
