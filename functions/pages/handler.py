"""Entry point of the public group: what mails link to, and forms."""

from typing import Any

from functions.pages.requests import language_of, page
from functions.pages.routes_forms import operations as form_operations
from functions.pages.routes_mails import operations
from functions.pages.routes_senders import operations as sender_operations
from postrider.forms import pages as form_pages
from postrider.http import Response, build_app, entrypoint
from postrider.http.errors import render
from postrider.kit.errors import NotFound, PostriderError
from postrider.senders.service import CONFIRMATION_INVALID
from postrider.tracking import pages
from postrider.tracking.tokens import LINK_EXPIRED


def nothing_there(error: PostriderError) -> Response[Any]:
    """A link that leads nowhere (any more) gets a page, in the language of the browser: whose it was is not asked."""
    language = language_of(operations.router.current_event)
    if error.code == LINK_EXPIRED:
        return page(form_pages.expired(language), status=410)
    if error.code == CONFIRMATION_INVALID:
        return page(form_pages.sender_expired(language), status=410)
    return page(pages.invalid_link(language), status=404) if isinstance(error, NotFound) else render(error)


app = build_app(operations, form_operations, sender_operations, render=nothing_there)
lambda_handler = entrypoint(app)
