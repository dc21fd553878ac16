"""Entry point of Customer.io's App API for people: customers, segments, objects, exports and imports."""

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.route_table_people import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, CUSTOMERIO)
