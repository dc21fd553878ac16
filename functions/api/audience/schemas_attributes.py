"""Define requests and responses: attributes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data, PageOf


class CustomAttributeType(StrEnum):
    TEXT = "text"
    MEDIUMTEXT = "mediumtext"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    DATETIME = "datetime"


class CustomAttributeFullResponse(BaseModel):
    name: str | None
    type: CustomAttributeType | None


class CreateCustomAttribute(BaseModel):
    name: Annotated[str, Field(pattern="^[A-Za-z0-9\\-_]+$")]
    type: CustomAttributeType


class CreateAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    created: bool
    data: CustomAttributeFullResponse


class DeleteCustomAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    deleted: bool


CustomAttributesResponse = PageOf[CustomAttributeFullResponse]
CustomAttributeResponse = Data[CustomAttributeFullResponse]
