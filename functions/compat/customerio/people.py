"""People as Customer.io names them: an id of the account's own, an address, and the id that the platform gives."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import Contact

_CIO_ID = re.compile(r"cio_[0-9a-f]{1,16}")


class CustomerIdentifiers(BaseModel):
    """All identifiers of a person; null for one that the person lacks."""

    id: str | None
    email: str | None
    cio_id: Annotated[str, Field(description="The id given by the platform, which never changes.")]


class PersonIdType(StrEnum):
    """The kind of an identifier, where a call says it."""

    ID = "id"
    EMAIL = "email"
    CIO_ID = "cio_id"


def cio_id_of(contact_id: int) -> str:
    return f"cio_{contact_id:x}"


def contact_id_of(cio_id: str) -> int | None:
    """Return the id of the contact, or None for a text that is no cio_id."""
    return int(cio_id[4:], 16) if _CIO_ID.fullmatch(cio_id) else None


def identifier_of(text: str, id_type: PersonIdType) -> Identifier:
    """Return the identifier of this kind; of nobody for a text that is no cio_id."""
    match id_type:
        case PersonIdType.EMAIL:
            return Identifier.email(text)
        case PersonIdType.CIO_ID:
            return Identifier.contact_id(contact_id_of(text) or 0)
    return Identifier.external_id(text)


def identifiers_of(contact: Contact) -> CustomerIdentifiers:
    return CustomerIdentifiers(id=contact.external_id, email=contact.email or None, cio_id=cio_id_of(contact.id))
