"""Define requests and responses: interests."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data, PageOf
from postrider.http.main.wire import InterestText, Line


class InterestFullResponse(BaseModel):
    name: str
    alias: str | None
    usage: Annotated[int | None, Field(description="Number of contacts having it.")]


class CreateInterest(BaseModel):
    name: InterestText
    alias: Line | None = None


class InterestCreatedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    created: bool


class InterestDeletedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    deleted: bool


class PatchInterest(BaseModel):
    name: Annotated[str, Field(json_schema_extra={"maxLength": 255})] | None = None
    alias: Line | None = None


class InterestPatchedResponse(BaseModel):
    object: Literal["interest"]
    data: InterestFullResponse
    patched: bool


InterestsResponse = PageOf[InterestFullResponse]
InterestResponse = Data[InterestFullResponse]
