"""Convert internationalised domains and URLs to ASCII."""

import re
from typing import Final
from urllib.parse import quote

_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def with_ascii_domain(email: str) -> str:
    """Return the address with its domain in A-labels (RFC 5891). Raises UnicodeError for an invalid domain.

    SES requires it: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    return f"{local}{at}{_a_labels(domain)}"


def ascii_url(url: str) -> str:
    """Return the URL in ASCII: the host in A-labels, the rest percent-encoded as UTF-8 (RFC 3987, section 3.1)."""
    scheme, mark, rest = url.partition("://")
    if not mark or url.isascii():
        return _encoded(url)
    end = min((position for char in "/?#" if (position := rest.find(char)) >= 0), default=len(rest))
    user, at, host_and_port = rest[:end].rpartition("@")
    host, colon, port = host_and_port.partition(":")
    try:
        host = host if host.isascii() else _a_labels(host)
    except UnicodeError:
        host = _encoded(host)  # browsers decode it again: https://url.spec.whatwg.org/#host-parsing
    return f"{_encoded(scheme + mark + user + at)}{host}{_encoded(colon + port + rest[end:])}"


def _a_labels(domain: str) -> str:
    import idna  # imported here, because its tables load slowly and few domains need them

    return idna.encode(domain, uts46=True).decode()


def _encoded(text: str) -> str:
    return _NOT_ASCII.sub(lambda match: quote(match[0]), text)
