"""Define requests and responses: attributes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.attributes.rules import MAX_MEDIUMTEXT_BYTES, MAX_TEXT
from postrider.http.envelopes import Data, PageOf

Value = Annotated[str, Field(json_schema_extra={"maxLength": MAX_MEDIUMTEXT_BYTES})]
Option = Annotated[str, Field(json_schema_extra={"maxLength": MAX_TEXT})]


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
    name: Annotated[str, Field(max_length=255, pattern="^[A-Za-z0-9\\-_]+$")]
    type: CustomAttributeType


class CreateAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    created: bool
    data: CustomAttributeFullResponse


class CustomAttributeFormat(StrEnum):
    TEXT = "text"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    PHONE = "phone"
    URL = "url"
    IMAGE = "image"
    BIRTHDAY = "birthday"
    POSTCODE = "postcode"
    ADDRESS = "address"


class PatchCustomAttribute(BaseModel):
    required: Annotated[
        StrictBool | None, Field(description="Whether a new contact must have a value, or there must be a default.")
    ] = None
    default: Annotated[
        Value | None, Field(description="Value of new contacts that have none; empty for no default.")
    ] = None
    options: Annotated[
        list[Option] | None,
        Field(description="Values of the format choice: up to 100 texts without commas; empty for other formats."),
    ] = None
    format: Annotated[
        CustomAttributeFormat | None,
        Field(
            description="Format of values: a text can have all but address, which needs a mediumtext; other types have one."
        ),
    ] = None


class DefinedAttributeResponse(BaseModel):
    name: str
    type: CustomAttributeType
    format: Annotated[CustomAttributeFormat, Field(description="Format of values.")]
    required: Annotated[bool, Field(description="Whether a new contact must have a value, or there must be a default.")]
    default: Annotated[str, Field(description="Value of new contacts that have none; empty when there is no default.")]
    options: Annotated[list[str], Field(description="Values of the format choice; empty for other formats.")]


class PatchCustomAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    updated: bool
    data: DefinedAttributeResponse


class DeleteCustomAttributeResponse(BaseModel):
    name: str
    object: Literal["attribute"]
    deleted: bool


CustomAttributesResponse = PageOf[CustomAttributeFullResponse]
CustomAttributeResponse = Data[CustomAttributeFullResponse]
