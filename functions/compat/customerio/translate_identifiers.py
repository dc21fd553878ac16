"""Translate identifiers of people: the account's own id, the address, and the cio_id of the platform."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Contact
from postrider.kit.wire_ids import NO_ID

CIO_PREFIX = "cio_"
MAX_CIO_ID = 20
"""Length of a cio_id: the prefix and 16 hex digits."""
_CIO_ID = re.compile(rf"{CIO_PREFIX}[0-9a-f]{{1,16}}")


class IdType(StrEnum):
    """The kind of an identifier in a call."""

    ID = "id"
    EMAIL = "email"
    CIO_ID = "cio_id"


class CustomerIdentifiers(BaseModel):
    """All identifiers of a person; a missing one is null."""

    id: str | None
    email: str | None
    cio_id: Annotated[str, Field(description="The id of the platform, which never changes.")]


def cio_id_of(contact_id: int) -> str:
    return f"{CIO_PREFIX}{contact_id:x}"


def contact_id_of(cio_id: str) -> int | None:
    """Return the id of the contact, or None for an invalid cio_id."""
    return int(cio_id[4:], 16) if _CIO_ID.fullmatch(cio_id) else None


def cio_identifier(cio_id: str) -> Identifier:
    """Return the identifier of a cio_id; an invalid one identifies nobody."""
    return Identifier.contact_id(contact_id_of(cio_id) or NO_ID)


def identifier_of(text: str, id_type: IdType | None = None) -> Identifier:
    """Return the identifier in a path or a body.

    Without a type, a text with an @ is an address, a text with the prefix of a cio_id is a cio_id, and other texts are ids.
    """
    if id_type is None:
        is_address, is_cio_id = "@" in text, text.startswith(CIO_PREFIX)
        id_type = IdType.EMAIL if is_address else IdType.CIO_ID if is_cio_id else IdType.ID
    match id_type:
        case IdType.EMAIL:
            return Identifier.email(text)
        case IdType.CIO_ID:
            return cio_identifier(text)
    return Identifier.external_id(text)


def identifiers_of(contact: Contact) -> CustomerIdentifiers:
    return CustomerIdentifiers(id=contact.external_id, email=contact.email or None, cio_id=cio_id_of(contact.id))
