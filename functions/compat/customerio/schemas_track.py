"""Define requests of Customer.io's Track API: events, devices and relations."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.translate_identifiers import MAX_CIO_ID
from functions.compat.customerio.unions import expected
from postrider.contact_events.rules import MAX_ANONYMOUS_CHARS, MAX_ID_CHARS, MAX_NAME_CHARS
from postrider.devices.service import MAX_PLATFORM_CHARS, MAX_TOKEN_BYTES
from postrider.objects.rules import MAX_ID_CHARS as MAX_OBJECT_ID
from postrider.objects.rules import MAX_TYPE_ID

Name = Annotated[str, Field(max_length=MAX_NAME_CHARS)]
EventId = Annotated[
    Annotated[str, Field(max_length=MAX_ID_CHARS)] | None,
    Field(description="An event with a repeated id is stored once."),
]
Seconds = Annotated[int | None, Field(description="Unix seconds; by default the moment of the call.")]
TypeId = Annotated[
    Annotated[str, Field(max_length=len(str(MAX_TYPE_ID)))] | int,
    expected("digits, as a text or a number"),
    Field(description="Object type: digits, from 1 up."),
]
AnonymousId = Annotated[str, Field(max_length=MAX_ANONYMOUS_CHARS)]
Token = Annotated[str, Field(max_length=MAX_TOKEN_BYTES)]
Platform = Annotated[str, Field(max_length=MAX_PLATFORM_CHARS)]


class EventType(StrEnum):
    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"


class Done(BaseModel):
    """An answer without members."""


class CustomerEvent(BaseModel):
    name: Name
    type: Annotated[
        EventType | None,
        Field(description="event when left out. Of a page or screen, the name is that of the page or screen."),
    ] = None
    id: EventId = None
    timestamp: Seconds = None
    data: Annotated[dict[str, Any] | None, Field(description="Properties: at most 32 KB.")] = None


class AnonymousEvent(CustomerEvent):
    anonymous_id: Annotated[
        AnonymousId | None,
        Field(description="The visitor; the events follow when a person is identified with it."),
    ] = None


class DeviceIn(BaseModel):
    id: Annotated[Token, Field(description="Token of the device.")]
    platform: Annotated[Platform, Field(description="Such as ios or android.")]
    last_used: Seconds = None
    attributes: dict[str, Any] | None = None


class DeviceBody(BaseModel):
    device: DeviceIn


class ObjectIdentifiersIn(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)
    object_type_id: TypeId | None = None
    object_id: Annotated[str, Field(max_length=MAX_OBJECT_ID)] | None = None
    cio_object_id: Annotated[str, Field(max_length=MAX_CIO_ID)] | None = None


class PersonRelationship(BaseModel):
    """A relation of the person of the call to an object."""

    identifiers: ObjectIdentifiersIn
    relationship_attributes: dict[str, Any] | None = None


class CustomerRelationships(BaseModel):
    """Relations that an identification of a person adds or deletes."""

    action: Literal["add_relationships", "delete_relationships"] | None = "add_relationships"
    relationships: Annotated[list[PersonRelationship], Field(max_length=100)]
