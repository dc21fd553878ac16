"""The door for HTTP: apps, entry points, callers, paging parameters, main-API errors."""

from aws_lambda_powertools.event_handler import Depends, Request, Response

from postrider.http.app import Operations, build_app, document_of, entrypoint
from postrider.http.areas import Area
from postrider.http.auth import Caller, anyone_known, needs

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
