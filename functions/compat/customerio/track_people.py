"""People whom calls of Customer.io's Track API name: contacts of the default list, made when a call needs them."""

from contextlib import suppress
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.people import contact_id_of
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.contacts.model import Contact
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.suppressions.rules import ErasedAddress

InPath = Annotated[str, Path(alias="identifier", description="An email address, a cio_id, or else an id.")]


class PersonIdentifiers(BaseModel):
    """One identifier of a person. With several, the cio_id is used before the id, and the id before the address."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    id: Annotated[str | None, Field(json_schema_extra={"maxLength": 150})] = None
    email: Annotated[str | None, Field(json_schema_extra={"maxLength": 320})] = None
    cio_id: Annotated[str | None, Field(json_schema_extra={"maxLength": 20})] = None

    def identifier(self) -> Identifier:
        """Raises Invalid when there is none."""
        if self.cio_id:
            return cio_identifier(self.cio_id)
        if self.id:
            return Identifier.external_id(self.id)
        if self.email:
            return Identifier.email(self.email)
        raise Invalid(
            "No identifier: give an id, an email or a cio_id.", code="identifier_missing", field="identifiers"
        )


def cio_identifier(cio_id: str) -> Identifier:
    """Return the identifier; of nobody for a text that is no cio_id."""
    return Identifier.contact_id(contact_id_of(cio_id) or 0)


def identifier_in_path(text: str) -> Identifier:
    """Return the identifier that a path holds: an address has an @, and a cio_id its prefix."""
    if "@" in text:
        return Identifier.email(text)
    return cio_identifier(text) if contact_id_of(text) is not None else Identifier.external_id(text)


def default_list_id(account_id: str) -> int:
    return bootstrap.lists().default(account_id).id


def find_person(account_id: str, identifier: Identifier) -> Contact | None:
    """Return the person, or None. Raises Invalid for a text that cannot be an address."""
    (contact,) = bootstrap.contacts().by_identifiers(account_id, default_list_id(account_id), [identifier])
    return contact


def find_or_create_person(account_id: str, identifier: Identifier) -> Contact | None:
    """Return the person, made if needed; None for an unknown cio_id, and for the address of an erased person."""
    known = find_person(account_id, identifier)
    if known is not None or identifier.kind == IdentifierKind.CONTACT_ID:
        return known
    is_email = identifier.kind == IdentifierKind.EMAIL
    with suppress(ErasedAddress, NotFound):
        try:
            return bootstrap.contacts().create(
                account_id,
                default_list_id(account_id),
                email=identifier.value if is_email else None,
                external_id=None if is_email else identifier.value,
                resubscribe=False,
            )
        except Conflict:  # another call has made the person
            return find_person(account_id, identifier)
    return None


def people_of(account_id: str, identifiers: list[PersonIdentifiers]) -> list[Contact | None]:
    """Return the people of these identifiers, made if needed, in order. Raises Invalid for an entry without identifier."""
    wanted = [entry.identifier() for entry in identifiers]
    known = bootstrap.contacts().by_identifiers(account_id, default_list_id(account_id), wanted)
    return [
        contact or find_or_create_person(account_id, identifier)
        for contact, identifier in zip(known, wanted, strict=True)
    ]
