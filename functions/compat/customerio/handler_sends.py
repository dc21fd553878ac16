"""Entry point of Customer.io's App API for mails to one person and triggers of broadcasts."""

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.route_table_sends import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, CUSTOMERIO)
