"""Define requests of version 2 of Customer.io's Track API: one form for all actions on people and objects."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from functions.compat.customerio.people import PersonIdentifiers
from functions.compat.customerio.schemas_track import (
    EventId,
    Name,
    ObjectIdentifiersIn,
    Platform,
    Seconds,
    Token,
)
from functions.compat.customerio.translate_identifiers import MAX_CIO_ID
from postrider.contacts.identifiers import MAX_EXTERNAL_ID, MAX_VALUE_CHARS
from postrider.http.fields import Sparse
from postrider.objects.rules import MAX_ID_CHARS as MAX_OBJECT_ID
from postrider.objects.rules import MAX_TYPE_ID

MAX_CALLS = 1000
"""Maximum number of actions in a batch, whose body is limited anyway."""


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


_LIMITED = {
    name: {"type": "string", "maxLength": most}
    for name, most in {
        "id": MAX_EXTERNAL_ID,
        "email": MAX_VALUE_CHARS,
        "cio_id": MAX_CIO_ID,
        "object_type_id": len(str(MAX_TYPE_ID)),
        "object_id": MAX_OBJECT_ID,
        "cio_object_id": MAX_CIO_ID,
    }.items()
}


def _named_by(*names: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of an object with the members of one of these tuples."""
    options = [
        {"type": "object", "properties": {name: _LIMITED[name] for name in members}, "required": list(members)}
        for members in names
    ]
    return {"anyOf": options}


_OBJECT_IDS = (("object_type_id", "object_id"), ("cio_object_id",))


class EntityRelationship(BaseModel):
    """A relation to an object, or of an object to a person."""

    identifiers: Identifiers
    relationship_attributes: dict[str, Any] | None = None


class DeviceNamed(BaseModel):
    """A device with its token, which older clients send as its id."""

    token: Token | None = None
    id: Annotated[Token | None, Field(description="Another name of token.")] = None
    platform: Annotated[Platform | None, Field(description="Needed to add a device.")] = None
    last_used: Seconds = None
    attributes: dict[str, Any] | None = None


class Entity(BaseModel):
    """An action on a person or an object. Its required members depend on its name; all except a merge need identifiers."""

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
    name: Annotated[Name | None, Field(description="Of an event.")] = None
    id: EventId = None
    timestamp: Seconds = None
    device: DeviceNamed | None = None
    cio_relationships: Annotated[list[EntityRelationship] | None, Field(max_length=1000)] = None
    primary: Annotated[PersonIdentifiers | None, Field(description="Of a merge: the person to keep.")] = None
    secondary: Annotated[PersonIdentifiers | None, Field(description="Of a merge: the person to delete.")] = None


class EntityBatch(BaseModel):
    """Calls in one request; each is checked separately, so that an invalid call does not stop the others."""

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
