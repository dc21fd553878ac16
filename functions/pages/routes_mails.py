"""What mails link to: pixel, clicks, unsubscribing, the mail in the browser. No caller: the token says all.

A token whose contact is gone gets the same answer as any other; nothing of the request is repeated in a page. What is
not there (NotFound) is answered by `handler.nothing_there`.
"""

from contextlib import suppress
from typing import Annotated

from functions.pages.requests import MAIL_POLICY, done, form_of, page, pixel, redirect, tracking_request_of
from postrider import bootstrap
from postrider.consent.preferences import PreferenceService
from postrider.forms import pages as form_pages
from postrider.http import Depends, Operations, Request, Response
from postrider.kit.errors import NotFound
from postrider.tracking import pages
from postrider.tracking.service import TrackingService, is_web_address
from postrider.tracking.tokens import MailToken, Purpose

operations = Operations("Public page")
Tracking = Annotated[TrackingService, Depends(bootstrap.tracking)]
PreferencesOf = Annotated[PreferenceService, Depends(bootstrap.preferences)]


@operations.get("/o/{token}", "The pixel of a mail", public=True, errors=())
def fetch_pixel(tracking: Tracking, request: Request, token: str):  # type: ignore[no-untyped-def]  # bytes have no JSON form
    """Always an image: mail programs show a broken one otherwise."""
    with suppress(NotFound):
        tracking.record_open(token, tracking_request_of(request))
    return pixel()


@operations.add("HEAD", "/o/{token}", "Look for the pixel of a mail", public=True, errors=())
def look_for_pixel(token: str) -> Response[str]:
    return Response(200, "image/gif", "", {"Cache-Control": "no-store"})


@operations.page("/c/{token}", "Follow a link of a mail")
def follow_link(tracking: Tracking, request: Request, token: str) -> Response[str]:
    """A link checker asks by HEAD; its click is recorded as a machine's."""
    return redirect(tracking.record_click(token, tracking_request_of(request)))


@operations.page("/v/{token}", "Look at a mail in the browser")
def view_mail(tracking: Tracking, request: Request, token: str) -> Response[str]:
    """The mail as it was sent to this contact; its links lead straight to their targets and count nothing."""
    mail_token = tracking.record_view(token, tracking_request_of(request))
    mail = bootstrap.campaign_renderer().web_view(mail_token)
    return page(mail.html or pages.plain(mail.subject, mail.text), policy=MAIL_POLICY)


@operations.page("/f/{token}", "Pass a mail on")
def share_mail(tracking: Tracking, request: Request, token: str) -> Response[str]:
    mail_token = tracking.record_forward(token, tracking_request_of(request))
    public_token = tracking.make_public_view_token(mail_token)
    return page(pages.share(_language(mail_token), f"{bootstrap.public_base_url()}/v/{public_token}"))


@operations.page("/u/{token}", "Ask before unsubscribing")
def ask_unsubscribe(tracking: Tracking, token: str) -> Response[str]:
    """Changes nothing: scanners follow every link of a mail."""
    return _asked(tracking, Purpose.UNSUBSCRIBE, token)


@operations.post("/u/{token}", "Unsubscribe from a list", public=True, errors=())
def unsubscribe(tracking: Tracking, request: Request, token: str) -> Response[str]:
    """From our page, or one-click from a mail program (RFC 8058): no login, no cookie, no question."""
    return _unsubscribed(tracking, Purpose.UNSUBSCRIBE, request, token)


@operations.page("/g/{token}", "Ask before unsubscribing from everything")
def ask_unsubscribe_globally(tracking: Tracking, token: str) -> Response[str]:
    return _asked(tracking, Purpose.GLOBAL_UNSUBSCRIBE, token)


@operations.post("/g/{token}", "Unsubscribe from everything of an account", public=True, errors=())
def unsubscribe_globally(tracking: Tracking, request: Request, token: str) -> Response[str]:
    return _unsubscribed(tracking, Purpose.GLOBAL_UNSUBSCRIBE, request, token)


@operations.page("/s/{token}", "Ask before subscribing again")
def ask_subscribe(tracking: Tracking, token: str) -> Response[str]:
    return _asked_back(tracking, token)


@operations.post("/s/{token}", "Subscribe again", public=True, errors=())
def subscribe(tracking: Tracking, preferences: PreferencesOf, request: Request, token: str) -> Response[str]:
    """By the link of a new mail, which only their mailbox gets."""
    if not _is_meant(form_of(request)):
        return _asked_back(tracking, token, status=400)
    asked = preferences.come_back(token, Purpose.SUBSCRIBE)
    language = _language(tracking.read_token(Purpose.SUBSCRIBE, token))
    return page(form_pages.asked_to_come_back(language) if asked else pages.subscribed(language))


def _asked_back(tracking: TrackingService, token: str, *, status: int = 200) -> Response[str]:
    asked = tracking.read_token(Purpose.SUBSCRIBE, token)
    return page(pages.ask_subscribe(_language(asked), _list_name(asked)), status=status)


def _asked(tracking: TrackingService, purpose: Purpose, token: str, *, status: int = 200) -> Response[str]:
    asked = tracking.read_token(purpose, token)
    everything = purpose == Purpose.GLOBAL_UNSUBSCRIBE
    return page(pages.ask_unsubscribe(_language(asked), _list_name(asked), everything=everything), status=status)


def _unsubscribed(tracking: TrackingService, purpose: Purpose, request: Request, token: str) -> Response[str]:
    form = form_of(request)
    if not _is_meant(form):
        return _asked(tracking, purpose, token, status=400)
    told = tracking.unsubscribe(purpose, token, tracking_request_of(request))
    if form.get(pages.FROM_PAGE[0]) != pages.FROM_PAGE[1]:
        return done("OK")
    onward = bootstrap.forms().after_opt_out(told.account_id, told.list_id)
    if onward and is_web_address(onward):
        return redirect(onward, status=303)
    return page(pages.unsubscribed(_language(told)))


def _is_meant(form: dict[str, str]) -> bool:
    name, value = pages.ONE_CLICK
    return form.get(name, "").lower() == value.lower()


def _language(token: MailToken) -> str:
    try:
        return bootstrap.lists().get(token.account_id, token.list_id).language
    except NotFound:
        return "en"


def _list_name(token: MailToken) -> str:
    try:
        return bootstrap.lists().get(token.account_id, token.list_id).name
    except NotFound:
        return "…"
