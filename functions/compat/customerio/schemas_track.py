"""Define what Customer.io's Track API takes about events, devices and relations."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.track_people import PersonIdentifiers

Name = Annotated[str, Field(json_schema_extra={"maxLength": 100})]
EventId = Annotated[str | None, Field(description="Events with one id are one.", json_schema_extra={"maxLength": 100})]
Seconds = Annotated[int | None, Field(description="Unix seconds; the moment of the call when left out.")]
TypeId = Annotated[str | int, Field(description="Object type: digits, from 1 up.")]
ObjectId = Annotated[str | None, Field(json_schema_extra={"maxLength": 150})]


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
        str | None,
        Field(description="The visitor; the events follow when a person is identified with it."),
    ] = None


class DeviceIn(BaseModel):
    id: Annotated[str, Field(description="Token of the device.", json_schema_extra={"maxLength": 1000})]
    platform: Annotated[str, Field(description="Such as ios or android.", json_schema_extra={"maxLength": 50})]
    last_used: Seconds = None
    attributes: dict[str, Any] | None = None


class DeviceBody(BaseModel):
    device: DeviceIn


class ObjectIdentifiersIn(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)
    object_type_id: TypeId | None = None
    object_id: ObjectId = None
    cio_object_id: Annotated[str | None, Field(json_schema_extra={"maxLength": 20})] = None


class PersonRelationship(BaseModel):
    """A relation of the person of the call to an object."""

    identifiers: ObjectIdentifiersIn
    relationship_attributes: dict[str, Any] | None = None


class CustomerRelationships(BaseModel):
    """Relations that an identification of a person adds or deletes."""

    action: Literal["add_relationships", "delete_relationships"] | None = "add_relationships"
    relationships: Annotated[list[PersonRelationship], Field(max_length=100)]


class ObjectRelationship(BaseModel):
    """A relation of the object of the call to a person."""

    identifiers: PersonIdentifiers
    relationship_attributes: dict[str, Any] | None = None
