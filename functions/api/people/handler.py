"""Entry point of the people group. Its answers hold what is asked to be shown or erased, so none is kept."""

from functions.api.people.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app, keep_answers=False)
