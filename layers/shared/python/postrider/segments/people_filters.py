"""Parse filters of people with ids of segments and names of attributes; a segment is a saved filter or a group of people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from postrider.filters import MAX_TERMS, NOBODY, TagCondition, Tree, negated
from postrider.filters.languages import people_json
from postrider.groups.model import GroupPurpose
from postrider.kit.errors import FieldPath, Invalid
from postrider.segments.service import SegmentService, tree_of

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.attributes.service import AttributeService
    from postrider.groups.service import GroupService

NO_ONE: Tree = TagCondition(NOBODY)
EVERYONE: Tree = negated(NO_ONE)
MAX_ID = 2**53
Field = Callable[[str | None], Tree]
"""A function that returns the condition that a field has this text, or any text for None."""


class PeopleFilters:
    def __init__(self, attributes: AttributeService, groups: GroupService, segments: SegmentService) -> None:
        self._attributes, self._groups, self._segments = attributes, groups, segments

    def tree(
        self, account_id: str, list_id: int, form: Any, *, fields: Mapping[str, Field], field: FieldPath = "filter"
    ) -> Tree:
        """Return the bound tree of a filter, in which segments are replaced by their current filter or group.

        `fields` are names with another meaning than a custom attribute. An unknown attribute is not set, and an unknown
        segment has no members. Raises Invalid with `field` for an invalid filter, and for a filter of people outside of an
        unknown segment, which would match everybody.
        """
        segments = self._segment_trees(account_id, list_id, people_json.segment_ids_of(form), field)
        if unknown := people_json.segment_ids_of(form, only_negated=True) - segments.keys():
            reason = f"Unknown segment {min(unknown)}: everybody is outside of it. Name a segment that exists."
            raise Invalid(reason, code="segment_not_found", field=field)
        ids = self._attributes.schema(account_id, list_id).ids

        def of_attribute(name: str, text: str | None) -> Tree:
            if name in fields:
                return fields[name](text)
            if name in ids:
                return people_json.has_text(ids[name], text)
            return EVERYONE if text == "" else NO_ONE

        meaning = people_json.FieldMeaning(
            of_attribute=of_attribute, of_segment=lambda segment_id: segments.get(segment_id, NO_ONE)
        )
        try:
            return people_json.build(form, meaning)
        except Invalid as exc:
            raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from None

    def _segment_trees(
        self, account_id: str, list_id: int, segment_ids: Collection[int], field: FieldPath
    ) -> dict[int, Tree]:
        possible = {segment_id for segment_id in segment_ids if 0 < segment_id < MAX_ID}
        if len(possible) > MAX_TERMS:
            raise Invalid(f"The filter names more than {MAX_TERMS} segments.", code="selection_too_large", field=field)
        groups = self._groups.many(account_id, possible)
        trees: dict[int, Tree] = {
            group.id: TagCondition(group.id) for group in groups if group.purpose == GroupPurpose.SEGMENT
        }
        for segment in self._segments.many(account_id, list_id, possible - trees.keys()):
            trees[segment.id] = tree_of(segment) or EVERYONE
        return trees
