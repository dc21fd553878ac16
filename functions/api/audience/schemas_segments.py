"""Define requests and responses: segments."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postrider.http.envelopes import Created, Data, Deleted, PageOf, Updated
from postrider.http.main.wire import FiqlText, Line, Name, SelectionBody, SqlText, Unix


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


class SegmentSelection(SelectionBody):
    query: Annotated[SqlText, Field(min_length=1)] | None = None
    fiql: Annotated[FiqlText, Field(min_length=1)] | None = None


class CreateSegment(SegmentSelection):
    name: Name


class UpdateSegment(SegmentSelection):
    name: Line | None = None


SegmentsResponse = PageOf[SegmentFullResponse]
CreateSegmentResponse = Created[int, Literal["segment"], SegmentFullResponse]
SegmentResponse = Data[SegmentFullResponse]
DeleteSegmentResponse = Deleted[int, Literal["segment"]]
PatchSegmentResponse = Updated[int, Literal["segment"], SegmentFullResponse]
