"""Entry point of the pages: forms, confirmations, preferences, and mails in the browser."""

from dataclasses import replace
from typing import Any

from functions.pages.requests import page
from functions.pages.routes_forms import operations as form_operations
from functions.pages.routes_mails import operations
from functions.pages.routes_senders import operations as sender_operations
from functions.pages.routes_users import operations as user_operations
from postrider.forms import pages as form_pages
from postrider.http import Response, build_app, entrypoint
from postrider.http.dialect import Call
from postrider.http.main.dialect import MAIN
from postrider.http.main.errors import MainResponses
from postrider.kit.actors import Origin
from postrider.kit.errors import NotFound, PostriderError
from postrider.senders.confirmation import CONFIRMATION_INVALID
from postrider.tracking import pages
from postrider.tracking.tokens import LINK_EXPIRED
from postrider.users import pages as user_pages
from postrider.users.rules import LINK_INVALID
from postrider.web.requests import language_of


class PageResponses(MainResponses):
    def refused(self, error: PostriderError, call: Call) -> Response[Any]:
        """Return a page for an unknown or expired link, in the language of the browser."""
        language = language_of(call.headers)
        if error.code == LINK_EXPIRED:
            return page(form_pages.render_expired_link(language), status=410)
        if error.code == CONFIRMATION_INVALID:
            return page(form_pages.render_expired_sender_link(language), status=410)
        if error.code == LINK_INVALID:
            return page(user_pages.link_invalid(language), status=410)
        if isinstance(error, NotFound):
            return page(pages.invalid_link(language), status=404)
        return super().refused(error, call)


PAGES = replace(MAIN, name="pages", answers=PageResponses(), origin=Origin.PERSON)
app = build_app(operations, form_operations, sender_operations, user_operations, dialect=PAGES)
lambda_handler = entrypoint(app)
