"""Serve the pages that mails link to: the mail in the browser, sharing it, subscribing again. The token is the credential.

Tokens of deleted contacts get the same answers as others, and pages do not repeat values of the request.
"""

from typing import Annotated

from functions.pages.requests import MAIL_POLICY, form_of, page, tracking_request_of
from postrider import bootstrap
from postrider.consent.preferences import PreferenceService
from postrider.forms import pages as form_pages
from postrider.http import Depends, Operations, Request, Response
from postrider.http.main.dialect import MAIN
from postrider.kit.errors import NotFound
from postrider.tracking import pages
from postrider.tracking.service import TrackingService
from postrider.tracking.tokens import MailToken, TokenPurpose

operations = Operations("Public page", MAIN)
Tracking = Annotated[TrackingService, Depends(bootstrap.tracking)]
PreferencesOf = Annotated[PreferenceService, Depends(bootstrap.preferences)]


@operations.page("/v/{token}", "View a mail in the browser")
def view_mail(tracking: Tracking, request: Request, token: str) -> Response[str]:
    """Return the mail as it was sent to this contact. Its links are not tracked."""
    mail_token = tracking.record_view(token, tracking_request_of(request))
    mail = bootstrap.mail_views().view(mail_token)
    html = pages.with_title(mail.html, mail.subject) if mail.html else pages.plain(mail.subject, mail.text)
    return page(html, policy=MAIL_POLICY)


@operations.page("/f/{token}", "Pass a mail on")
def share_mail(tracking: Tracking, request: Request, token: str) -> Response[str]:
    mail_token = tracking.record_forward(token, tracking_request_of(request))
    public_token = tracking.make_public_view_token(mail_token)
    url = f"{bootstrap.public_base_url()}/v/{public_token}"
    subject = bootstrap.mail_views().view(tracking.read_token(TokenPurpose.VIEW, public_token)).subject
    return page(pages.share(_language(mail_token), url, subject), account_id=mail_token.account_id)


@operations.page("/s/{token}", "Ask before subscribing again")
def subscribe_page(tracking: Tracking, token: str) -> Response[str]:
    return _asked_back(tracking, token)


@operations.post("/s/{token}", "Subscribe again", public=True, errors=())
def subscribe(tracking: Tracking, preferences: PreferencesOf, request: Request, token: str) -> Response[str]:
    """Mail a new confirmation link, which only the owner of the mailbox gets."""
    if not _is_meant(form_of(request)):
        return _asked_back(tracking, token, status=400)
    asked = preferences.request_resubscription(token, TokenPurpose.SUBSCRIBE)
    read = tracking.read_token(TokenPurpose.SUBSCRIBE, token)
    language = _language(read)
    html = form_pages.render_resubscription_requested(language) if asked else pages.subscribed(language)
    return page(html, account_id=read.account_id)


def _asked_back(tracking: TrackingService, token: str, *, status: int = 200) -> Response[str]:
    asked = tracking.read_token(TokenPurpose.SUBSCRIBE, token)
    return page(pages.subscribe_page(_language(asked), _list_name(asked)), status=status, account_id=asked.account_id)


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
