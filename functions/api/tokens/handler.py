"""Entry point of the tokens group. Its answers are tokens, which are never stored, so none is kept."""

from functions.api.tokens.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app, keep_answers=False)
