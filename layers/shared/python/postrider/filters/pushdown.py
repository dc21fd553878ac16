"""The part of a selection that DynamoDB can decide, as a filter expression that never drops a contact that matches.

Decided there: status, tags, interests, bounce type and count, subscription time, and custom attributes that are numbers
or moments; and that a custom attribute which must have some value is there at all. Not decided there, so left to the
predicate: texts (they are stored as spelled, and DynamoDB compares bytes), the id (a key attribute, which filters may
not name), remainders, patterns and activity.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from postrider.filters.moments import at, written
from postrider.filters.predicate import COMPARE
from postrider.filters.tree import (
    BUILT_IN,
    And,
    Comparison,
    Interested,
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
"""Conditions: keeps below 300 operators and 4 KB of text, so that a long selection is pushed in part.

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
"""A map: numbers for integers, `YYYY-MM-DD HH:MM:SS` for moments, texts as given."""
TAGS, INTERESTS = "tags", "interests"
"""Lists or sets of texts."""


class Pushdown(NamedTuple):
    """For a query: `expression` has placeholders only, and may be joined to others by AND as it is.

    `values` are typed for the wire, such as {"N": "5"}.
    """

    expression: str
    names: dict[str, str]
    values: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Condition:
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

    part: "_Condition | _Join"

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


_Pushed = _Condition | _Inverse | _Join


def filter_of(tree: Tree, now: datetime) -> Pushdown | None:
    """A filter that keeps every match, and maybe more; None when nothing can be decided there."""
    pushed = _pushed(tree, True, now)
    if pushed is None:
        return None
    writer = _Writer()
    return Pushdown(writer.text(pushed), writer.names, writer.values)


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


def _exact(leaf: Leaf, now: datetime) -> _Condition | _Join | None:
    """A condition that holds exactly where the leaf does."""
    match leaf:
        case Tagged(tag):
            return _Condition("contains({0}, {1})", (TAGS,), {"S": tag})
        case Interested(interest):
            return _Condition("contains({0}, {1})", (INTERESTS,), {"S": interest})
        case Comparison(field, op, value) if field in STORED and not isinstance(value, Pattern):
            return _built_in(field, op, value if isinstance(value, str | int) else int(at(value, now).timestamp()))
        case Comparison(field, op, value) if field not in BUILT_IN and not isinstance(value, str | Pattern):
            wire = {"N": str(value)} if isinstance(value, int) else {"S": written(at(value, now))}
            return _Condition(f"{{0}} {op} {{1}}", (ATTRIBUTES, field), wire)
        case _:
            return None


def _built_in(field: str, op: Op, value: str | int) -> _Condition | _Join:
    wire = {"S": value} if isinstance(value, str) else {"N": str(value)}
    compared = _Condition(f"{{0}} {op} {{1}}", (STORED[field],), wire)
    if field in WHEN_ABSENT and COMPARE[op](WHEN_ABSENT[field], value):
        return _Join("OR", (_Condition("attribute_not_exists({0})", (STORED[field],)), compared))
    return compared


def _there(field: str) -> _Condition | None:
    """Of a custom attribute: only a contact that has it can match."""
    if field in BUILT_IN:
        return None
    return _Condition("attribute_exists({0})", (ATTRIBUTES, field))


class _Writer:
    """Numbers the placeholders of one expression; equal names and values share one."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        self._known: dict[str, str] = {}

    def text(self, pushed: _Pushed) -> str:
        """Alternatives in parentheses and nothing else: DynamoDB refuses redundant ones."""
        if isinstance(pushed, _Condition):
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
