"""Members of manual segments over Customer.io's Track API: /api/v1/segments."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.schemas_segments import SegmentMembers
from functions.compat.customerio.schemas_track import Done
from functions.compat.customerio.translate_identifiers import IdType, identifier_of
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Track Segments", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("segments:write"))]
SegmentId = Annotated[int, Path(description="Segment.")]
IdKind = Annotated[IdType, Query(description="The kind of the ids.")]
ERRORS = (400, 401, 404)


@operations.post("/api/v1/segments/{segment_id}/add_customers", "Add people to a manual segment", errors=ERRORS)
def add_customers_to_segment(
    caller: Writer, segment_id: SegmentId, body: SegmentMembers, id_type: IdKind = IdType.ID
) -> Done:
    """Add the people with these ids. Unknown ids are ignored, and no person is created."""
    _change(caller, segment_id, body, id_type, is_addition=True)
    return Done()


@operations.post("/api/v1/segments/{segment_id}/remove_customers", "Remove people from a manual segment", errors=ERRORS)
def remove_customers_from_segment(
    caller: Writer, segment_id: SegmentId, body: SegmentMembers, id_type: IdKind = IdType.ID
) -> Done:
    _change(caller, segment_id, body, id_type, is_addition=False)
    return Done()


def _change(caller: Caller, segment_id: int, body: SegmentMembers, id_type: IdType, *, is_addition: bool) -> None:
    people = [identifier_of(text, id_type) for text in body.ids]
    bootstrap.people_segments().change_members(caller.account_id, segment_id, people, is_addition=is_addition)
