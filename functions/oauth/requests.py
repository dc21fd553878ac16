"""Read requests: the query of the consent page, its cookie, and the form of a program."""

import base64
import hashlib
from typing import Any

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from postrider.http import Request
from postrider.kit.ids import random_secret
from postrider.oauth.model import OAuthError
from postrider.oauth.proofs import LIFETIME
from postrider.oauth.rules import parameters_of
from postrider.web.requests import MAX_FORM_BYTES, headers_of

COOKIE = "__Host-oauth-form"
"""The cookie with a random number, which binds a form to a browser and does not identify a person."""

Event = dict[str, Any]


def event_of(request: Request) -> Event:
    event: Event = request.resolved_event.raw_event
    return event


def query_of(event: Event) -> str:
    return event.get("rawQueryString") or ""


def browser_number(event: Event) -> str | None:
    """Return the number in the cookie, or None without one. The stand-in for AWS leaves cookies in their header."""
    sent = event.get("cookies") or headers_of(event).get("cookie", "").split(";")
    pairs = (cookie.strip().partition("=") for cookie in sent)
    return next((value for name, _, value in pairs if name == COOKIE and value), None)


def cookie_of(number: str) -> Cookie:
    """Return the cookie: for this host only, hidden from scripts, and not sent with forms of other sites."""
    return Cookie(
        COOKIE,
        number,
        path="/",
        secure=True,
        http_only=True,
        max_age=int(LIFETIME.total_seconds()),
        same_site=SameSite.LAX_MODE,
    )


def new_number() -> str:
    return random_secret()


def context_of(number: str, event: Event) -> tuple[str, str]:
    """Return the context to which the proofs of a form are bound: the browser, and the request of the program."""
    return number, hashlib.sha256(query_of(event).encode(errors="surrogatepass")).hexdigest()


def token_form_of(event: Event) -> dict[str, str]:
    """Return the parameters of a token request. Raises OAuthError for another kind of body."""
    kind = headers_of(event).get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    body = event.get("body") or ""
    if len(body) > 2 * MAX_FORM_BYTES:
        raise OAuthError("invalid_request", "The body is too large.")
    if not event.get("isBase64Encoded"):
        return parameters_of(body)
    return parameters_of(base64.b64decode(body).decode(errors="replace"))
