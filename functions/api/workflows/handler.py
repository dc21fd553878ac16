"""Entry point of the area workflows."""

from functions.api.workflows.route_table import ROUTES
from postrider.http import Area
from postrider.http.main.dialect import MAIN

lambda_handler = Area(__package__, ROUTES, MAIN)
