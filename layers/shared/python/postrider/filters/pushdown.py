"""Translate the part of a bound tree that DynamoDB can test to a filter, which never drops a matching contact.

DynamoDB tests status, tags, interests, bounce type and count, subscription time, custom attributes that are numbers or
moments, and whether a custom attribute exists. Days of a custom attribute are tested with a tolerance of a day, because
values that were written as dates have no time zone. The predicate tests texts (DynamoDB compares bytes, which are
case-sensitive), the id (a key attribute, which filters must not contain), remainders, patterns and activity.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.filters.moments import at, beginning_of, day_at, end_of, is_day, written
from postrider.filters.predicate import COMPARE
from postrider.filters.schema import BOUNCE_TYPES
from postrider.filters.tree import (
    BUILT_IN,
    CONTACT_TEXTS,
    And,
    Comparison,
    ExactText,
    InterestCondition,
    Key,
    Leaf,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    TagCondition,
    Tree,
    leaves,
)

MAX_PUSHED = 60
"""Maximum number of conditions of a DynamoDB filter, below 300 operators and 4 KB; a longer filter is translated in part.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
"""

STORED = {
    "status": "status",
    "registered": "subscribed_at",
    "bounce_type": "last_bounce_type",
    "bounce_count": "bounces_count",
}
"""Attributes of contact items by field: lower-case texts, and numbers (a moment is Unix seconds)."""
WHEN_ABSENT: dict[str, str | int] = {"bounce_type": "none", "bounce_count": 0}
"""Default values, which are not stored because most contacts have them."""
ATTRIBUTES = "attributes"
"""A map by id of the attribute: numbers for integers, `YYYY-MM-DD HH:MM:SS` for moments, and texts."""
GROUPS, INTERESTS = "groups", "interests"
"""Lists of ids."""
_PLACEHOLDER = re.compile(r"#f[0-9]+")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
"""A pattern of numbers as text; a stored number has at most 64 bits."""


def fields_of(tree: Tree) -> frozenset[tuple[str, ...]]:
    """Return the paths of the stored attributes of contacts in the bound tree, except the id."""
    paths: set[tuple[str, ...]] = set()
    for leaf in leaves(tree):
        match leaf:
            case TagCondition():
                paths.add((GROUPS,))
            case InterestCondition():
                paths.add((INTERESTS,))
            case ExactText(field):
                paths.add(_path_of(field))
            case Comparison(field) | Modulo(field) if field not in BUILT_IN:
                paths.add((ATTRIBUTES, str(field)))
            case Comparison(str(field)) | Modulo(str(field)) if field != "id":
                paths.add((STORED.get(field, field),))
    return frozenset(paths)


class DynamoFilter(Condition):
    """A filter of a query, which may be combined with other conditions of pynamodb.

    `expression` contains placeholders, which differ from those of pynamodb; `placeholders` maps them to attributes, and
    `constants` to typed values such as {"N": "5"}.
    """

    def __init__(self, expression: str, placeholders: dict[str, str], constants: dict[str, dict[str, str]]) -> None:
        super().__init__("")
        self.expression, self.placeholders, self.constants = expression, placeholders, constants

    def serialize(self, placeholder_names: dict[str, str], expression_attribute_values: dict[str, Any]) -> str:
        names = {
            placeholder: placeholder_names.setdefault(name, placeholder)
            for placeholder, name in self.placeholders.items()
        }
        expression_attribute_values.update(self.constants)
        return _PLACEHOLDER.sub(lambda match: names[match[0]], self.expression)

    def __repr__(self) -> str:
        return self.expression


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition on a path; `form` contains {0} for the path and {1} for the value."""

    form: str
    path: tuple[str, ...]
    value: dict[str, str] | None = None

    @property
    def size(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class _Inverse:
    """The negation of a condition or of alternatives."""

    part: "_Test | _Join"

    @property
    def size(self) -> int:
        return self.part.size


@dataclass(frozen=True, slots=True)
class _Join:
    word: str
    parts: "tuple[_Pushed, ...]"

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


_Pushed = _Test | _Inverse | _Join


def dynamo_filter_of(tree: Tree, now: datetime) -> DynamoFilter | None:
    """Return a filter that keeps every match, and maybe more, or None if DynamoDB cannot test any part."""
    pushed = _pushed(tree, True, now)
    if pushed is None:
        return None
    writer = _Writer()
    return DynamoFilter(writer.text(pushed), writer.names, writer.values)


def _pushed(tree: Tree, positive: bool, now: datetime) -> _Pushed | None:
    """Return a condition that is true whenever the tree (unless `positive`, its negation) is true, or None."""
    match tree:
        case Not(part):
            return _pushed(part, not positive, now)
        case And(parts) | Or(parts):
            conditions = [_pushed(part, positive, now) for part in parts]
            return _conjunction(conditions) if isinstance(tree, And) is positive else _disjunction(conditions)
        case _:
            return _leaf(tree, positive, now)


def _conjunction(conditions: list[_Pushed | None]) -> _Pushed | None:
    """Join conditions up to the maximum; an omitted condition only keeps more contacts."""
    kept: list[_Pushed] = []
    room = MAX_PUSHED
    for part in conditions:
        if part is not None and part.size <= room:
            kept.append(part)
            room -= part.size
    return _join("AND", kept) if kept else None


def _disjunction(conditions: list[_Pushed | None]) -> _Pushed | None:
    """Join all conditions, or return None; an omitted condition would drop matching contacts."""
    parts = [part for part in conditions if part is not None]
    if len(parts) < len(conditions) or sum(part.size for part in parts) > MAX_PUSHED:
        return None
    return _join("OR", parts)


def _join(word: str, parts: list[_Pushed]) -> _Pushed:
    return parts[0] if len(parts) == 1 else _Join(word, tuple(parts))


def _leaf(leaf: Leaf, positive: bool, now: datetime) -> _Pushed | None:
    exact = _exact(leaf, now)
    if exact is not None:
        return exact if positive else _Inverse(exact)
    if positive and isinstance(leaf, Comparison) and leaf.field not in BUILT_IN and is_day(leaf.value):
        return _around(leaf.field, leaf.op, day_at(leaf.value, now))  # type: ignore[arg-type]  # a day
    if positive and isinstance(leaf, Comparison | Modulo | ExactText):
        return _existence(leaf.field)
    return None


def _exact(leaf: Leaf, now: datetime) -> _Test | _Join | None:
    """Return the condition that is equivalent to the leaf, or None."""
    match leaf:
        case TagCondition(tag):
            return _Test("contains({0}, {1})", (GROUPS,), {"N": str(tag)})
        case InterestCondition(interest):
            return _Test("contains({0}, {1})", (INTERESTS,), {"N": str(interest)})
        case ExactText(field, text) if field in CONTACT_TEXTS or text.isascii():
            return _exact_text(_path_of(field), text)
        case Comparison("registered", op, value) if is_day(value):
            return _on_day(STORED["registered"], op, day_at(value, now), now)  # type: ignore[arg-type]  # a day
        case Comparison("bounce_type", op, str(code)):
            return _built_in("bounce_type", op, BOUNCE_TYPES.get(code, code)) if op is Op.EQ else None
        case Comparison(str(field), op, value) if field in STORED and not isinstance(value, Pattern):
            return _built_in(field, op, value if isinstance(value, str | int) else int(at(value, now).timestamp()))
        case Comparison(field, Op.EQ, "") if field not in BUILT_IN:
            path = (ATTRIBUTES, str(field))
            return _Join("OR", (_Test("attribute_not_exists({0})", path), _Test("{0} = {1}", path, {"S": ""})))
        case Comparison(_, _, value) if is_day(value):
            return None
        case Comparison(field, op, value) if field not in BUILT_IN and not isinstance(value, str | Pattern):
            wire = {"N": str(value)} if isinstance(value, int) else {"S": written(at(value, now))}
            return _Test(f"{{0}} {op} {{1}}", (ATTRIBUTES, str(field)), wire)
        case _:
            return None


def _exact_text(path: tuple[str, ...], text: str) -> _Test | _Join:
    """Return the condition that a stored text, or a whole number as text, equals this text."""
    is_text = _Test("{0} = {1}", path, {"S": text})
    if text == "":
        return _Join("OR", (_Test("attribute_not_exists({0})", path), is_text))
    if _WHOLE.fullmatch(text):
        return _Join("OR", (is_text, _Test("{0} = {1}", path, {"N": text})))
    return is_text


def _path_of(field: Key) -> tuple[str, ...]:
    return (str(field),) if field in CONTACT_TEXTS else (ATTRIBUTES, str(field))


def _built_in(field: str, op: Op, value: str | int) -> _Test | _Join:
    wire = {"S": value} if isinstance(value, str) else {"N": str(value)}
    compared = _Test(f"{{0}} {op} {{1}}", (STORED[field],), wire)
    if field in WHEN_ABSENT and COMPARE[op](WHEN_ABSENT[field], value):
        return _Join("OR", (_Test("attribute_not_exists({0})", (STORED[field],)), compared))
    return compared


def _on_day(stored: str, op: Op, day: date, now: datetime) -> _Test | _Join:
    """Return the condition that a number of Unix seconds lies on, before or after the day."""
    first, next_ = ({"N": str(int(edge(day, now).timestamp()))} for edge in (beginning_of, end_of))
    since, until = _Test("{0} >= {1}", (stored,), first), _Test("{0} < {1}", (stored,), next_)
    match op:
        case Op.GTE:
            return since
        case Op.LTE:
            return until
        case Op.GT:
            return _Test("{0} >= {1}", (stored,), next_)
        case Op.LT:
            return _Test("{0} < {1}", (stored,), first)
        case _:
            return _Join("AND", (since, until))


def _around(field: Key, op: Op, day: date) -> _Pushed | None:
    """Return a condition that is true for every stored moment of the days, in any time zone."""
    path = (ATTRIBUTES, str(field))
    conditions: list[_Pushed | None] = []
    if op in (Op.EQ, Op.GT, Op.GTE):
        conditions.append(_Test("{0} >= {1}", path, {"S": _neighbour(day, -1).isoformat()}))
    if op in (Op.EQ, Op.LT, Op.LTE):
        conditions.append(_Test("{0} < {1}", path, {"S": _neighbour(day, 2).isoformat()}))
    return _conjunction(conditions)


def _neighbour(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def _existence(field: Key) -> _Test | None:
    """Return the condition that the contact has this custom attribute, or None for a built-in field."""
    if field in BUILT_IN:
        return None
    return _Test("attribute_exists({0})", (ATTRIBUTES, str(field)))


class _Writer:
    """A writer of an expression with numbered placeholders; equal names have the same placeholder."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        self._known: dict[str, str] = {}

    def text(self, pushed: _Pushed) -> str:
        """Write a condition with parentheses around alternatives only: DynamoDB rejects redundant parentheses."""
        if isinstance(pushed, _Test):
            path = ".".join(self._name(name) for name in pushed.path)
            return pushed.form.format(path, "" if pushed.value is None else self._value(pushed.value))
        if isinstance(pushed, _Inverse):
            part = self.text(pushed.part)
            needs_parentheses = isinstance(pushed.part, _Join) and pushed.part.word == "AND"
            return f"NOT ({part})" if needs_parentheses else f"NOT {part}"
        joined = f" {pushed.word} ".join(self.text(part) for part in pushed.parts)
        return f"({joined})" if pushed.word == "OR" else joined

    def _name(self, name: str) -> str:
        placeholder = self._known.setdefault(name, f"#f{len(self._known)}")
        self.names[placeholder] = name
        return placeholder

    def _value(self, value: dict[str, str]) -> str:
        placeholder = f":f{len(self.values)}"
        self.values[placeholder] = value
        return placeholder
