"""Serve the endpoints for mail programs: pixel, clicks, unsubscribing. The token is the only credential.

Tokens of deleted contacts get the same answers as others while their addresses are known, and pages do not repeat values
of the request.
"""

from contextlib import suppress
from typing import Any

from postrider import bootstrap
from postrider.kit.errors import NotFound
from postrider.kit.web_page import Brand
from postrider.lists.model import ContactList
from postrider.tracking import pages
from postrider.tracking.service import is_web_address
from postrider.tracking.tokens import MailToken, TokenPurpose
from postrider.web.requests import form_of, tracking_request
from postrider.web.responses import WebResponse, page, pixel, plain, redirect

Event = dict[str, Any]


def fetch_pixel(event: Event, token: str) -> WebResponse:
    """Return the pixel for any token, since mail programs would otherwise show a broken image."""
    with suppress(NotFound):
        bootstrap.tracking().record_open(token, tracking_request(event))
    return pixel()


def look_for_pixel(event: Event, token: str) -> WebResponse:
    return WebResponse(200, "image/gif", "", {"Cache-Control": "no-store"})


def follow_link(event: Event, token: str) -> WebResponse:
    """Redirect to the target; a HEAD request of a link checker is recorded as a machine."""
    return redirect(bootstrap.tracking().record_click(token, tracking_request(event)))


def unsubscribe_page(event: Event, token: str) -> WebResponse:
    """Return the question without changing anything, since scanners open every link of a mail."""
    return _ask(TokenPurpose.UNSUBSCRIBE, token)


def unsubscribe(event: Event, token: str) -> WebResponse:
    """Unsubscribe by our page, or with one click in a mail program (RFC 8058), without login, cookie or question."""
    return _unsubscribe(TokenPurpose.UNSUBSCRIBE, event, token)


def ask_unsubscribe_globally(event: Event, token: str) -> WebResponse:
    return _ask(TokenPurpose.GLOBAL_UNSUBSCRIBE, token)


def unsubscribe_globally(event: Event, token: str) -> WebResponse:
    return _unsubscribe(TokenPurpose.GLOBAL_UNSUBSCRIBE, event, token)


def _ask(purpose: TokenPurpose, token: str, *, status: int = 200) -> WebResponse:
    recipient = bootstrap.tracking().read_token(purpose, token)
    contact_list = _list_of(recipient)
    if contact_list is None or purpose == TokenPurpose.GLOBAL_UNSUBSCRIBE:
        return page(pages.unsubscribe_from_all_page(_language(contact_list)), status=status, brand=_brand(recipient))
    return page(
        pages.unsubscribe_page(contact_list.language, contact_list.name), status=status, brand=_brand(recipient)
    )


def _unsubscribe(purpose: TokenPurpose, event: Event, token: str) -> WebResponse:
    form = form_of(event)
    name, value = pages.ONE_CLICK
    if form.get(name, "").lower() != value.lower():
        return _ask(purpose, token, status=400)
    recipient = bootstrap.link_unsubscription().unsubscribe(purpose, token, tracking_request(event))
    is_from_page = form.get(pages.FROM_PAGE[0]) == pages.FROM_PAGE[1]
    if not is_from_page:
        return plain("OK")
    onward = bootstrap.forms().opt_out_url(recipient.account_id, recipient.list_id)
    if onward and is_web_address(onward):
        return redirect(onward, status=303)
    return page(pages.unsubscribed(_language(_list_of(recipient))), brand=_brand(recipient))


def _list_of(recipient: MailToken) -> ContactList | None:
    """Return the list of a link, or None if it is deleted."""
    try:
        return bootstrap.lists().get(recipient.account_id, recipient.list_id)
    except NotFound:
        return None


def _brand(recipient: MailToken) -> Brand:
    return bootstrap.accounts().get_cached(recipient.account_id).brand


def _language(contact_list: ContactList | None) -> str:
    return "en" if contact_list is None else contact_list.language
