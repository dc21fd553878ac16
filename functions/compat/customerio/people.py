"""People as Customer.io names them: an id of the account's own, an address, and the id that the platform gives."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Contact
from postrider.kit.wire_ids import NO_ID

CIO_PREFIX = "cio_"
MAX_CIO_ID = 20
"""Characters: the prefix and 16 hex digits."""
_CIO_ID = re.compile(rf"{CIO_PREFIX}[0-9a-f]{{1,16}}")


class IdType(StrEnum):
    """The kind of an identifier, where a call says it."""

    ID = "id"
    EMAIL = "email"
    CIO_ID = "cio_id"


class CustomerIdentifiers(BaseModel):
    """All identifiers of a person; null for one that the person lacks."""

    id: str | None
    email: str | None
    cio_id: Annotated[str, Field(description="The id given by the platform, which never changes.")]


def cio_id_of(contact_id: int) -> str:
    return f"{CIO_PREFIX}{contact_id:x}"


def contact_id_of(cio_id: str) -> int | None:
    """Return the id of the contact, or None for a text that is no cio_id."""
    return int(cio_id[4:], 16) if _CIO_ID.fullmatch(cio_id) else None


def cio_identifier(cio_id: str) -> Identifier:
    """Return the identifier; of nobody for a text that is no cio_id."""
    return Identifier.contact_id(contact_id_of(cio_id) or NO_ID)


def identifier_of(text: str, id_type: IdType | None = None) -> Identifier:
    """Return the identifier that a path or a body holds.

    Without a type, a text with an @ is an address, one that begins as a cio_id is a cio_id, and any other one is an id.
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
