"""The expression tree that all selection languages are parsed into, and what it mentions.

Negation has one form: `!=`, NOT LIKE, IS NOT and the `not...` words become Not. And and Or hold two or more parts,
never directly one of their own kind; a Not never holds a Not. So an expression has the same tree in every language.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from postrider.filters.moments import Relative

MAX_LENGTH = 10_000
"""Characters of an expression; the parsers take some 30 ms for the worst text that is accepted."""
MAX_TERMS = 256
"""Conditions in one expression."""
MAX_DEPTH = 32
"""Of parentheses, or of nested JSON operators."""
MAX_TOKENS = 4_096
"""Words and signs: only needless parentheses can take more."""


class Op(StrEnum):
    EQ = "="
    GT = ">"
    GTE = ">="
    LT = "<"
    LTE = "<="
    LIKE = "like"


class Kind(StrEnum):
    """Of activity. A click is on any link of a campaign, or on one link."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Literal pieces, case-folded, between wildcards that stand for any text: "a%b" is ("a", "b")."""

    pieces: tuple[str, ...]


BUILT_IN = frozenset({"id", "email", "status", "registered", "bounce_type", "bounce_count"})
"""Fields that every contact has; no custom attribute may take their names."""

Value = str | int | datetime | Relative | Pattern
"""Text is case-folded; moments are in UTC and have whole seconds."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field` is one of BUILT_IN or a custom attribute. LIKE goes with a Pattern, and only with it."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Modulo:
    """The remainder of an integer field, with the sign of the field's value, as SQL has it."""

    field: str
    divisor: int
    op: Op
    value: int


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str


@dataclass(frozen=True, slots=True)
class Interested:
    interest: str


Fact = tuple[str, int]
"""What a contact may have done: ("sent" | "opened" | "clicked", campaign id) or ("link", link id)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The contact was sent, opened or clicked this, at least once between `since` and `until`, both inclusive."""

    kind: Kind
    campaign_id: int | None = None
    link_id: int | None = None
    since: datetime | Relative | None = None
    until: datetime | Relative | None = None

    @property
    def fact(self) -> Fact:
        return ("link", self.link_id) if self.link_id is not None else (self.kind.value, self.campaign_id or 0)


@dataclass(frozen=True, slots=True)
class And:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Tree"


Leaf = Comparison | Modulo | Tagged | Interested | Activity
Tree = Leaf | And | Or | Not


def all_of(parts: Iterable[Tree]) -> Tree:
    """Of one or more parts."""
    return _joined(And, parts)


def any_of(parts: Iterable[Tree]) -> Tree:
    """Of one or more parts."""
    return _joined(Or, parts)


def negated(part: Tree, times: bool = True) -> Tree:
    """The opposite; with `times` False the part itself."""
    if not times:
        return part
    return part.part if isinstance(part, Not) else Not(part)


def _joined(kind: type[And] | type[Or], parts: Iterable[Tree]) -> Tree:
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def leaves(tree: Tree) -> Iterator[Leaf]:
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield tree


def replaced(tree: Tree, old: Leaf, new: Leaf) -> Tree:
    """With one condition in the place of another, wherever it stands."""
    match tree:
        case And(parts):
            return And(tuple(replaced(part, old, new) for part in parts))
        case Or(parts):
            return Or(tuple(replaced(part, old, new) for part in parts))
        case Not(part):
            return Not(replaced(part, old, new))
        case _:
            return new if tree == old else tree


def facts_of(tree: Tree) -> frozenset[Fact]:
    """The facts that must be known about each contact."""
    return frozenset(leaf.fact for leaf in leaves(tree) if isinstance(leaf, Activity))


def campaigns_of(tree: Tree) -> frozenset[int]:
    """Ids of campaigns named by MAILING(id)."""
    return frozenset(
        leaf.campaign_id for leaf in leaves(tree) if isinstance(leaf, Activity) and leaf.campaign_id is not None
    )


def links_of(tree: Tree) -> frozenset[int]:
    """Ids of links named by LINK(id)."""
    return frozenset(leaf.link_id for leaf in leaves(tree) if isinstance(leaf, Activity) and leaf.link_id is not None)


def attributes_of(tree: Tree) -> frozenset[str]:
    """Names of the custom attributes that are compared."""
    fields = frozenset(leaf.field for leaf in leaves(tree) if isinstance(leaf, Comparison | Modulo))
    return fields - BUILT_IN


def fold(text: str) -> str:
    """Texts that differ in case only become equal."""
    return text.casefold()
