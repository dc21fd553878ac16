"""Entry point of the Docs API for the account, the description of the API, and paths that no other function has."""

from functions.compat.docs import routes_root, routes_schema
from functions.compat.docs.auth import DOCS
from postrider.http import build_app, entrypoint

app = build_app(routes_root.operations, routes_schema.operations, dialect=DOCS)
lambda_handler = entrypoint(app)
