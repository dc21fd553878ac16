"""Entry point of OAuth: the consent page for users, and the endpoints for programs."""

from functions.oauth.responses import OAUTH
from functions.oauth.routes_authorize import operations as page_operations
from functions.oauth.routes_token import operations as token_operations
from postrider.http import build_app, entrypoint

app = build_app(page_operations, token_operations, dialect=OAUTH)
lambda_handler = entrypoint(app)
