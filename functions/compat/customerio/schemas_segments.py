"""Define requests and responses of Customer.io's APIs: segments and their members."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.schemas_uses import UsedBy
from functions.compat.customerio.translate_identifiers import CustomerIdentifiers
from postrider.groups.rules import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS
from postrider.usecases.people_segments import MAX_CHANGED


class Segment(BaseModel):
    id: int
    deduplicate_id: Annotated[str, Field(description="The id and the moment of the last change.")]
    name: str
    description: str
    state: Annotated[
        Literal["events", "build", "events_queued", "build_queued", "finished"],
        Field(description="Always finished: segments are evaluated when they are read."),
    ]
    progress: int | None
    type: Annotated[
        Literal["dynamic", "manual"], Field(description="manual: a set of people. dynamic: a condition on people.")
    ]
    tags: list[str] | None
    created_at: UnixTime
    updated_at: UnixTime


class SegmentsResponse(BaseModel):
    segments: list[Segment]


class SegmentResponse(BaseModel):
    segment: Segment


class SegmentFields(BaseModel):
    name: Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_NAME_CHARS})]
    description: Annotated[str, Field(json_schema_extra={"maxLength": MAX_DESCRIPTION_CHARS})] | None = None


class SegmentInput(BaseModel):
    segment: SegmentFields


class SegmentCount(BaseModel):
    segment_id: int
    count: Annotated[int, Field(ge=0, description="Of a data-driven segment, the number may be a minute old.")]


class SegmentMembership(BaseModel):
    """A page of members; `ids` and `identifiers` are in the same order."""

    segment_id: int
    ids: Annotated[list[str], Field(description="The id of each person; blank for a person without one.")]
    identifiers: list[CustomerIdentifiers]
    next: Annotated[str, Field(description="Cursor of the next page, to be sent as `start`; blank on the last page.")]


class SegmentUsedByResponse(BaseModel):
    segment_id: int
    used_by: UsedBy


class SegmentMembers(BaseModel):
    ids: Annotated[
        list[Annotated[str, Field(max_length=320)]],
        Field(json_schema_extra={"maxItems": MAX_CHANGED}, description="Unknown people are ignored."),
    ]
