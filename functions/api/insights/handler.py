"""Entry point of the area insights."""

from functions.api.insights.route_table import ROUTES
from postrider.http import Area
from postrider.http.main.dialect import MAIN

lambda_handler = Area(__package__, ROUTES, MAIN)
