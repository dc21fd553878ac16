"""Find, create, merge and suppress the people of calls of Customer.io's Track API: contacts of the default list."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.translate_identifiers import MAX_CIO_ID, cio_identifier
from postrider import bootstrap
from postrider.contacts.identifiers import MAX_EXTERNAL_ID, MAX_VALUE_CHARS, Identifier, IdentifierKind
from postrider.contacts.model import Contact, StatusChange
from postrider.contacts.upsert_requests import ContactValues
from postrider.kit.errors import Invalid, NotFound

InPath = Annotated[str, Path(alias="identifier", description="An email address, a cio_id, or else an id.")]


class PersonIdentifiers(BaseModel):
    """One identifier of a person. With several, the cio_id is used before the id, and the id before the address."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    id: Annotated[str, Field(max_length=MAX_EXTERNAL_ID)] | None = None
    email: Annotated[str, Field(max_length=MAX_VALUE_CHARS)] | None = None
    cio_id: Annotated[str, Field(max_length=MAX_CIO_ID)] | None = None

    def identifier(self) -> Identifier:
        """Return the identifier to use. Raises Invalid if all are missing."""
        if self.cio_id:
            return cio_identifier(self.cio_id)
        if self.id:
            return Identifier.external_id(self.id)
        if self.email:
            return Identifier.email(self.email)
        raise Invalid(
            "No identifier: give an id, an email or a cio_id.", code="identifier_missing", field="identifiers"
        )


def default_list_id(account_id: str) -> int:
    return bootstrap.lists().default(account_id).id


def find_person(account_id: str, identifier: Identifier) -> Contact | None:
    """Return the person, or None. Raises Invalid for an invalid address."""
    (contact,) = bootstrap.contacts_by_given_id().by_identifiers(account_id, default_list_id(account_id), [identifier])
    return contact


def find_or_create_person(account_id: str, identifier: Identifier) -> Contact | None:
    """Return the person, and create an unknown one; None for an unknown cio_id, and for the address of an erased person."""
    known = find_person(account_id, identifier)
    if known is not None or identifier.kind == IdentifierKind.CONTACT_ID:
        return known
    return identify(account_id, identifier, ContactValues())


def identify(
    account_id: str, identifier: Identifier, draft: ContactValues, *, status_change: StatusChange = StatusChange.KEEP
) -> Contact | None:
    """Write a person; return None for an unknown cio_id, and for the address of an erased person. Raises Invalid."""
    upserts = bootstrap.contact_upserts()
    try:
        upserted = upserts.identify(
            account_id, default_list_id(account_id), identifier, draft, status_change=status_change
        )
    except NotFound:
        return None
    return None if upserted is None else upserted.contact


def merge_people(account_id: str, *, primary: PersonIdentifiers, secondary: PersonIdentifiers) -> None:
    """Merge the secondary person into the primary person. Raises Invalid for a person without an identifier."""
    bootstrap.contact_merge().merge(
        account_id, default_list_id(account_id), keep=primary.identifier(), drop=secondary.identifier()
    )


def people_of(account_id: str, identifiers: list[PersonIdentifiers]) -> list[Contact | None]:
    """Return the people with these identifiers in order, and create unknown ones. Raises Invalid for a missing identifier."""
    wanted = [entry.identifier() for entry in identifiers]
    known = bootstrap.contacts_by_given_id().by_identifiers(account_id, default_list_id(account_id), wanted)
    return [
        contact or find_or_create_person(account_id, identifier)
        for contact, identifier in zip(known, wanted, strict=True)
    ]


def suppress_person(account_id: str, identifier: Identifier) -> None:
    """Unsubscribe a person from all lists, and suppress the address, also of an unknown person."""
    contact = find_person(account_id, identifier)
    if contact is not None:
        bootstrap.contact_suppression().suppress(contact)
    elif identifier.kind == IdentifierKind.EMAIL:
        bootstrap.address_suppression().suppress(account_id, identifier.value)


def unsuppress_person(account_id: str, identifier: Identifier) -> None:
    """Lift the suppression of the address, unless the person requested it or complained. Subscriptions do not change."""
    contact = find_person(account_id, identifier)
    address = identifier.value if identifier.kind == IdentifierKind.EMAIL else ""
    email = address if contact is None else contact.email
    if email:
        bootstrap.contact_suppression().lift(account_id, email)
