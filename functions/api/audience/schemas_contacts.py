"""Define requests and responses: contacts."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from postrider.attributes.rules import MAX_MEDIUMTEXT_BYTES
from postrider.contacts.address import MAX_LENGTH
from postrider.http.envelopes import Created, CursorPageOf, Data, Deleted, PageOf, Updated
from postrider.http.main.wire import (
    DownloadUrl,
    Email,
    InterestText,
    Name,
    NonEmpty,
    SelectionBody,
    SqlText,
    TagName,
    Unix,
)


class ContactSelection(SelectionBody):
    """By id, by one expression, or both: the union."""

    contact_ids: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=1024)] | None = None


class AddInterestsToContacts(ContactSelection):
    interests: Annotated[list[InterestText], Field(max_length=16)]


class AddInterestsToMultipleContactsResponse(BaseModel):
    object: Literal["interests"]
    added: bool


class CustomAttributesDataResponse(BaseModel):
    name: NonEmpty
    value: str


class ContactSuppression(BaseModel):
    reason: Annotated[
        str, Field(description="The source of the suppression: manual, bounce, global_unsubscribe or complaint.")
    ]
    since: Annotated[Unix, Field(description="When the address was suppressed.")]
    pattern: Annotated[
        str | None,
        Field(
            description="The pattern that covers the address, like *@example.com; null: the address itself is suppressed."
        ),
    ]


class ContactFullResponse(BaseModel):
    id: int
    email: str
    status: str
    subscribed_on: Unix
    last_bounce_type: str
    bounces_count: int
    custom_attributes: list[CustomAttributesDataResponse]
    tags: list[str] | None
    interests: list[str] | None
    opted_in_on: Annotated[
        Unix | None,
        Field(
            description="When the person opted in, from an imported file; null without one, also after a confirmed sign-up."
        ),
    ]
    suppressed: Annotated[
        ContactSuppression | None,
        Field(description="The suppression of the address, which overrides the status; null without one."),
    ]


class CustomAttribute(BaseModel):
    name: Name
    value: Annotated[str, Field(json_schema_extra={"maxLength": MAX_MEDIUMTEXT_BYTES})] | None = None


class CreateContact(BaseModel):
    email: Email
    custom_attributes: list[CustomAttribute] | None = None


class ContactSelectionToTag(SelectionBody):
    contact_ids: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=1024)] | None = None
    query: Annotated[SqlText, Field(min_length=1)] | None = None


class TagMultipleContacts(ContactSelectionToTag):
    tags: Annotated[list[TagName], Field(min_length=1, max_length=1024)]


class TagMultipleContactsResponse(BaseModel):
    tagged: bool


class UntagMultipleContacts(ContactSelectionToTag):
    tags: Annotated[list[TagName], Field(min_length=1, max_length=1024)]


class UntagMultipleContactsResponse(BaseModel):
    untagged: bool


class PatchContact(BaseModel):
    email: Email | None = None
    custom_attributes: list[CustomAttribute] | None = None
    interests: list[InterestText] | None = None
    tags: list[TagName] | None = None


class ContactStatus(StrEnum):
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    DELETED = "deleted"


class ImportContactData(BaseModel):
    email: Annotated[str, Field(json_schema_extra={"format": "email", "maxLength": MAX_LENGTH})]
    custom_attributes: Annotated[list[CustomAttribute], Field(min_length=1)] | None = None


class ImportContacts(BaseModel):
    import_to: ContactStatus | None = None
    contacts: Annotated[list[ImportContactData], Field(min_length=1)]
    start_workflows: Annotated[
        StrictBool | None, Field(description="Let new active contacts enter the workflows of the list.")
    ] = None


class ImportContactsResponse(BaseModel):
    import_id: Annotated[str, Field(json_schema_extra={"format": "uuid4"})] | None
    id: list[int]
    object: Literal["contact"]
    imported: bool
    data: list[ContactFullResponse] | None


class UnsubscribeContactResponse(BaseModel):
    id: int
    object: Literal["contact"]
    subscribed: bool
    data: ContactFullResponse


class TagContact(BaseModel):
    tags: Annotated[list[TagName], Field(min_length=1, max_length=1024)]


class TagContactResponse(BaseModel):
    tagged: bool


class UntagContactResponse(BaseModel):
    untagged: bool


class RemoveInterestsFromContacts(ContactSelection):
    interests: Annotated[list[InterestText], Field(max_length=16)]


class RemoveInterestsFromMultipleContactsResponse(BaseModel):
    object: Literal["interests"]
    removed: bool


class ContactsExportStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    DELETED = "deleted"
    FAILED = "failed"


class ContactsExportFullResponse(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: str
    status: ContactsExportStatus
    description: str | None
    segment_id: int | None
    filter: str | None
    query: str | None
    fiql: str | None
    json_: Annotated[dict[str, Any] | None, Field(alias="json")]
    created_on: Unix
    expires_on: Unix
    progress: Annotated[float, Field(description="Completion; tasks use an integer, exports a number.")]


class ContactsExportDeleteResponse(BaseModel):
    id: str
    object: Literal["contactsexport"]
    deleted: bool
    data: ContactsExportFullResponse


class DownloadContactsExportFullResponse(BaseModel):
    expires_on: Unix
    url: DownloadUrl


ContactsResponse = CursorPageOf[ContactFullResponse]
CreateContactResponse = Created[int, Literal["contact"], ContactFullResponse | None]
ContactResponse = Data[ContactFullResponse]
DeleteContactResponse = Deleted[int, Literal["contact"]]
PatchContactResponse = Updated[int, Literal["contact"], ContactFullResponse]
ContactsExportsResponse = PageOf[ContactsExportFullResponse]
CreateContactsExportResponse = Created[str, Literal["task"], ContactsExportFullResponse]
ContactsExportResponse = Data[ContactsExportFullResponse]
DownloadContactsExportResponse = Data[DownloadContactsExportFullResponse]
