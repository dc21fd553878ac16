"""Entry point of the public group: what mails link to, and forms."""

from functions.api.public.routes import operations
from functions.api.public.routes_forms import operations as form_operations
from functions.api.public.routes_senders import operations as sender_operations
from postrider.http import build_app, entrypoint

app = build_app(operations, form_operations, sender_operations)
lambda_handler = entrypoint(app)
