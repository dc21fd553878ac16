"""Entry point of the Docs API for audiences and their merge fields."""

from functions.compat.docs import routes_fields, routes_lists
from functions.compat.docs.auth import DOCS
from postrider.http import build_app, entrypoint

app = build_app(routes_lists.operations, routes_fields.operations, dialect=DOCS)
lambda_handler = entrypoint(app)
