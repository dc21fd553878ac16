"""Define requests and responses: attributes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.wire import Pagination


class CustomAttributeType(StrEnum):
    TEXT = "text"
    MEDIUMTEXT = "mediumtext"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    DATETIME = "datetime"


class CustomAttributeFullResponse(BaseModel):
    name: str | None
    type: CustomAttributeType | None


class CustomAttributesResponse(BaseModel):
    pagination: Pagination
    data: list[CustomAttributeFullResponse]


class CreateCustomAttribute(BaseModel):
    name: Annotated[str, Field(pattern="^[A-Za-z0-9\\-_]+$")]
    type: CustomAttributeType


class CreateAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    created: bool
    data: CustomAttributeFullResponse


class CustomAttributeResponse(BaseModel):
    data: CustomAttributeFullResponse


class DeleteCustomAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    deleted: bool
