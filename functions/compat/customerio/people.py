"""People as Customer.io names them: an id of the account's own, an address, and the id that the platform gives."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

CIO_PREFIX = "cio_"
_CIO_ID = re.compile(rf"{CIO_PREFIX}[0-9a-f]{{1,16}}")


class CustomerIdentifiers(BaseModel):
    """All identifiers of a person; null for one that the person lacks."""

    id: str | None
    email: str | None
    cio_id: Annotated[str, Field(description="The id given by the platform, which never changes.")]


def cio_id_of(contact_id: int) -> str:
    return f"cio_{contact_id:x}"


def contact_id_of(cio_id: str) -> int | None:
    """Return the id of the contact, or None for a text that is no cio_id."""
    return int(cio_id[4:], 16) if _CIO_ID.fullmatch(cio_id) else None
