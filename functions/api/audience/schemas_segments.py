"""Define requests and responses: segments."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postrider.http.wire import FiqlText, NonEmpty, Pagination, SelectionBody, SqlText, Unix


class SegmentFullResponse(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: int
    name: str
    query: str | None
    fiql: str | None
    json_: Annotated[dict[str, Any] | None, Field(alias="json")]
    campaigns_count: Annotated[int, Field(description="Campaigns that use the segment.")]
    last_used: Unix
    created_on: Unix


class SegmentsResponse(BaseModel):
    pagination: Pagination
    data: list[SegmentFullResponse]


class SegmentSelection(SelectionBody):
    query: Annotated[SqlText, Field(min_length=1)] | None = None
    fiql: Annotated[FiqlText, Field(min_length=1)] | None = None


class CreateSegment(SegmentSelection):
    name: NonEmpty


class CreateSegmentResponse(BaseModel):
    id: int
    object: Literal["segment"]
    created: bool
    data: SegmentFullResponse


class SegmentResponse(BaseModel):
    data: SegmentFullResponse


class DeleteSegmentResponse(BaseModel):
    id: int
    object: Literal["segment"]
    deleted: bool


class UpdateSegment(SegmentSelection):
    name: str | None = None


class PatchSegmentResponse(BaseModel):
    id: int
    object: Literal["segment"]
    updated: bool
    data: SegmentFullResponse
