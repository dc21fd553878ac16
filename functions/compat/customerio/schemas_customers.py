"""Define requests and responses of Customer.io's APIs: people."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.people import PersonIdentifiers
from functions.compat.customerio.schemas_filters import AudienceFilter
from functions.compat.customerio.schemas_track import AnonymousId, CustomerRelationships
from functions.compat.customerio.translate_identifiers import CustomerIdentifiers
from functions.compat.customerio.unions import expected
from postrider.contacts.identifiers import MAX_EXTERNAL_ID, MAX_VALUE_CHARS

MAX_BOOLEAN_CHARS = 20
"""Maximum length of a text for a boolean."""

ExternalId = Annotated[str, Field(max_length=MAX_EXTERNAL_ID)]
Email = Annotated[str, Field(max_length=MAX_VALUE_CHARS)]
BooleanText = Annotated[str, Field(json_schema_extra={"maxLength": MAX_BOOLEAN_CHARS})]


class Identification(BaseModel):
    """The members of a person. Other members are attributes; null and blank ones are removed."""

    model_config = ConfigDict(extra="allow")
    id: Annotated[
        ExternalId | StrictInt | StrictFloat | None,
        expected(f"a text of at most {MAX_EXTERNAL_ID} characters or a number"),
        Field(description="Kept by a person who has one, unless a cio_id names the person."),
    ] = None
    email: Annotated[
        Email | StrictInt | StrictFloat | None,
        expected(f"a text of at most {MAX_VALUE_CHARS} characters or a number"),
        Field(description="Stays with another person who has it. Blank: taken from a person with an id."),
    ] = None
    unsubscribed: Annotated[
        bool | BooleanText | StrictInt | StrictFloat | None,
        expected("a boolean, a text or a number"),
        Field(
            description="True unsubscribes, and false subscribes, unless the person left or complained, or the mailbox is dead."
        ),
    ] = None
    anonymous_id: Annotated[
        AnonymousId | None, Field(description="A visitor whose events become those of the person.")
    ] = None
    cio_relationships: CustomerRelationships | None = None
    only_known: Annotated[
        StrictBool | None, Field(alias="_update", description="Whether an unknown person is left out.")
    ] = False


class CustomerMerge(BaseModel):
    primary: Annotated[PersonIdentifiers, Field(description="The person to keep.")]
    secondary: Annotated[PersonIdentifiers, Field(description="The person to delete.")]


class CustomerList(BaseModel):
    results: list[CustomerIdentifiers]


class CustomerDevice(BaseModel):
    id: str
    platform: str
    last_used: UnixTime
    attributes: dict[str, Any]


class Customer(BaseModel):
    id: Annotated[str, Field(description="The id of the account's own; blank for a person without one.")]
    identifiers: CustomerIdentifiers
    attributes: Annotated[dict[str, str | int], Field(description="With the identifiers of the person.")]
    timestamps: Annotated[
        dict[str, int], Field(description="When each attribute was set: empty, since these moments are not stored.")
    ]
    unsubscribed: Annotated[bool, Field(description="Whether the person, the account or a complaint took the consent.")]
    devices: list[CustomerDevice]


class CustomerResponse(BaseModel):
    customer: Customer


class CustomerSearch(BaseModel):
    filter: AudienceFilter


class CustomerPage(BaseModel):
    identifiers: list[CustomerIdentifiers]
    ids: Annotated[list[str], Field(description="Only the ids, in the same order; blank for people without an id.")]
    next: str
