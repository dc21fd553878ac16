"""Create, change and compile segments; a segment is evaluated when its contacts are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postrider.filters import (
    Key,
    Tree,
    attributes_of,
    from_stored,
    interests_of,
    respelled,
    tags_of,
    to_stored,
)
from postrider.filters.respelling import INTEREST, TAG
from postrider.kit.errors import FieldPath, Invalid, named_at
from postrider.kit.quotas import add_within_quota
from postrider.segments.model import Segment
from postrider.storage import sequences

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.kit.clock import Clock
    from postrider.lists.service import ListService
    from postrider.segments.evaluation import CompiledFilter, FilterEvaluator
    from postrider.segments.repository import SegmentRepository

MAX_SEGMENTS = 1000
"""Maximum number of segments of a list; a listing reads all of them with one query."""

TAGS, INTERESTS, ATTRIBUTES = "tags", "interests", "attributes"
"""The kinds of names in a tree."""
LANGUAGES = ("query", "fiql", "json")


class SegmentService:
    def __init__(
        self,
        segments: SegmentRepository,
        lists: ListService,
        filter_evaluator: FilterEvaluator,
        now: Clock,
    ) -> None:
        self._segments, self._lists, self._filters, self._now = segments, lists, filter_evaluator, now

    def all(self, account_id: str, list_id: int) -> list[Segment]:
        """Return the segments of the list in order of id. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._segments.all(account_id, list_id)

    def get(self, account_id: str, list_id: int, segment_id: int) -> Segment:
        """Return the segment. Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._segments.get(account_id, list_id, segment_id)

    def many(self, account_id: str, list_id: int, segment_ids: Collection[int]) -> list[Segment]:
        """Return the existing segments of a list among these, with one call for 100."""
        return self._segments.many(account_id, list_id, segment_ids)

    def usable(self, account_id: str, list_id: int, segment_id: int, *, field: FieldPath = ()) -> Segment:
        """Return the segment. Raises Invalid with `field` for an unknown segment, or if its filter cannot be compiled."""
        with named_at(field, as_=Invalid):
            segment = self.get(account_id, list_id, segment_id)
        self.compiled_filter(segment, field=field)
        return segment

    def compiled_filter(self, segment: Segment, *, field: FieldPath = "segment_id") -> CompiledFilter | None:
        """Return the filter of a segment, or None for the whole list.

        Raises Invalid with `field` if the filter contains a deleted object, or a campaign that ended too long ago.
        """
        tree = tree_of(segment)
        if tree is None:
            return None
        try:
            return self._filters.compiled(segment.account_id, segment.list_id, tree)
        except Invalid as exc:
            reason = exc.message
            if "kind" in exc.details:
                kind = exc.details["kind"]
                name = segment.names[f"{kind}s"].get(str(exc.details["id"]))
                reason = f"The {kind} {name!r} was deleted. Change the expression."
            raise Invalid(
                f"The filter of segment {segment.id} ({segment.name!r}) cannot be read: {reason}",
                code="segment_broken",
                field=field,
            ) from exc

    def with_current_names(self, account_id: str, segments: Sequence[Segment]) -> list[Segment]:
        """Return the segments with the current names of tags and interests in their expressions."""
        group_ids = {int(key) for segment in segments for key in segment.names.get(TAGS, ())}
        groups = self._filters.group_names(account_id, group_ids)
        lists = {segment.list_id for segment in segments if segment.names.get(INTERESTS)}
        interests = {list_id: self._filters.interest_names(account_id, list_id) for list_id in lists}
        return [_with_names(segment, groups, interests.get(segment.list_id, {})) for segment in segments]

    def create(self, account_id: str, list_id: int, *, name: str, expressions: dict[str, Any]) -> Segment:
        """Create a segment; without an expression it is the whole list. Unknown tags in the expression are created.

        `expressions` has texts (or an object for json) by language. Raises NotFound for the list, Invalid for several
        expressions or an invalid one.
        """
        self._lists.get(account_id, list_id)
        values = self._bound(account_id, list_id, expressions)
        segment = Segment(
            id=sequences.allocate("segment"),
            account_id=account_id,
            list_id=list_id,
            name=name,
            created_at=self._now(),
            **values,
        )
        add_within_quota(
            MAX_SEGMENTS,
            add=lambda: self._segments.save(segment, new=True),
            undo=lambda: self._segments.delete(segment),
            count=lambda: len(self._segments.all(account_id, list_id)),
            error=Invalid(f"A list has at most {MAX_SEGMENTS} segments.", code="too_many_segments"),
        )
        self._check_names(segment, undo=lambda: self._segments.delete(segment))
        return segment

    def change(
        self, account_id: str, list_id: int, segment_id: int, *, name: str | None, expressions: dict[str, Any]
    ) -> Segment:
        """Change the name, the expression, or both; the new expression may be in another language."""
        before = segment = self.get(account_id, list_id, segment_id)
        if name:
            segment = replace(segment, name=name)
        if expressions:
            segment = replace(segment, **self._bound(account_id, list_id, expressions))
        self._segments.save(segment, new=False)
        if expressions:
            self._check_names(segment, undo=lambda: self._segments.save(before, new=False))
        return segment

    def _check_names(self, segment: Segment, *, undo: Callable[[], object]) -> None:
        """Check that all objects in the stored segment still exist; otherwise undo the write. Raises Invalid.

        A concurrent call may have deleted one of them before it could see the segment.
        """
        try:
            self.compiled_filter(segment, field=segment.language or "query")
        except Invalid:
            undo()
            raise

    def restore(self, segment: Segment) -> None:
        """Restore a segment that was just deleted."""
        self._segments.save(segment, new=True)

    def delete(self, account_id: str, list_id: int, segment_id: int) -> None:
        """Delete the segment, without a check of the campaigns that use it. Raises NotFound."""
        self._segments.delete(self.get(account_id, list_id, segment_id))

    def count_use(self, account_id: str, list_id: int, segment_id: int) -> None:
        """Count a campaign that is sent to the segment. Raises NotFound."""
        self._segments.count_use(account_id, list_id, segment_id, self._now())

    def using_group(self, account_id: str, group_id: int) -> Segment | None:
        """Return a segment of any list that uses the group, or None."""
        return self._using(
            account_id, [contact_list.id for contact_list in self._lists.all(account_id)], tags_of, group_id
        )

    def naming_group(self, account_id: str, group_id: int) -> list[Segment]:
        """Return the segments of all lists whose filters use the group."""
        segments = self._segments.everywhere(account_id)
        return [segment for segment in segments if (tree := tree_of(segment)) is not None and group_id in tags_of(tree)]

    def using_interest(self, account_id: str, list_id: int, interest_id: int) -> Segment | None:
        """Return a segment of the list that uses the interest, or None."""
        return self._using(account_id, [list_id], interests_of, interest_id)

    def using_attribute(self, account_id: str, list_id: int, attribute_id: int) -> Segment | None:
        """Return a segment of the list that compares the attribute, or None."""
        return self._using(account_id, [list_id], attributes_of, attribute_id)

    def _using(
        self, account_id: str, list_ids: Sequence[int], keys_of: Callable[[Tree], Collection[Key]], key: int
    ) -> Segment | None:
        is_one_list = len(list_ids) == 1
        segments = self._segments.all(account_id, list_ids[0]) if is_one_list else self._segments.everywhere(account_id)
        using = (
            segment
            for segment in segments
            if segment.list_id in list_ids and (tree := tree_of(segment)) is not None and key in keys_of(tree)
        )
        return next(using, None)

    def _bound(self, account_id: str, list_id: int, expressions: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a segment with this expression."""
        present = {language: expressions[language] for language in LANGUAGES if expressions.get(language) is not None}
        expression = self._filters.bind(account_id, list_id, present, create_tags=True)
        if expression is None:
            return {"language": None, "expression": None, "tree": None, "names": {}}
        names = {
            TAGS: expression.names.tags,
            INTERESTS: expression.names.interests,
            ATTRIBUTES: expression.names.attributes,
        }
        return {
            "language": expression.language,
            "expression": expression.expression,
            "tree": to_stored(expression.tree),
            "names": {kind: {str(key): name for key, name in pairs.items()} for kind, pairs in names.items()},
        }


def tree_of(segment: Segment) -> Tree | None:
    """Return the bound tree of a segment, or None for the whole list."""
    return None if segment.tree is None else from_stored(segment.tree)


def _with_names(segment: Segment, groups: Mapping[int, str], interests: Mapping[int, str]) -> Segment:
    """Return the segment with current names in its expression; names of deleted objects are kept."""
    if segment.language is None or segment.expression is None:
        return segment
    renamed = {
        (kind, name): current.get(int(key), name)
        for kind, pairs, current in (
            (TAG, segment.names[TAGS], groups),
            (INTEREST, segment.names[INTERESTS], interests),
        )
        for key, name in pairs.items()
        if current.get(int(key), name) != name
    }
    if not renamed:
        return segment
    expression = respelled(segment.language, segment.expression, lambda kind, name: renamed.get((kind, name), name))
    return replace(segment, expression=expression)
