"""Segments over Customer.io's App API: /v1/segments."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.render_segments import dynamic_segment, manual_segment
from functions.compat.customerio.schemas_segments import SegmentsResponse
from postrider import bootstrap
from postrider.groups.model import Purpose
from postrider.http import Caller, Depends, Operations

operations = Operations("Segments", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("segments:read"))]


@operations.get("/v1/segments", "List segments")
def list_segments(caller: Reader) -> SegmentsResponse:
    """Return the manual segments of the account and the data-driven ones of its default list, in order of id."""
    list_id = bootstrap.lists().default(caller.account_id).id
    groups = [group for group in bootstrap.groups().all(caller.account_id) if group.purpose == Purpose.SEGMENT]
    filters = bootstrap.segments().all(caller.account_id, list_id)
    segments = [*map(manual_segment, groups), *map(dynamic_segment, filters)]
    return SegmentsResponse(segments=sorted(segments, key=lambda segment: segment.id))
