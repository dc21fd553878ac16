"""Define the Docs Marketing API as a dialect: an API key in one of four schemes, and the steps around a call."""

import base64
import binascii
import re
from typing import Final

from functions.compat.docs.answers import partial, with_headers
from functions.compat.docs.errors import ANSWERS, ERRORS, PROBLEM_TYPE
from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.http.credentials import header_security
from postrider.http.dialect import Dialect, Headers
from postrider.http.requests import normalised, overridden_method
from postrider.http.validators import conditional
from postrider.kit.errors import Forbidden, Unauthenticated

NAME: Final = "docs"
MOST_IN_FLIGHT: Final = 10
"""Calls of a key at the same time (contract, section 3.8)."""
_SCHEMES: Final = frozenset({"bearer", "oauth", "apikey"})
"""Schemes of the header that are followed by the key; `Basic` has it as password."""
_LABEL: Final = re.compile(r"([a-z]{2,3}[0-9]{1,3})\.api\.", re.IGNORECASE)


def identify(headers: Headers, path: str) -> Caller:
    """Return the caller of the key in the header.

    Raises Unauthenticated for a missing or invalid key, Forbidden if the user or account has no access any more, or the host
    names another data center.
    """
    key = key_of(headers.get("authorization") or "")
    if not key:
        raise Unauthenticated("No API key was sent.", code="credentials_missing")
    try:
        caller = bootstrap.credentials().caller_of(NAME, key)
    except Unauthenticated as exc:
        if exc.details.get("is_disabled"):
            raise Forbidden("The user of this key is disabled.", code="user_disabled") from exc
        raise
    _check_region(headers.get("host") or "", key)
    return caller


def key_of(header: str) -> str:
    """Return the key in the header; blank if there is none."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() in _SCHEMES:
        return value.strip()
    return _password(value.strip()) if scheme.lower() == "basic" else ""


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _check_region(host: str, key: str) -> None:
    """Raise Forbidden for a host such as us6.api.example.com whose label is not the one of the key."""
    label, own = _LABEL.match(host), key.partition("-")[2] or bootstrap.region_label()
    if label and label[1].lower() != own.lower():
        raise Forbidden("The host is in another data center than the key.", code="wrong_datacenter")


DOCS = Dialect(
    name=NAME,
    identify=identify,
    answers=ANSWERS,
    security=header_security(NAME),
    errors=ERRORS,
    usual_errors=(400, 404),
    general_errors=(401, 403, 409, 429),
    before=(overridden_method, normalised),
    after=(partial, conditional, with_headers),
    most_in_flight=MOST_IN_FLIGHT,
    error_type=PROBLEM_TYPE,
)
