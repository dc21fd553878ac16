"""Define requests and responses: lists."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data, Deleted, PageOf
from postrider.http.main.wire import (
    Languages,
    ListSenderResponse,
    Name,
    Redirections,
    RedirectionsResponse,
    Unix,
    Url,
)


class ListSummaryResponse(BaseModel):
    id: int
    name: str
    status: str
    language: str
    created_on: Unix | None
    default_sender: ListSenderResponse


class DefaultSender(BaseModel):
    id: Name


class ListRedirections(Redirections):
    pass


ListWebhookAction = StrEnum(
    "ListWebhookAction",
    """
    all subscribe unsubscribe update delete spam bounce bounce_ac bounce_cr bounce_df bounce_fm bounce_hb bounce_mb
    bounce_sb bounce_tr bounce_ar
    """,
)


class ListWebhook(BaseModel):
    """Legacy per-list callback."""

    url: Url | None = None
    actions: Annotated[list[ListWebhookAction], Field(min_length=1)] | None = None


class CreateList(BaseModel):
    name: Name
    default_sender: DefaultSender
    language: Languages | None = Languages("en_US")
    redirections: ListRedirections | None = ListRedirections()
    webhook: ListWebhook | None = ListWebhook()


class ListRedirectionsResponse(RedirectionsResponse):
    pass


class ListPagesResponse(BaseModel):
    opt_in: str | None
    opt_out: str | None
    subscribe: str | None
    unsubscribe: str | None


class ListWebhookResponse(BaseModel):
    """A value that was never set is null."""

    url: str | None = None
    actions: list[ListWebhookAction] | None = None


class ListFullResponse(BaseModel):
    id: int
    name: str
    status: str
    policy_accepted: bool
    language: str
    created_on: Unix
    default_sender: ListSenderResponse
    redirections: ListRedirectionsResponse
    pages: ListPagesResponse
    webhook: ListWebhookResponse


class CreateListResponse(BaseModel):
    id: int
    created: bool
    data: ListFullResponse


class UpdateList(BaseModel):
    name: Name | None = None
    default_sender: DefaultSender | None = None
    language: Languages | None = None
    redirections: ListRedirections | None = ListRedirections()
    webhook: ListWebhook | None = ListWebhook()


class PatchListResponse(BaseModel):
    id: int
    updated: bool
    data: ListFullResponse


class AcceptListPolicyResponse(BaseModel):
    id: int
    object: Literal["list"]
    policy_accepted: bool


class ArchiveListResponse(BaseModel):
    id: int
    object: Literal["list"]
    archived: bool


class UnarchiveListResponse(BaseModel):
    id: int
    object: Literal["list"]
    archived: bool


ListsResponse = PageOf[ListSummaryResponse]
ListResponse = Data[ListFullResponse]
DeleteListResponse = Deleted[int, Literal["list"]]
