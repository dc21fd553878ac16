"""Define what version 2 of Customer.io's Track API takes: one call form for all that happens to people and objects."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.schemas_track import DeviceIn, EventId, ObjectIdentifiersIn, Seconds
from functions.compat.customerio.track_people import PersonIdentifiers

MAX_CALLS = 1000
"""In a batch, whose body is limited anyway."""


class EntityType(StrEnum):
    PERSON = "person"
    OBJECT = "object"


class Action(StrEnum):
    IDENTIFY = "identify"
    DELETE = "delete"
    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"
    ADD_RELATIONSHIPS = "add_relationships"
    DELETE_RELATIONSHIPS = "delete_relationships"
    ADD_DEVICE = "add_device"
    DELETE_DEVICE = "delete_device"
    MERGE = "merge"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"


class Identifiers(PersonIdentifiers, ObjectIdentifiersIn):
    """Identifiers of a person, or of an object."""


class EntityRelationship(BaseModel):
    """A relation to an object, or of an object to a person."""

    identifiers: Identifiers
    relationship_attributes: dict[str, Any] | None = None


class DeviceNamed(DeviceIn):
    platform: Annotated[str, Field(description="Needed to add a device.", json_schema_extra={"maxLength": 50})] = ""
    token: Annotated[str | None, Field(description="Another name of id.", json_schema_extra={"maxLength": 1000})] = None


class Entity(BaseModel):
    """An action on a person or an object; its name says which members it needs."""

    type: EntityType
    action: Action
    identifiers: Identifiers | None = None
    attributes: Annotated[dict[str, Any] | None, Field(description="Attributes to set, or the data of an event.")] = (
        None
    )
    name: Annotated[str | None, Field(description="Of an event.", json_schema_extra={"maxLength": 100})] = None
    id: EventId = None
    timestamp: Seconds = None
    device: DeviceNamed | None = None
    cio_relationships: Annotated[list[EntityRelationship] | None, Field(max_length=1000)] = None
    primary: Annotated[PersonIdentifiers | None, Field(description="Of a merge: the person to keep.")] = None
    secondary: Annotated[PersonIdentifiers | None, Field(description="Of a merge: the person to delete.")] = None


class EntityBatch(BaseModel):
    """Calls in one request; each is checked by itself, so that a wrong one does not stop the others."""

    model_config = ConfigDict(json_schema_extra={"required": ["batch"]})
    batch: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_CALLS)]


class BatchError(BaseModel):
    batch_index: Annotated[int, Field(description="Place of the call in the batch, from 0.")]
    reason: Literal["invalid", "forbidden"]
    field: str
    message: str


class BatchResult(BaseModel):
    errors: Annotated[list[BatchError], Field(description="The calls that were refused; the others are done.")]
