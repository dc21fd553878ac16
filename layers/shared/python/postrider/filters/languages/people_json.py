"""Parse filters with ids of segments and names of attributes, which compare texts with their case.

    {"and": [{"segment": {"id": 3}}, {"not": {"attribute": {"field": "plan", "operator": "eq", "value": "pro"}}}]}
    {"or": [{"attribute": {"field": "city", "operator": "exists"}}, {"segment": {"id": 4}}]}

`FieldMeaning` defines both: an attribute may be another field of people, and a segment is a filter or a group.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from postrider.filters.schema import TextPlace, checked, shown, too_large, wrong
from postrider.filters.tree import MAX_DEPTH, MAX_TERMS, ExactText, Not, Tree, all_of, any_of, leaves, negated

_MAX_TEXT = 1000
"""Maximum lengths of a field and of a value."""

OfAttribute = Callable[[str, str | None], Tree]
"""A function that returns the condition that a field has this text, or any text for None."""
OfSegment = Callable[[int], Tree]
"""A function that returns the filter of a segment."""


@dataclass(frozen=True, kw_only=True)
class FieldMeaning:
    of_attribute: OfAttribute
    of_segment: OfSegment


def build(value: Any, meaning: FieldMeaning) -> Tree:
    """Return the bound tree of decoded JSON. Raises Invalid with the path ($ is the root)."""
    return _Reader(meaning).tree(value, "$", 0)


def has_text(field: int | str, text: str | None) -> Tree:
    """Return the condition that a field has exactly this text, or any for None; a blank text means that it is not set."""
    return Not(ExactText(field, "")) if text is None else ExactText(field, text)


def segment_ids_of(value: Any, *, only_negated: bool = False) -> frozenset[int]:
    """Return the ids of segments in a filter, which may be invalid; `only_negated`: those with people to leave out."""
    ids: set[int] = set()
    waiting = [(value, False)]
    while waiting:
        node, is_negated = waiting.pop()
        if isinstance(node, list):
            waiting += [(part, is_negated) for part in node]
        elif isinstance(node, dict):
            waiting += [(part, is_negated) for word, part in node.items() if word in ("and", "or")]
            waiting += [(node["not"], not is_negated)] if "not" in node else []
            segment = node.get("segment")
            if isinstance(segment, dict) and (segment_id := _whole(segment.get("id"))) is not None:
                ids |= {segment_id} if is_negated or not only_negated else set()
    return frozenset(ids)


class _Reader:
    def __init__(self, meaning: FieldMeaning) -> None:
        self._meaning, self._terms = meaning, 0

    def tree(self, value: Any, path: str, depth: int) -> Tree:
        place = TextPlace.under(path)
        if depth > MAX_DEPTH:
            raise too_large(f"more than {MAX_DEPTH} levels", place)
        node = _object(value, place)
        if len(node) != 1:
            raise wrong(f"The object must have exactly one member, not {len(node)}.", place)
        [(word, operand)] = node.items()
        path = f"{path}.{word}"
        if word in ("and", "or"):
            return self._join(word, operand, path, depth)
        if word == "not":
            return negated(self.tree(operand, path, depth + 1))
        tree = self._leaf(word, operand, TextPlace.under(path))
        self._terms += sum(1 for _ in leaves(tree))
        if self._terms > MAX_TERMS:
            raise too_large(f"more than {MAX_TERMS} conditions, with those of its segments", place)
        return tree

    def _join(self, word: str, operand: Any, path: str, depth: int) -> Tree:
        if not isinstance(operand, list) or not operand:
            raise wrong("Expected a list of one or more filters.", TextPlace.under(path))
        parts = [self.tree(part, f"{path}[{index}]", depth + 1) for index, part in enumerate(operand)]
        return all_of(parts) if word == "and" else any_of(parts)

    def _leaf(self, word: str, operand: Any, place: TextPlace) -> Tree:
        if word == "segment":
            segment_id = _whole(_object(operand, place).get("id"))
            if segment_id is None:
                raise wrong("Invalid segment: expected its id, a whole number.", place)
            return self._meaning.of_segment(segment_id)
        if word != "attribute":
            raise wrong(f"Unknown condition {shown(word)}; use and, or, not, segment or attribute.", place)
        return self._attribute(_object(operand, place), place)

    def _attribute(self, operand: Mapping[str, Any], place: TextPlace) -> Tree:
        field, operator = operand.get("field"), operand.get("operator")
        if not isinstance(field, str) or not field.strip() or len(field) > _MAX_TEXT:
            raise wrong("A condition has the name of an attribute as its field.", place)
        checked(field, place)
        if operator == "exists":
            return self._meaning.of_attribute(field, None)
        if operator != "eq":
            raise wrong(f"Unknown operator {shown(str(operator))}; use eq or exists.", place)
        return self._meaning.of_attribute(field, checked(_text(operand.get("value"), place), place))


def _text(value: Any, place: TextPlace) -> str:
    """Return a constant as the text of an attribute: a text unchanged, a number or boolean as JSON."""
    if not isinstance(value, str | int | float):
        raise wrong("eq needs a value: a text, a number or a boolean.", place, code="bad_constant")
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if len(text) > _MAX_TEXT:
        raise too_large(f"a value of more than {_MAX_TEXT} characters", place)
    return text


def _whole(value: Any) -> int | None:
    """Return a whole number, which may be written as a text; None for other values."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: Any, place: TextPlace) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise wrong("Expected an object.", place)
    return value
