"""What goes over the wire: segments."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postrider.http.wire import NonEmpty, Pagination


class SegmentFullResponse(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: int
    name: str
    query: str | None
    fiql: str | None
    json_: Annotated[dict[str, Any] | None, Field(alias="json")]
    campaigns_count: Annotated[int, Field(description="Campaigns that use the segment.")]
    last_used: Annotated[int, Field(description="Unix seconds.")]
    created_on: Annotated[int, Field(description="Unix seconds.")]


class SegmentsResponse(BaseModel):
    pagination: Pagination
    data: list[SegmentFullResponse]


class CreateSegment(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    query: Annotated[NonEmpty | None, Field(description="SQL-like selection expression.")] = None
    fiql: Annotated[NonEmpty | None, Field(description="FIQL selection expression.")] = None
    json_: Annotated[dict[str, Any] | None, Field(alias="json", description="JSON selection expression.")] = None
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


class UpdateSegment(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    query: Annotated[NonEmpty | None, Field(description="SQL-like selection expression.")] = None
    fiql: Annotated[NonEmpty | None, Field(description="FIQL selection expression.")] = None
    json_: Annotated[dict[str, Any] | None, Field(alias="json", description="JSON selection expression.")] = None
    name: str | None = None


class PatchSegmentResponse(BaseModel):
    id: int
    object: Literal["segment"]
    updated: bool
    data: SegmentFullResponse
