"""Entry point of the Docs API for the account, the description of the API, and paths that no other function has."""

from functions.compat.docs.auth import DOCS
from functions.compat.docs.route_table_account import ROUTES
from postrider.http import Area

lambda_handler = Area(__package__, ROUTES, DOCS)
