"""HTTP: apps, entry points and callers; the main API is the dialect of routes that name none."""

from aws_lambda_powertools.event_handler import Depends, Request, Response

from postrider.accounts.model import Caller
from postrider.http.app import Operations, build_app, document_of, entrypoint
from postrider.http.areas import Area
from postrider.http.main.auth import anyone_known, needs

__all__ = [
    "Area",
    "Caller",
    "Depends",
    "Operations",
    "Request",
    "Response",
    "anyone_known",
    "build_app",
    "document_of",
    "entrypoint",
    "needs",
]
