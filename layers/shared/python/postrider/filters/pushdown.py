"""The part of a bound tree that DynamoDB can decide, as a filter that never drops a matching contact.

Decided there: status, tags, interests, bounce type and count, subscription time, and custom attributes that are numbers
or moments; and that a custom attribute which must have some value is there at all. Not decided there, so left to the
predicate: texts (they are stored as spelled, and DynamoDB compares bytes), the id (a key attribute, which filters may
not name), remainders, patterns and activity.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.filters.moments import at, written
from postrider.filters.predicate import COMPARE
from postrider.filters.tree import (
    BUILT_IN,
    And,
    Comparison,
    Interested,
    Key,
    Leaf,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    Tagged,
    Tree,
)

MAX_PUSHED = 60
"""Conditions: keeps below 300 operators and 4 KB of text, so that a long filter is pushed in part.

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
"""What is usual is not stored."""
ATTRIBUTES = "attributes"
"""A map by the attribute's id: numbers for integers, `YYYY-MM-DD HH:MM:SS` for moments, texts as given."""
GROUPS, INTERESTS = "groups", "interests"
"""Lists of ids."""
_PLACEHOLDER = re.compile(r"#f[0-9]+")


class DynamoFilter(Condition):
    """A filter of a query, which may be combined with other conditions of pynamodb.

    `expression` has placeholders only, of a form that pynamodb does not make; `placeholders` gives the attribute of each,
    and `constants` are typed for the wire, such as {"N": "5"}.
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
        return _PLACEHOLDER.sub(lambda found: names[found[0]], self.expression)

    def __repr__(self) -> str:
        return self.expression


@dataclass(frozen=True, slots=True)
class _Test:
    """`form` holds {0} for the path and {1} for the value."""

    form: str
    path: tuple[str, ...]
    value: dict[str, str] | None = None

    @property
    def size(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class _Inverse:
    """Of one condition or of alternatives."""

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
    """Return a filter that keeps every match, and maybe more; None when DynamoDB can decide nothing."""
    pushed = _pushed(tree, True, now)
    if pushed is None:
        return None
    writer = _Writer()
    return DynamoFilter(writer.text(pushed), writer.names, writer.values)


def _pushed(tree: Tree, positive: bool, now: datetime) -> _Pushed | None:
    """A condition that holds wherever the tree (its opposite, unless `positive`) does; None when it is not known."""
    match tree:
        case Not(part):
            return _pushed(part, not positive, now)
        case And(parts) | Or(parts):
            found = [_pushed(part, positive, now) for part in parts]
            return _every(found) if isinstance(tree, And) is positive else _some(found)
        case _:
            return _leaf(tree, positive, now)


def _every(found: list[_Pushed | None]) -> _Pushed | None:
    """As many as fit: to leave one out only keeps more."""
    kept: list[_Pushed] = []
    room = MAX_PUSHED
    for part in found:
        if part is not None and part.size <= room:
            kept.append(part)
            room -= part.size
    return _join("AND", kept) if kept else None


def _some(found: list[_Pushed | None]) -> _Pushed | None:
    """All or nothing: to leave one out would drop what only it keeps."""
    parts = [part for part in found if part is not None]
    if len(parts) < len(found) or sum(part.size for part in parts) > MAX_PUSHED:
        return None
    return _join("OR", parts)


def _join(word: str, parts: list[_Pushed]) -> _Pushed:
    return parts[0] if len(parts) == 1 else _Join(word, tuple(parts))


def _leaf(leaf: Leaf, positive: bool, now: datetime) -> _Pushed | None:
    exact = _exact(leaf, now)
    if exact is not None:
        return exact if positive else _Inverse(exact)
    if positive and isinstance(leaf, Comparison | Modulo):
        return _there(leaf.field)
    return None


def _exact(leaf: Leaf, now: datetime) -> _Test | _Join | None:
    """A condition that holds exactly where the leaf does."""
    match leaf:
        case Tagged(tag):
            return _Test("contains({0}, {1})", (GROUPS,), {"N": str(tag)})
        case Interested(interest):
            return _Test("contains({0}, {1})", (INTERESTS,), {"N": str(interest)})
        case Comparison(str(field), op, value) if field in STORED and not isinstance(value, Pattern):
            return _built_in(field, op, value if isinstance(value, str | int) else int(at(value, now).timestamp()))
        case Comparison(field, op, value) if field not in BUILT_IN and not isinstance(value, str | Pattern):
            wire = {"N": str(value)} if isinstance(value, int) else {"S": written(at(value, now))}
            return _Test(f"{{0}} {op} {{1}}", (ATTRIBUTES, str(field)), wire)
        case _:
            return None


def _built_in(field: str, op: Op, value: str | int) -> _Test | _Join:
    wire = {"S": value} if isinstance(value, str) else {"N": str(value)}
    compared = _Test(f"{{0}} {op} {{1}}", (STORED[field],), wire)
    if field in WHEN_ABSENT and COMPARE[op](WHEN_ABSENT[field], value):
        return _Join("OR", (_Test("attribute_not_exists({0})", (STORED[field],)), compared))
    return compared


def _there(field: Key) -> _Test | None:
    """Of a custom attribute: only a contact that has it can match."""
    if field in BUILT_IN:
        return None
    return _Test("attribute_exists({0})", (ATTRIBUTES, str(field)))


class _Writer:
    """Numbers the placeholders of one expression; equal names and values share one."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        self._known: dict[str, str] = {}

    def text(self, pushed: _Pushed) -> str:
        """Alternatives in parentheses and nothing else: DynamoDB refuses redundant ones."""
        if isinstance(pushed, _Test):
            path = ".".join(self._name(name) for name in pushed.path)
            return pushed.form.format(path, "" if pushed.value is None else self._value(pushed.value))
        if isinstance(pushed, _Inverse):
            return f"NOT {self.text(pushed.part)}"
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
