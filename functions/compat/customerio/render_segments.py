"""Render segments for Customer.io's API: a group of people is a manual segment, a saved filter a data-driven one."""

from typing import Any

from functions.compat.customerio.dates import deduplicate_id
from functions.compat.customerio.schemas_segments import Segment
from postrider.groups.model import Group
from postrider.segments.model import Segment as SavedFilter
from postrider.usecases.people_segments import PeopleSegment

STATE: dict[str, Any] = {"state": "finished", "progress": None, "tags": None}
"""The progress of every segment, since segments are evaluated when they are read."""


def shown_segment(segment: PeopleSegment) -> Segment:
    return _manual(segment) if isinstance(segment, Group) else _dynamic(segment)


def _manual(group: Group) -> Segment:
    own = {"type": "manual", "description": group.description or "", "updated_at": group.updated_at}
    return Segment.model_validate(
        STATE | vars(group) | own | {"deduplicate_id": deduplicate_id(group.id, group.updated_at)}
    )


def _dynamic(segment: SavedFilter) -> Segment:
    own = {"type": "dynamic", "description": "", "updated_at": segment.created_at}
    return Segment.model_validate(
        STATE | vars(segment) | own | {"deduplicate_id": deduplicate_id(segment.id, segment.created_at)}
    )
