"""Define requests and responses of the Docs API: merge fields."""

from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from functions.compat.docs.schemas import HexId, Linked, not_blank
from postrider.attributes.rules import MAX_HELP_TEXT, MAX_LABEL, MAX_MEDIUMTEXT_BYTES

MergeId = Annotated[int, Path(description="Id of the merge field.")]


class MergeFieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    ADDRESS = "address"
    PHONE = "phone"
    DATE = "date"
    URL = "url"
    IMAGEURL = "imageurl"
    RADIO = "radio"
    DROPDOWN = "dropdown"
    BIRTHDAY = "birthday"
    ZIP = "zip"


class MergeFieldWrite(BaseModel):
    """A merge field. Only a new one needs a type."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Colour", "type": "text"}})
    name: Annotated[str, Field(max_length=MAX_LABEL), AfterValidator(not_blank)]
    type: MergeFieldType | None = None
    tag: Annotated[str, Field(json_schema_extra={"maxLength": 10})] | None = None
    required: StrictBool | None = None
    default_value: Annotated[str | None, Field(max_length=MAX_MEDIUMTEXT_BYTES)] = None
    public: StrictBool | None = None
    display_order: StrictInt | None = None
    options: dict[str, Any] | None = None
    help_text: Annotated[str | None, Field(max_length=MAX_HELP_TEXT)] = None


class MergeField(Linked):
    merge_id: int
    tag: str
    name: str
    type: MergeFieldType
    required: bool
    default_value: str
    public: bool
    display_order: int
    options: dict[str, Any]
    help_text: str
    list_id: HexId


class MergeFields(Linked):
    merge_fields: list[MergeField]
    total_items: int
    list_id: HexId
