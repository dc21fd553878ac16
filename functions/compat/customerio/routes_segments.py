"""Segments over Customer.io's App API: /v1/segments."""

from collections.abc import Sequence
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.paging import Start, clamped, limit_up_to
from functions.compat.customerio.render_segments import shown_segment
from functions.compat.customerio.render_uses import shown_uses
from functions.compat.customerio.schemas_segments import (
    SegmentCount,
    SegmentInput,
    SegmentMembership,
    SegmentResponse,
    SegmentsResponse,
    SegmentUsedByResponse,
)
from functions.compat.customerio.translate_identifiers import identifiers_of
from postrider import bootstrap
from postrider.contacts.model import Contact
from postrider.http import Caller, Depends, Operations
from postrider.usecases.people_segments import MAX_MEMBERS_A_PAGE, PeopleSegments

operations = Operations("Segments", CUSTOMERIO)
Segments = Annotated[PeopleSegments, Depends(bootstrap.people_segments)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("segments:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("segments:write"))]
SegmentId = Annotated[int, Path(description="Segment.", json_schema_extra={"format": "int32"})]
DEFAULT_MEMBERS = 1000
PageSize = Annotated[int | None, limit_up_to(MAX_MEMBERS_A_PAGE, DEFAULT_MEMBERS)]
MAX_IDENTIFIER_BYTES = 4_500_000
"""Maximum size of the identifiers on a page, so that the answer is smaller than a Lambda response (6 MB)."""
BYTES_A_PERSON = 90
"""Size of member names, quotes and a cio_id."""


@operations.get("/v1/segments", "List segments")
def list_segments(caller: Reader, segments: Segments) -> SegmentsResponse:
    """Return the manual segments of the account and the data-driven ones of its default list, in order of id."""
    return SegmentsResponse(segments=[shown_segment(segment) for segment in segments.all(caller.account_id)])


@operations.post("/v1/segments", "Create an empty manual segment", errors=(400, 401))
def create_manual_segment(caller: Writer, body: SegmentInput) -> SegmentResponse:
    """Create a segment without people, which are added through the Track API. The main API shows it as a tag."""
    group = bootstrap.groups().create_segment(
        caller.account_id, name=body.segment.name, description=body.segment.description
    )
    return SegmentResponse(segment=shown_segment(group))


@operations.get("/v1/segments/{segment_id}", "Get a segment", errors=(401, 404))
def get_segment(caller: Reader, segments: Segments, segment_id: SegmentId) -> SegmentResponse:
    return SegmentResponse(segment=shown_segment(segments.get(caller.account_id, segment_id)))


@operations.delete("/v1/segments/{segment_id}", "Delete a manual segment", status=204, errors=(400, 401, 404))
def delete_manual_segment(caller: Writer, segments: Segments, segment_id: SegmentId) -> None:
    """Delete a manual segment. Refused for a data-driven segment, and for a segment that a data-driven one uses."""
    segments.delete(caller.account_id, segment_id)


@operations.get("/v1/segments/{segment_id}/customer_count", "Count the members of a segment", errors=(400, 401, 404))
def get_segment_customer_count(caller: Reader, segments: Segments, segment_id: SegmentId) -> SegmentCount:
    return SegmentCount(segment_id=segment_id, count=segments.count(caller.account_id, segment_id))


@operations.get("/v1/segments/{segment_id}/membership", "List the members of a segment", errors=(400, 401, 404))
def list_segment_membership(
    caller: Reader,
    segments: Segments,
    segment_id: SegmentId,
    start: Start = None,
    limit: PageSize = DEFAULT_MEMBERS,
) -> SegmentMembership:
    """Return a page of people, in the order in which they were added to the account.

    A page may be short, or empty, while `next` is not blank.
    """
    segment = segments.get(caller.account_id, segment_id)
    size = clamped(limit, most=MAX_MEMBERS_A_PAGE, default=DEFAULT_MEMBERS)
    page = segments.members(caller.account_id, segment, limit=size, cursor=start or None)
    while _bytes_of(page.items) > MAX_IDENTIFIER_BYTES:
        size //= 2
        page = segments.members(caller.account_id, segment, limit=size, cursor=start or None)
    people = [identifiers_of(contact) for contact in page.items]
    return SegmentMembership(
        segment_id=segment_id,
        ids=[person.id or "" for person in people],
        identifiers=people,
        next=page.next_cursor or "",
    )


@operations.get("/v1/segments/{segment_id}/used_by", "Show what uses a segment", errors=(401, 404))
def get_segment_used_by(caller: Reader, segments: Segments, segment_id: SegmentId) -> SegmentUsedByResponse:
    """Return the ids of campaigns and newsletters with this segment."""
    segment = segments.get(caller.account_id, segment_id)
    users = segments.used_by(caller.account_id, segment)
    return SegmentUsedByResponse(segment_id=segment_id, used_by=shown_uses(users))


def _bytes_of(people: Sequence[Contact]) -> int:
    """Return an upper bound of the size of these identifiers in an answer, in which a character has at most six bytes."""
    names = sum(_most_bytes(person.external_id or "") * 2 + _most_bytes(person.email) for person in people)
    return names + BYTES_A_PERSON * len(people)


def _most_bytes(text: str) -> int:
    return len(text) if text.isascii() and text.isprintable() else 6 * len(text)
