"""The identifiers of a contact in a list: its address, the id of the customer's own systems, or our id."""

import re
from dataclasses import dataclass
from enum import StrEnum

from postrider.kit.errors import Invalid

MAX_EXTERNAL_ID = 150
"""Characters."""
MAX_VALUE_CHARS = 320
"""Maximum length of an identifier: an address has 64 characters before its @ and 255 after it."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class IdentifierKind(StrEnum):
    EMAIL = "email"
    EXTERNAL_ID = "external_id"
    CONTACT_ID = "contact_id"


@dataclass(frozen=True)
class Identifier:
    """A name of a contact; `value` of CONTACT_ID is the decimal id."""

    kind: IdentifierKind
    value: str

    @classmethod
    def email(cls, email: str) -> "Identifier":
        return cls(IdentifierKind.EMAIL, email)

    @classmethod
    def external_id(cls, external_id: str) -> "Identifier":
        return cls(IdentifierKind.EXTERNAL_ID, external_id)

    @classmethod
    def contact_id(cls, contact_id: int) -> "Identifier":
        return cls(IdentifierKind.CONTACT_ID, str(contact_id))


def parse_external_id(text: str) -> str:
    """Return the id of a person in the customer's own systems, without white space around it; its case is kept.

    Raises Invalid for a blank text, a control character, and more than MAX_EXTERNAL_ID characters.
    """
    external_id = text.strip()
    if not external_id or len(external_id) > MAX_EXTERNAL_ID or _CONTROL.search(external_id):
        raise Invalid(
            f"Invalid external id: use 1 to {MAX_EXTERNAL_ID} characters without control characters.",
            code="external_id_invalid",
            field="external_id",
        )
    return external_id
