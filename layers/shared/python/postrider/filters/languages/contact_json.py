r"""The JSON language: one operator in each object.

    {"and": [{"eq": {"city": "Montreal"}}, {"or": [{"gte": {"age": 18}}, {"unlike": {"name": "*son"}}]}]}
    {"open": {"mailing": 12, "since": "-7 days"}}, {"notclicked": {"link": 5}}, {"eq": {"tag": "VIP"}},
    {"mod": {"field": "id", "by": 10, "eq": 3}}, {"not": {"eq": {"status": "active"}}}

Constants are texts or whole numbers. Wildcard of like: `*`; there, and only there, `\*` is a star and `\\` a backslash.
"""

from collections.abc import Mapping
from typing import Any

from postrider.filters.languages.fiql import OPERATORS, WILDCARD
from postrider.filters.languages.sql import pieces_of
from postrider.filters.schema import Builder, Constant, TextPlace, shown, too_large, wrong
from postrider.filters.tree import MAX_DEPTH, Op, Tree, all_of, any_of, negated

_ACTIVITIES = frozenset(prefix + word for prefix in ("", "not") for word in ("sent", "open", "opened", "clicked"))


def build(value: Any, builder: Builder) -> Tree:
    """Return the tree of decoded JSON. Raises Invalid that names the path ($ is the root)."""
    return _tree(value, builder, "$", 0)


def _tree(value: Any, builder: Builder, path: str, depth: int) -> Tree:
    place = TextPlace.under(path)
    if depth > MAX_DEPTH:
        raise too_large(f"more than {MAX_DEPTH} levels", place)
    operator, operand = _only(value, "operator", place)
    path = f"{path}.{operator}"
    if operator in ("and", "or"):
        join = all_of if operator == "and" else any_of
        parts = _list(operand, TextPlace.under(path))
        return join([_tree(part, builder, f"{path}[{index}]", depth + 1) for index, part in enumerate(parts)])
    if operator == "not":
        return negated(_tree(operand, builder, path, depth + 1))
    if operator in _ACTIVITIES:
        return _activity(operator, operand, builder, TextPlace.under(path))
    if operator == "mod":
        return _modulo(operand, builder, path)
    if operator not in OPERATORS:
        raise wrong(
            f"Unknown operator {shown(operator)}; use and, or, not, mod, an activity, or one of {', '.join(OPERATORS)}.",
            place,
        )
    op, inverse = OPERATORS[operator]
    field, constant = _only(operand, "field", TextPlace.under(path))
    place = TextPlace.under(f"{path}.{field}")
    return negated(builder.comparison(field, op, _constant(constant, op, place), place), inverse)


def _activity(operator: str, operand: Any, builder: Builder, place: TextPlace) -> Tree:
    members = dict(_object(operand, place))
    since, until = (
        None if word not in members else _constant(members.pop(word), Op.EQ, place) for word in ("since", "until")
    )
    target, target_id = _only(members, "mailing or link", place)
    if target not in ("mailing", "link"):
        raise wrong(f"Unknown target {shown(target)}; use mailing or link.", place)
    return builder.activity(target, _constant(target_id, Op.EQ, place).text, operator, since, until, place)


def _modulo(operand: Any, builder: Builder, path: str) -> Tree:
    place = TextPlace.under(path)
    members = dict(_object(operand, place))
    field, divisor = members.pop("field", None), members.pop("by", None)
    operator, value = _only(members, "comparison beside field and by", place)
    if not isinstance(field, str) or operator not in OPERATORS:
        raise wrong('mod has the form {"field": ..., "by": ..., "eq": ...}.', place)
    op, inverse = OPERATORS[operator]
    divided = _constant(divisor, Op.EQ, place).text
    return negated(builder.modulo(field, divided, op, _constant(value, op, place), place), inverse)


def _constant(value: Any, op: Op, place: TextPlace) -> Constant:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise wrong("A constant is a text or a whole number.", place, code="bad_constant")
    text = str(value)
    pieces = pieces_of(text, WILDCARD) if op is Op.LIKE else (text,)
    return Constant(pieces, WILDCARD, place, is_number=isinstance(value, int))


def _only(value: Any, what: str, place: TextPlace) -> tuple[str, Any]:
    pairs = _object(value, place)
    if len(pairs) != 1:
        raise wrong(f"The object must have exactly one {what}, not {len(pairs)}.", place)
    [(name, operand)] = pairs.items()
    return name, operand


def _object(value: Any, place: TextPlace) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise wrong("Expected an object.", place)
    return value


def _list(value: Any, place: TextPlace) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise wrong("Expected a list of one or more objects.", place)
    return value
