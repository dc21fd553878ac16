"""Rules of segments: one expression, in one of three languages, computed whenever it is read."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any

from postrider.filters.rendering import to_fiql, to_json, to_query
from postrider.filters.tree import Leaf, Tree, replaced
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound, named_at
from postrider.lists.service import ListService
from postrider.segments.evaluation import CompiledFilter, FilterEvaluator
from postrider.segments.model import Segment
from postrider.segments.repository import SegmentRepository
from postrider.storage import sequences

MAX_SEGMENTS = 1000
"""Per list; a listing reads all of them with one query."""

LANGUAGES = ("query", "fiql", "json")
WRITERS: dict[str, Callable[[Tree], str | dict[str, Any]]] = {"query": to_query, "fiql": to_fiql, "json": to_json}


class SegmentService:
    def __init__(
        self,
        segments: SegmentRepository,
        lists: ListService,
        filter_evaluator: FilterEvaluator,
        now: Clock,
    ) -> None:
        self._segments, self._lists, self._selections, self._now = segments, lists, filter_evaluator, now

    def all(self, account_id: str, list_id: int) -> list[Segment]:
        """In order of id. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._segments.all(account_id, list_id)

    def get(self, account_id: str, list_id: int, segment_id: int) -> Segment:
        """Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._segments.get(account_id, list_id, segment_id)

    def usable(self, account_id: str, list_id: int, segment_id: int, *, field: FieldPath = ()) -> Segment:
        """The segment, if it is there and its expression can be read. Raises Invalid, naming `field`, when not."""
        with named_at(field, as_=Invalid):
            segment = self.get(account_id, list_id, segment_id)
        self.selection(segment, field=field)
        return segment

    def selection(self, segment: Segment, *, field: FieldPath = "segment_id") -> CompiledFilter | None:
        """None for the whole list. Raises Invalid, naming `field`, when the expression cannot be read any more."""
        given = {} if segment.language is None else {segment.language: segment.expression}
        try:
            return self._selections.parse(segment.account_id, segment.list_id, given)
        except Invalid as exc:
            reason = f"The selection of segment {segment.id} ({segment.name!r}) cannot be read: {exc.message}"
            raise Invalid(reason, code="segment_broken", details=exc.details, field=field) from exc

    def create(self, account_id: str, list_id: int, *, name: str, expressions: dict[str, Any]) -> Segment:
        """A new segment; without an expression it is the whole list.

        `expressions` is text (or an object for json) by language. Raises NotFound for the list, Invalid for more than
        one expression or one that does not parse.
        """
        if len(self.all(account_id, list_id)) >= MAX_SEGMENTS:
            raise Invalid(f"A list has at most {MAX_SEGMENTS} segments.", code="too_many_segments")
        language, expression = self._checked(account_id, list_id, expressions)
        segment = Segment(
            id=sequences.allocate("segment"),
            account_id=account_id,
            list_id=list_id,
            name=name,
            created_at=self._now(),
            language=language,
            expression=expression,
        )
        self._segments.save(segment, new=True)
        return segment

    def change(
        self, account_id: str, list_id: int, segment_id: int, *, name: str | None, expressions: dict[str, Any]
    ) -> Segment:
        """Set the name, the expression, or both; an expression in any language replaces the old one."""
        segment = self.get(account_id, list_id, segment_id)
        if name:
            segment = replace(segment, name=name)
        if expressions:
            language, expression = self._checked(account_id, list_id, expressions)
            segment = replace(segment, language=language, expression=expression)
        self._segments.save(segment, new=False)
        return segment

    def delete(self, account_id: str, list_id: int, segment_id: int) -> None:
        """Delete the segment, whether a campaign goes to it or not. Raises NotFound."""
        self.get(account_id, list_id, segment_id)
        self._segments.delete(account_id, list_id, segment_id)

    def count_use(self, account_id: str, list_id: int, segment_id: int) -> None:
        """A campaign has been sent to it. Raises NotFound."""
        self._segments.count_use(account_id, list_id, segment_id, self._now())

    # For the names that segments mention

    def that(self, account_id: str, list_ids: Collection[int], fits: Callable[[Tree], bool]) -> list[Segment]:
        """Segments of these lists whose selection fits; those that cannot be read any more select nobody."""
        only = next(iter(list_ids)) if len(list_ids) == 1 else None
        found = self._segments.everywhere(account_id) if only is None else self._segments.all(account_id, only)
        trees = self._selections.trees(account_id)
        return [
            segment
            for segment in found
            if segment.list_id in list_ids and (tree := trees(segment.list_id, segment.language, segment.expression))
            if fits(tree)
        ]

    def rewritten(self, segment: Segment, old: Leaf, new: Leaf) -> Segment:
        """With one condition in the place of another, in the language it was given in. Raises Invalid past the bounds."""
        tree = self._selections.trees(segment.account_id)(segment.list_id, segment.language, segment.expression)
        if tree is None or segment.language is None:
            return segment
        expression = WRITERS[segment.language](replaced(tree, old, new))
        try:
            self._selections.parse(segment.account_id, segment.list_id, {segment.language: expression})
        except Invalid as exc:
            raise Invalid(f"Segment {segment.id} cannot follow: {exc.message}", code=exc.code) from exc
        return replace(segment, expression=expression)

    def rewrite(self, segment: Segment) -> None:
        """Keep this expression; nothing when the segment was deleted meanwhile."""
        with suppress(NotFound):
            self._segments.set_expression(segment)

    def _checked(
        self, account_id: str, list_id: int, expressions: dict[str, Any]
    ) -> tuple[str | None, str | dict[str, Any] | None]:
        given = {language: expressions[language] for language in LANGUAGES if expressions.get(language) is not None}
        self._selections.parse(account_id, list_id, given)
        return next(iter(given.items()), (None, None))
