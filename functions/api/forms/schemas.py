"""What goes over the wire: forms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.wire import Languages, NonEmpty, Pagination, Url


class FormStatus(StrEnum):
    ACTIVE = "active"
    DELETED = "deleted"


class FormContentResponse(BaseModel):
    """What was never set reads as null."""

    linked: Annotated[str | None, Field(description="HTML of the hosted form page.")] = None
    embedded: Annotated[str | None, Field(description="HTML of the embeddable form.")] = None


class FormUrlsResponse(BaseModel):
    linked: Annotated[str | None, Field(description="HTML of the hosted form page.")]
    embedded: Annotated[str | None, Field(description="HTML of the embeddable form.")]


class FormRedirectionsResponse(BaseModel):
    """What was never set reads as null."""

    after_opt_in: Annotated[str | None, Field(description="Where to go after the subscription form.")] = None
    after_double_opt_in: Annotated[str | None, Field(description="Where to go after confirming.")] = None
    after_opt_out: Annotated[str | None, Field(description="Where to go after unsubscribing.")] = None


class FormFullResponse(BaseModel):
    id: str
    name: str
    status: FormStatus
    content: FormContentResponse
    language: Languages
    created_on: Annotated[int | None, Field(description="Unix seconds.")]
    last_updated_on: int | None
    url: FormUrlsResponse
    thumbnail: str | None
    thumbnail_url: str | None
    redirections: FormRedirectionsResponse
    list_id: int | None
    double_opt_in: bool | None


class FormsResponse(BaseModel):
    pagination: Pagination
    data: list[FormFullResponse]


class FormContent(BaseModel):
    embedded: Annotated[NonEmpty | None, Field(description="HTML of the embeddable form.")] = None
    linked: Annotated[NonEmpty | None, Field(description="HTML of the hosted form page.")] = None


class FormRedirections(BaseModel):
    after_opt_in: Annotated[Url | None, Field(description="Where to go after the subscription form.")] = None
    after_double_opt_in: Annotated[Url | None, Field(description="Where to go after confirming.")] = None
    after_opt_out: Annotated[Url | None, Field(description="Where to go after unsubscribing.")] = None


class CreateForm(BaseModel):
    name: NonEmpty
    status: FormStatus | None = FormStatus("active")
    content: FormContent
    redirections: FormRedirections | None = FormRedirections()
    list_id: Annotated[int, Field(ge=1)]
    language: Languages
    double_opt_in: bool | None = True


class CreateFormResponse(BaseModel):
    id: str
    object: Literal["form"]
    created: bool
    data: FormFullResponse


class FormResponse(BaseModel):
    data: FormFullResponse


class DeleteFormResponse(BaseModel):
    id: str
    object: Literal["form"]
    deleted: bool


class PatchForm(BaseModel):
    name: NonEmpty | None = None
    status: NonEmpty | None = None
    content: FormContent | None = FormContent()
    redirections: FormRedirections | None = FormRedirections()
    list_id: Annotated[int, Field(ge=1)] | None = None
    language: Languages | None = None
    double_opt_in: bool | None = None


class PatchFormResponse(BaseModel):
    id: str
    object: Literal["form"]
    updated: bool
    data: FormFullResponse
