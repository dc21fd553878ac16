"""Check redirect URIs, to which users return after their answer."""

import re
from typing import Final
from urllib.parse import urlsplit

from postrider.kit.errors import Invalid

MAX_URI_CHARS: Final = 500
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def check_redirect_uri(uri: str, position: int) -> str:
    """Return the URI. Raises Invalid unless it is safe to redirect users to it.

    Allowed are https for programs on servers, http on the user's own machine, or a scheme of the program with a dot in it
    (RFC 8252, sections 7.1 and 7.3), never with a fragment (RFC 6749, section 3.1.2).
    """
    if (reason := _fault_of(uri)) is not None:
        raise Invalid(reason, code="redirect_uri_invalid", field=("redirect_uris", position))
    return uri


def _fault_of(uri: str) -> str | None:
    if len(uri) > MAX_URI_CHARS:
        return f"The redirect URI is too long: at most {MAX_URI_CHARS} characters are allowed."
    if not _PRINTABLE.fullmatch(uri) or "\\" in uri:
        return "The redirect URI has blanks, backslashes, or characters beyond ASCII: encode them."
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "The redirect URI is invalid: check its host and port."
    if "#" in uri:
        return "The redirect URI has a fragment: remove the # and all characters after it."
    if parts.username is not None or parts.password is not None:
        return "The redirect URI has a user name: remove it."
    if parts.scheme == "https" and host:
        return None
    if parts.scheme == "http" and host in _LOOPBACK:
        return None
    if "." in parts.scheme:
        return None
    return (
        "The redirect URI must begin with https://, with http://localhost, or with a scheme such as com.example.app:."
    )
