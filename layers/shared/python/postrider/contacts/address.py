"""Email identity: what two spellings of one address have in common."""

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from postrider.kit.errors import FieldPath, Invalid

_INVISIBLE = "\ufeff\u200b"
MAX_LENGTH = 254
"""https://www.rfc-editor.org/errata/eid1690"""


@dataclass(frozen=True)
class Address:
    """`given` is for the To header; `canonical` is the identity: lower case, the domain as IDNA A-labels."""

    given: str
    canonical: str


def parse(text: str, *, field: FieldPath = "email") -> Address:
    """The address in `text`, trimmed of white space of any kind. Raises Invalid when it is none (RFC 5321 syntax).

    The part before the @ must be ASCII: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    trimmed = unicodedata.normalize("NFC", text.strip().strip(_INVISIBLE).strip())
    if len(trimmed) > MAX_LENGTH:
        raise Invalid("An email address has at most 254 characters.", code="email_invalid", field=field)
    if "*" in trimmed:
        raise Invalid(
            "An address cannot hold a *, which stands for any in suppressions.", code="email_invalid", field=field
        )
    if not trimmed.rpartition("@")[0].isascii():
        raise Invalid(
            "The part of an email address before the @ must be ASCII: SES does not deliver to others.",
            code="email_invalid",
            field=field,
        )
    try:
        # No DNS: a list is imported while name servers sleep. Domains kept for tests (RFC 2606) are syntax like others.
        found = validate_email(trimmed, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as exc:
        raise Invalid(f"The email address is not valid: {exc}", code="email_invalid", field=field) from exc
    if "." not in found.ascii_domain:
        raise Invalid("The email address is not valid: its domain has no dot.", code="email_invalid", field=field)
    domain_given = trimmed.rpartition("@")[2]
    domain = domain_given if domain_given.lower() == found.domain else found.domain
    return Address(f"{found.local_part}@{domain}", f"{found.local_part.lower()}@{found.ascii_domain.lower()}")


def canonical(text: str) -> str:
    """The identity of an address, or the trimmed lower-case text when it is none: for look-ups."""
    try:
        return parse(text).canonical
    except Invalid:
        return text.strip().lower()
