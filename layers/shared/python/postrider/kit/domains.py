"""Domains and addresses as mails and headers carry them."""

import re
from typing import Final
from urllib.parse import quote

_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def with_ascii_domain(email: str) -> str:
    """The address with its domain in A-labels (RFC 5891). Raises UnicodeError for a domain that has none.

    SES asks for it: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    return f"{local}{at}{_a_labels(domain)}"


def ascii_url(url: str) -> str:
    """The same address in ASCII: the host in A-labels, all else percent-encoded as UTF-8 (RFC 3987, section 3.1)."""
    scheme, mark, rest = url.partition("://")
    if not mark or url.isascii():
        return _encoded(url)
    end = min((found for char in "/?#" if (found := rest.find(char)) >= 0), default=len(rest))
    user, at, place = rest[:end].rpartition("@")
    host, colon, port = place.partition(":")
    try:
        host = host if host.isascii() else _a_labels(host)
    except UnicodeError:
        host = _encoded(host)  # browsers decode it again: https://url.spec.whatwg.org/#host-parsing
    return f"{_encoded(scheme + mark + user + at)}{host}{_encoded(colon + port + rest[end:])}"


def _a_labels(domain: str) -> str:
    import idna  # its tables take a while, and few domains need them

    return idna.encode(domain, uts46=True).decode()


def _encoded(text: str) -> str:
    return _NOT_ASCII.sub(lambda found: quote(found[0]), text)
