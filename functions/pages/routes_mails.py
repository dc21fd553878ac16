"""What mails link to and people look at: the mail in the browser, passing it on, coming back. No caller: the token says all.

A token whose contact is gone gets the same answer as any other; nothing of the request is repeated in a page. What is
not there (NotFound) is answered by `handler.nothing_there`.
"""

from typing import Annotated

from functions.pages.requests import MAIL_POLICY, form_of, page, tracking_request_of
from postrider import bootstrap
from postrider.consent.preferences import PreferenceService
from postrider.forms import pages as form_pages
from postrider.http import Depends, Operations, Request, Response
from postrider.kit.errors import NotFound
from postrider.tracking import pages
from postrider.tracking.service import TrackingService
from postrider.tracking.tokens import MailToken, Purpose

operations = Operations("Public page")
Tracking = Annotated[TrackingService, Depends(bootstrap.tracking)]
PreferencesOf = Annotated[PreferenceService, Depends(bootstrap.preferences)]


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
