"""Segments over HTTP: /lists/{list_id}/segments."""

from typing import Annotated, Any

from functions.api.audience.schemas_segments import (
    CreateSegment,
    CreateSegmentResponse,
    DeleteSegmentResponse,
    PatchSegmentResponse,
    SegmentFullResponse,
    SegmentResponse,
    SegmentsResponse,
    UpdateSegment,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import ListId, SegmentId, Sort
from postrider.kit.clock import unix
from postrider.segments.model import Segment
from postrider.segments.service import LANGUAGES, SegmentService

operations = Operations("Segment", MAIN)
Segments = Annotated[SegmentService, Depends(bootstrap.segments)]
Reader = Annotated[Caller, Depends(needs("segments:read"))]
Writer = Annotated[Caller, Depends(needs("segments:write"))]
SORTS = {"id": "id", "name": "name", "created_on": "created_at"}


def _full(segment: Segment) -> SegmentFullResponse:
    expressions: dict[str, Any] = dict.fromkeys(LANGUAGES)
    if segment.language is not None:
        expressions[segment.language] = segment.expression
    return SegmentFullResponse.model_validate(
        {
            "id": segment.id,
            "name": segment.name,
            **expressions,
            "campaigns_count": segment.campaigns_count,
            "last_used": unix(segment.last_used_at) if segment.last_used_at else 0,
            "created_on": unix(segment.created_at),
        }
    )


def _expressions(body: CreateSegment | UpdateSegment) -> dict[str, Any]:
    expressions = {"query": body.query, "fiql": body.fiql, "json": body.json_}
    return {language: expression for language, expression in expressions.items() if expression is not None}


@operations.get("/lists/{list_id}/segments", "List segments")
def list_segments(
    caller: Reader, segments: Segments, list_id: ListId, paging: PageRequest, sort: Sort = None
) -> SegmentsResponse:
    """Return a page of the segments of a list.

    Sortable by id, name and created_on.
    """
    all_segments = segments.all(caller.account_id, list_id)
    pagination, items = listing(all_segments, paging, sort=sort, sorts=SORTS)
    items = segments.with_current_names(caller.account_id, items)
    return SegmentsResponse(
        pagination=pagination,
        data=[_full(segment) for segment in items],
    )


@operations.post("/lists/{list_id}/segments", "Create a segment", status=201)
def create_segment(caller: Writer, segments: Segments, list_id: ListId, body: CreateSegment) -> CreateSegmentResponse:
    """Create a segment: a saved expression in one of query, fiql and json.

    Refused with 400: several expressions, an invalid expression or one with an unknown object, and more than the maximum
    number of segments.
    """
    segment = segments.create(caller.account_id, list_id, name=body.name, expressions=_expressions(body))
    return CreateSegmentResponse(id=segment.id, object="segment", created=True, data=_full(segment))


@operations.get("/lists/{list_id}/segments/{segment_id}", "Show a segment")
def get_segment(caller: Reader, segments: Segments, list_id: ListId, segment_id: SegmentId) -> SegmentResponse:
    """Return one segment with its expression."""
    stored = segments.get(caller.account_id, list_id, segment_id)
    [segment] = segments.with_current_names(caller.account_id, [stored])
    return SegmentResponse(data=_full(segment))


@operations.patch("/lists/{list_id}/segments/{segment_id}", "Change a segment")
def patch_segment(
    caller: Writer, segments: Segments, list_id: ListId, segment_id: SegmentId, body: UpdateSegment
) -> PatchSegmentResponse:
    """Change the name or the expression of a segment."""
    changed = segments.change(caller.account_id, list_id, segment_id, name=body.name, expressions=_expressions(body))
    [segment] = segments.with_current_names(caller.account_id, [changed])
    return PatchSegmentResponse(id=segment.id, object="segment", updated=True, data=_full(segment))


@operations.delete("/lists/{list_id}/segments/{segment_id}", "Delete a segment")
def delete_segment(caller: Writer, list_id: ListId, segment_id: SegmentId) -> DeleteSegmentResponse:
    """Delete a segment.

    Refused with 400 while a scheduled or delivering campaign, or an active workflow, uses it; drafts may keep it.
    """
    bootstrap.segment_deletion().delete(caller.account_id, list_id, segment_id)
    return DeleteSegmentResponse(id=segment_id, object="segment", deleted=True)
