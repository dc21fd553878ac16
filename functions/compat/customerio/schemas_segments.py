"""Define what Customer.io's App API answers about segments."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.compat.customerio.dates import UnixTime


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
