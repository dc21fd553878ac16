"""Build HTTP apps, entry points and callers for any dialect."""

from aws_lambda_powertools.event_handler import Depends, Request, Response

from postrider.accounts.model import Caller
from postrider.http.app import Operations, build_app, document_of
from postrider.http.areas import Area
from postrider.http.handlers import entrypoint

__all__ = [
    "Area",
    "Caller",
    "Depends",
    "Operations",
    "Request",
    "Response",
    "build_app",
    "document_of",
    "entrypoint",
]
