"""Parse email addresses; all spellings of an address have the same canonical form."""

import unicodedata
from dataclasses import dataclass

from postrider.kit.errors import FieldPath, Invalid

_INVISIBLE = "\ufeff\u200b"
MAX_LENGTH = 254
"""https://www.rfc-editor.org/errata/eid1690"""


@dataclass(frozen=True)
class Address:
    """An email address. `original` is for the To header; `canonical` is the identity: lower case, the domain as A-labels."""

    original: str
    canonical: str


NO_ADDRESS = Address("", "")
"""The address of a contact that has only another identifier."""


def parse(text: str, *, field: FieldPath = "email") -> Address:
    """Parse an address, ignoring white space around it. Raises Invalid for invalid syntax (RFC 5321).

    The part before the @ must be ASCII: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    trimmed = unicodedata.normalize("NFC", text.strip().strip(_INVISIBLE).strip())
    if len(trimmed) > MAX_LENGTH:
        raise Invalid("An email address has at most 254 characters.", code="email_invalid", field=field)
    if "*" in trimmed:
        raise Invalid(
            "An email address cannot contain *, which is reserved for patterns of suppressions.",
            code="email_invalid",
            field=field,
        )
    if not trimmed.rpartition("@")[0].isascii():
        raise Invalid(
            "The part of an email address before the @ must be ASCII: SES does not deliver to others.",
            code="email_invalid",
            field=field,
        )
    from email_validator import EmailNotValidError, validate_email  # most calls name no address: it takes 20 ms

    try:
        # Without DNS, so that imports do not depend on name servers. Test domains (RFC 2606) are valid syntax.
        validated = validate_email(trimmed, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as exc:
        raise Invalid(f"The email address is not valid: {exc}", code="email_invalid", field=field) from exc
    if "." not in validated.ascii_domain:
        raise Invalid("The email address is not valid: its domain has no dot.", code="email_invalid", field=field)
    original_domain = trimmed.rpartition("@")[2]
    domain = original_domain if original_domain.lower() == validated.domain else validated.domain
    return Address(
        f"{validated.local_part}@{domain}", f"{validated.local_part.lower()}@{validated.ascii_domain.lower()}"
    )


def canonical(text: str) -> str:
    """Return the canonical form of an address for a look-up, or the lower-case text if it is no address."""
    try:
        return parse(text).canonical
    except Invalid:
        return text.strip().lower()
