"""Entry point of the Kasplo API."""

from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.route_table_audience import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, KASPLO)
