"""Define requests and responses: tags."""

from typing import Literal

from pydantic import BaseModel

from postrider.http.wire import Pagination, TagName


class TagFullResponse(BaseModel):
    tag: str


class TagResponse(BaseModel):
    data: TagFullResponse


class DeleteTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    deleted: bool


class PatchTag(BaseModel):
    tag: TagName


class PatchTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    updated: bool
    data: TagFullResponse


class ArchiveTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    archived: bool
    data: TagFullResponse


class UnarchiveTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    archived: bool
    data: TagFullResponse


class TagsResponse(BaseModel):
    pagination: Pagination
    data: list[TagFullResponse]


class CreateTag(BaseModel):
    tag: TagName


class CreateTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    created: bool
    data: TagFullResponse | None
