"""Domains as mail carries them."""

import idna


def with_ascii_domain(email: str) -> str:
    """The address with its domain in A-labels (RFC 5891). Raises UnicodeError for a domain that has none.

    SES asks for it: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
