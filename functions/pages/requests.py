"""Convert requests and answers of the pages, and define the content policy of each kind of page."""

from typing import Any

from postrider import bootstrap
from postrider.consent.model import Visitor
from postrider.http import Request, Response
from postrider.tracking.service import TrackingRequest
from postrider.web import requests, responses
from postrider.web.requests import Event
from postrider.web.responses import PAGE_POLICY, WebResponse

FORM_POLICY = f"{PAGE_POLICY}; img-src http: https: data:"
"""The policy of forms, which may show images. It has no form-action, which browsers would also apply to redirections."""
EMBEDDED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; base-uri 'none'"
"""The policy of embedded forms, which any site may frame."""
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline' http: https:; font-src http: https:; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of mails: their HTML is untrusted, so it runs no scripts and has no origin."""


def tracking_request_of(request: Request) -> TrackingRequest:
    return requests.tracking_request(_event(request))


def visitor_of(request: Request) -> Visitor:
    read = tracking_request_of(request)
    return Visitor(ip=read.ip or "", user_agent=read.user_agent or "")


def form_of(request: Request) -> dict[str, str]:
    return requests.form_of(_event(request))


def fields_of(request: Request) -> dict[str, list[str]]:
    return requests.sign_up_of(_event(request))


def page(html: str, *, status: int = 200, policy: str = PAGE_POLICY, account_id: str | None = None) -> Response[str]:
    """Return a page, with the company of the account at the top."""
    brand = None if account_id is None else bootstrap.accounts().get_cached(account_id).brand
    return _response(responses.page(html, status=status, policy=policy, brand=brand))


def redirect(target: str, *, status: int = 302) -> Response[str]:
    return _response(responses.redirect(target, status=status))


def _event(request: Request) -> Event:
    event: Event = request.resolved_event.raw_event
    return event


def _response(answer: WebResponse) -> Response[Any]:
    return Response(answer.status, answer.content_type, answer.body, dict(answer.headers))
