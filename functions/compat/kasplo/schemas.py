"""Define requests and responses of the Kasplo API."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

from postrider.attributes.rules import MAX_TEXT
from postrider.contacts.address import MAX_LENGTH
from postrider.http.fields import AsSent, HexId, IsoMoment
from postrider.http.named_pages import NamedPage, NamedPageRequest

T = TypeVar("T")
NameText = Annotated[str, Field(json_schema_extra={"maxLength": MAX_TEXT})]
IdText = Annotated[str, Field(json_schema_extra={"maxLength": 32})]


class Activity(IntEnum):
    ACTIVE = 1
    INACTIVE = 2


@dataclass(frozen=True, kw_only=True)
class Listing(NamedPageRequest):
    """The requested page of items with one status."""

    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=100, description="Items per page.")] = 10
    status: Annotated[Activity | None, Query(description="1: active, the default. 2: inactive.")] = None

    @property
    def activity(self) -> Activity:
        return self.status or Activity.ACTIVE


class TagErrorBody(BaseModel):
    status: Literal[False]
    statuscode: int
    message: str
    data: list[dict[str, Any]]
    limit: int | None = None
    total: int | None = None


class Item(BaseModel):
    name: str
    status: int
    created_at: IsoMoment


class ListItem(Item):
    list_id: HexId
    updated_at: IsoMoment


class CustomField(Item):
    custom_id: HexId
    type: Literal["string", "boolean", "numeric", "date", "dropdown"]
    values: str
    updated_at: IsoMoment
    required: Literal[0, 1]
    default: str


class Tag(Item):
    tag_id: HexId
    modified_at: IsoMoment


class PageOf(NamedPage[T], Generic[T]):
    error: dict[str, Any]
    message: str
    status: Literal[200]


class TagPage(NamedPage[Tag]):
    message: str
    status: Literal[True]
    statuscode: Literal[200]


class ContactIn(AsSent):
    """A contact. Its email is not checked here, since invalid entries are refused one by one."""

    model_config = ConfigDict(json_schema_extra={"required": ["email"]})
    email: Annotated[Any, WithJsonSchema({"type": "string", "maxLength": MAX_LENGTH})] = None
    first_name: NameText | None = None
    last_name: NameText | None = None
    custom_fields: dict[str, Any] | None = None


class InvalidContact(ContactIn):
    model_config = ConfigDict(json_schema_extra={"required": ["string"]})
    email: Any = None
    first_name: str | None = None
    last_name: str | None = None
    string: Annotated[str, Field(description="The reason.")]


class ContactBatch(BaseModel):
    data: Annotated[list[ContactIn], Field(min_length=1, max_length=100)]
    list_id: IdText
    tags: list[IdText] | None = None
    update_subscribers: StrictBool | None = False


class Contacts(BaseModel):
    valid_contacts: list[ContactIn]
    invalid_contacts: list[InvalidContact]
    total_valid: int
    total_invalid: int


class ContactResult(BaseModel):
    status: Literal[202]
    message: str
    data: Contacts
    error: dict[str, Any]
