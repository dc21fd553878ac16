"""Define requests and responses: tags."""

from typing import Literal

from pydantic import BaseModel

from postrider.http.envelopes import Data, PageOf
from postrider.http.main.wire import TagName


class TagFullResponse(BaseModel):
    tag: str


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


class CreateTag(BaseModel):
    tag: TagName


class CreateTagResponse(BaseModel):
    tag: str
    object: Literal["tag"]
    created: bool
    data: TagFullResponse | None


TagResponse = Data[TagFullResponse]
TagsResponse = PageOf[TagFullResponse]
