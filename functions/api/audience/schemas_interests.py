"""Define requests and responses: interests."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.wire import InterestText, Pagination


class InterestFullResponse(BaseModel):
    name: str
    alias: str | None
    usage: Annotated[int | None, Field(description="Number of contacts having it.")]


class InterestsResponse(BaseModel):
    pagination: Pagination
    data: list[InterestFullResponse]


class CreateInterest(BaseModel):
    name: InterestText
    alias: str | None = None


class InterestCreatedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    created: bool


class InterestResponse(BaseModel):
    data: InterestFullResponse


class InterestDeletedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    deleted: bool


class PatchInterest(BaseModel):
    name: str | None = None
    alias: str | None = None


class InterestPatchedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    patched: bool
