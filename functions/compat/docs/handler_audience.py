"""Entry point of the Docs API for audiences and their merge fields."""

from functions.compat.docs.auth import DOCS
from functions.compat.docs.route_table_audience import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, DOCS)
