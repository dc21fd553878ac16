"""Define requests and responses: forms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.forms.service import MAX_CONTENT_BYTES
from postrider.http.envelopes import Created, Data, Deleted, PageOf, Updated
from postrider.http.main.wire import Languages, Name, Redirections, RedirectionsResponse, Unix

Html = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_CONTENT_BYTES})]


class FormStatus(StrEnum):
    ACTIVE = "active"
    DELETED = "deleted"


class FormContentResponse(BaseModel):
    """A value that was never set is null."""

    linked: Annotated[str | None, Field(description="HTML of the hosted form page.")] = None
    embedded: Annotated[str | None, Field(description="HTML of the embeddable form.")] = None


class FormUrlsResponse(BaseModel):
    linked: Annotated[str | None, Field(description="Address of the hosted form page.")]
    embedded: Annotated[str | None, Field(description="Address of the embeddable form.")]


class FormRedirectionsResponse(RedirectionsResponse):
    pass


class FormFullResponse(BaseModel):
    id: str
    name: str
    status: FormStatus
    content: FormContentResponse
    language: Languages
    created_on: Unix | None
    last_updated_on: int | None
    url: FormUrlsResponse
    thumbnail: str | None
    thumbnail_url: str | None
    redirections: FormRedirectionsResponse
    list_id: int | None
    double_opt_in: bool | None


class FormContent(BaseModel):
    embedded: Annotated[Html | None, Field(description="HTML of the embeddable form.")] = None
    linked: Annotated[Html | None, Field(description="HTML of the hosted form page.")] = None


class FormRedirections(Redirections):
    pass


class CreateForm(BaseModel):
    name: Name
    status: FormStatus | None = FormStatus("active")
    content: FormContent
    redirections: FormRedirections | None = FormRedirections()
    list_id: Annotated[int, Field(ge=1)]
    language: Languages
    double_opt_in: StrictBool | None = True


class PatchForm(BaseModel):
    name: Name | None = None
    status: Name | None = None
    content: FormContent | None = FormContent()
    redirections: FormRedirections | None = FormRedirections()
    list_id: Annotated[int, Field(ge=1)] | None = None
    language: Languages | None = None
    double_opt_in: StrictBool | None = None


FormsResponse = PageOf[FormFullResponse]
CreateFormResponse = Created[str, Literal["form"], FormFullResponse]
FormResponse = Data[FormFullResponse]
DeleteFormResponse = Deleted[str, Literal["form"]]
PatchFormResponse = Updated[str, Literal["form"], FormFullResponse]
