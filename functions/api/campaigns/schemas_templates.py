"""Define requests and responses: templates and campaign blueprints."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postrider.content.limits import MAX_SUBJECT_CHARS
from postrider.http.envelopes import Data, Deleted, PageOf, Updated
from postrider.http.main.contents import Html, Text
from postrider.http.main.wire import Name, Unix

TemplateTag = Annotated[str, Field(max_length=64)]
TRIGGER_NAME = "A second name for programs, unique in the account without regard to case."
TriggerName = Annotated[
    Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None,
    Field(description=TRIGGER_NAME),
]
EditorDocument = Annotated[
    dict[str, Any] | None,
    Field(alias="json", description='The document of an editor; {"mjml": "…"} of the type custom is compiled to HTML.'),
]


class TemplateTypeEnum(StrEnum):
    HTML = "html"
    TEXT = "text"
    BEE = "bee"
    CUSTOM = "custom"


class PatchTemplateContent(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    type: TemplateTypeEnum | None = None
    subject: Annotated[str, Field(json_schema_extra={"maxLength": MAX_SUBJECT_CHARS})] | None = None
    html: Html | None = None
    text: Text | None = None
    json_: EditorDocument = None


class TemplateContent(PatchTemplateContent):
    type: TemplateTypeEnum


class TemplateCreate(BaseModel):
    name: Name
    content: TemplateContent
    tags: list[TemplateTag] | None = None
    trigger_name: TriggerName = None


class PatchTemplate(BaseModel):
    name: Name | None = None
    content: PatchTemplateContent | None = None
    tags: list[TemplateTag] | None = None
    trigger_name: TriggerName = None


class TemplateSummaryResponse(BaseModel):
    id: int
    name: str
    created_on: Unix
    updated_on: Unix
    tags: list[str] | None
    thumbnail: str | None = None
    thumbnail_url: str | None = None
    trigger_name: Annotated[str | None, Field(description=TRIGGER_NAME)]


class TemplateContentResponse(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    type: TemplateTypeEnum
    subject: str | None
    html: str | None
    text: str | None
    json_: EditorDocument


class TemplateFullResponse(BaseModel):
    id: int
    name: str
    created_on: Unix
    updated_on: Unix
    tags: list[str] | None
    trigger_name: Annotated[str | None, Field(description=TRIGGER_NAME)]
    content: TemplateContentResponse


class CreateTemplateResponse(BaseModel):
    id: int
    object: Literal["template"]
    created: bool


class CampaignBlueprintSummaryResponse(BaseModel):
    id: int
    name: str
    created_on: Unix
    updated_on: Unix
    tags: list[str] | None
    thumbnail: str | None = None
    thumbnail_url: str | None = None


class CampaignBlueprintResponse(BaseModel):
    data: TemplateFullResponse


TemplatesResponse = PageOf[TemplateSummaryResponse]
TemplateResponse = Data[TemplateFullResponse]
PatchTemplateResponse = Updated[int, Literal["template"], TemplateFullResponse]
DeleteTemplateResponse = Deleted[int, Literal["template"]]
CampaignBlueprintsResponse = PageOf[CampaignBlueprintSummaryResponse]
