"""Entry point of the public group: what mails link to."""

from functions.api.public.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations)
lambda_handler = entrypoint(app)
