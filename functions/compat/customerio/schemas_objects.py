"""Define requests and responses of Customer.io's App API: objects."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictInt, StrictStr

from functions.compat.customerio.schemas_filters import SCALAR, Text
from functions.compat.customerio.translate_identifiers import CustomerIdentifiers
from functions.compat.customerio.unions import chosen_by_member, expected
from postrider.kit.wire_ids import MAX_DECIMAL_CHARS
from postrider.objects.rules import MAX_NAME_CHARS

MAX_PARTS = 100
"""Maximum number of conditions in one group of a filter."""

TypeNumber = Annotated[
    StrictInt | Annotated[StrictStr, Field(json_schema_extra={"maxLength": MAX_DECIMAL_CHARS})],
    expected("a whole number, or its digits as a text"),
]
"""Type of objects in a body: a number, or its digits as text."""
TypeId = Annotated[int, Path(description="Object type, from 1 up.")]
ObjectId = Annotated[str, Path(description="object_id or cio_object_id, see id_type.")]


class ObjectIdType(StrEnum):
    OBJECT_ID = "object_id"
    CIO_OBJECT_ID = "cio_object_id"


IdType = Annotated[ObjectIdType, Query(alias="id_type", description="What object_id is.")]


class ObjectType(BaseModel):
    id: Annotated[str, Field(pattern=r"^[0-9]+$", description="object_type_id: digits as text, from 1 up.")]
    name: str
    singular_name: str
    slug: str
    singular_slug: str
    icon: str
    enabled: bool


class ObjectTypesResponse(BaseModel):
    types: list[ObjectType]


class AttributeTest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    field: Annotated[str, Field(description="Attribute name.", max_length=MAX_NAME_CHARS)]
    operator: Literal["exists", "eq"]
    value: Annotated[Text | float | bool | None, SCALAR, Field(description="Needed for `eq`.")] = None
    type_id: Annotated[TypeNumber, Field(description="Object type; has to equal the request's object_type_id.")]


class ObjectAttributeCondition(BaseModel):
    model_config = ConfigDict(extra="forbid", title="object_attribute")
    object_attribute: AttributeTest


class AllOf(BaseModel):
    model_config = ConfigDict(extra="forbid", title="and")
    parts: Annotated[list[ObjectFilter], Field(alias="and", min_length=1, max_length=MAX_PARTS)]


class AnyOf(BaseModel):
    model_config = ConfigDict(extra="forbid", title="or")
    parts: Annotated[list[ObjectFilter], Field(alias="or", min_length=1, max_length=MAX_PARTS)]


class Not(BaseModel):
    model_config = ConfigDict(extra="forbid", title="not")
    part: Annotated[ObjectFilter, Field(alias="not")]


_BY_KEY = chosen_by_member({"object_attribute": ObjectAttributeCondition, "and": AllOf, "or": AnyOf, "not": Not})


class ObjectFilter(RootModel[Annotated[ObjectAttributeCondition | AllOf | AnyOf | Not, _BY_KEY]]):
    """A condition on attributes, or a group of conditions."""


class FindObjectsRequest(BaseModel):
    object_type_id: Annotated[
        TypeNumber, Field(description="Type to search in; text in the schema, clients may send a number.")
    ]
    filter: ObjectFilter


class ObjectIdentifiers(BaseModel):
    object_id: str
    cio_object_id: str


class ObjectsPage(BaseModel):
    identifiers: list[ObjectIdentifiers]
    ids: Annotated[list[str], Field(description="The object_ids alone, same order.")]
    next: Annotated[str, Field(description="Cursor of the next page; blank on the last page.")]


class ShownIdentifiers(ObjectIdentifiers):
    id: Annotated[str, Field(description="The object_id once more.")]


class ShownObject(BaseModel):
    object_type_id: str
    identifiers: ShownIdentifiers
    attributes: dict[str, Any]
    timestamps: Annotated[dict[str, int], Field(description="Attribute name to the time it was set.")]


class ObjectAttributesResponse(BaseModel):
    object: ShownObject


class RelatedPerson(BaseModel):
    object_type_id: str
    identifiers: CustomerIdentifiers
    object_type_disabled: bool
    relationship_attributes: dict[str, Any]


class ObjectRelationshipsPage(BaseModel):
    cio_relationships: list[RelatedPerson]
    next: Annotated[str, Field(description="Cursor of the next page; blank on the last page.")]
