"""Define what version 2 of Customer.io's Track API takes: one call form for all that happens to people and objects."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from functions.compat.customerio.schemas_track import EventId, ObjectIdentifiersIn, Seconds
from functions.compat.customerio.track_people import PersonIdentifiers
from postrider.http.fields import Sparse

MAX_CALLS = 1000
"""In a batch, whose body is limited anyway."""


class EntityType(StrEnum):
    PERSON = "person"
    OBJECT = "object"


class Action(StrEnum):
    ADD_RELATIONSHIPS = "add_relationships"
    DELETE_RELATIONSHIPS = "delete_relationships"
    IDENTIFY = "identify"
    DELETE = "delete"
    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"
    ADD_DEVICE = "add_device"
    DELETE_DEVICE = "delete_device"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    MERGE = "merge"


class Identifiers(PersonIdentifiers, ObjectIdentifiersIn):
    """Identifiers of a person, or of an object."""


def _named_by(*names: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of an object that has the members of one of these tuples."""
    options = [
        {"type": "object", "properties": {name: {"type": "string"} for name in members}, "required": list(members)}
        for members in names
    ]
    return {"anyOf": options}


_OBJECT_IDS = (("object_type_id", "object_id"), ("cio_object_id",))


class EntityRelationship(BaseModel):
    """A relation to an object, or of an object to a person."""

    identifiers: Identifiers
    relationship_attributes: dict[str, Any] | None = None


class DeviceNamed(BaseModel):
    """A device, named by its token, which older clients send as its id."""

    token: Annotated[str | None, Field(json_schema_extra={"maxLength": 1000})] = None
    id: Annotated[str | None, Field(description="Another name of token.", json_schema_extra={"maxLength": 1000})] = None
    platform: Annotated[
        str | None, Field(description="Needed to add a device.", json_schema_extra={"maxLength": 50})
    ] = None
    last_used: Seconds = None
    attributes: dict[str, Any] | None = None


class Entity(BaseModel):
    """An action on a person or an object; its name says which members it needs. All but a merge need the identifiers."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "action", "identifiers"]})

    type: EntityType
    action: Action
    identifiers: Annotated[
        Identifiers,
        Field(default_factory=Identifiers),
        WithJsonSchema(_named_by(("id",), ("email",), ("cio_id",), *_OBJECT_IDS)),
    ]
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


class BatchResult(Sparse):
    errors: Annotated[
        list[BatchError] | None, Field(description="The calls that were refused; the others are done.")
    ] = None
