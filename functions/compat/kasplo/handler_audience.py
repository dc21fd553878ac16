"""Entry point of the Kasplo API."""

from functions.compat.kasplo.auth import KASPLO
from functions.compat.kasplo.routes import operations
from postrider.http import build_app, entrypoint

app = build_app(operations, dialect=KASPLO)
lambda_handler = entrypoint(app)
