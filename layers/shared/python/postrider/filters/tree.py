"""Define the tree of expressions of all languages, and find the tags, campaigns and attributes in it.

A parsed tree has the names of tags, interests and custom attributes, a bound tree their ids (`binding`).

Negation has one form: `!=`, NOT LIKE, IS NOT and the words with `not` become Not. And and Or have two or more parts of
other kinds; the part of a Not is not a Not. So an expression has the same tree in every language.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from unicodedata import normalize

from postrider.filters.moments import Moment, RelativeMoment, is_day

MAX_LENGTH = 10_000
"""Maximum length of an expression; the parsers need about 30 ms for the worst accepted text."""
MAX_TERMS = 256
"""Maximum number of conditions in one expression."""
MAX_DEPTH = 32
"""Maximum depth of parentheses, or of nested JSON operators."""
MAX_TOKENS = 4_096
"""Maximum number of tokens of an expression; only redundant parentheses can exceed it."""


class Op(StrEnum):
    EQ = "="
    GT = ">"
    GTE = ">="
    LT = "<"
    LTE = "<="
    LIKE = "like"


class Kind(StrEnum):
    """The kind of an activity. A click is on any link of a campaign, or on a certain link."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Literal pieces, case-folded, between wildcards for any text: "a%b" is ("a", "b")."""

    pieces: tuple[str, ...]


BUILT_IN = frozenset({"id", "email", "status", "registered", "bounce_type", "bounce_count"})
"""Fields of every contact; no custom attribute may have their names."""

Key = str | int
"""The name of a tag, an interest or a custom attribute in a parsed tree, and its id in a bound tree."""

Value = str | int | datetime | date | RelativeMoment | Pattern
"""Text is folded (`fold`), and "" means that the attribute is not set; moments are in UTC and have whole seconds."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of a field of BUILT_IN or a custom attribute. The value of LIKE, and of no other, is a Pattern."""

    field: Key
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Modulo:
    """A comparison of the remainder of an integer field; the remainder has the sign of the field, as in SQL."""

    field: Key
    divisor: int
    op: Op
    value: int


@dataclass(frozen=True, slots=True)
class TagCondition:
    tag: Key


@dataclass(frozen=True, slots=True)
class InterestCondition:
    interest: Key


EXTERNAL_ID, LEFT_BY, SUPPRESSED_BY = "external_id", "withdrawn_by", "suppressed_by"
CONTACT_TEXTS = frozenset({EXTERNAL_ID, LEFT_BY, SUPPRESSED_BY})
"""Fields of ExactText other than custom attributes: an id, the cause of a departure, the source of a suppression."""


@dataclass(frozen=True, slots=True)
class ExactText:
    """A condition that a field as text equals this text with its case; "" means that it is not set.

    The field is the id of a custom attribute, or one of CONTACT_TEXTS. The three languages have no such condition.
    """

    field: Key
    text: str


Fact = tuple[str, int]
"""An activity of a contact: ("sent" | "opened" | "clicked", campaign id) or ("link", link id)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A condition that an activity happened at least once between `since` and `until`, both inclusive."""

    kind: Kind
    campaign_id: int | None = None
    link_id: int | None = None
    since: Moment | None = None
    until: Moment | None = None

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


Leaf = Comparison | Modulo | ExactText | TagCondition | InterestCondition | Activity
Tree = Leaf | And | Or | Not


def all_of(parts: Iterable[Tree]) -> Tree:
    """Join one or more parts, which must all be true."""
    return _joined(And, parts)


def any_of(parts: Iterable[Tree]) -> Tree:
    """Join one or more parts, at least one of which must be true."""
    return _joined(Or, parts)


def negated(part: Tree, times: bool = True) -> Tree:
    """Return the negation of the part, or the part itself if `times` is False."""
    if not times:
        return part
    return part.part if isinstance(part, Not) else Not(part)


def _joined(kind: type[And] | type[Or], parts: Iterable[Tree]) -> Tree:
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Yield the leaves of the tree from left to right."""
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield tree


def with_leaves(tree: Tree, change: Callable[[Leaf], Leaf]) -> Tree:
    """Return the tree with every leaf changed."""
    match tree:
        case And(parts):
            return And(tuple(with_leaves(part, change) for part in parts))
        case Or(parts):
            return Or(tuple(with_leaves(part, change) for part in parts))
        case Not(part):
            return Not(with_leaves(part, change))
        case _:
            return change(tree)


def facts_of(tree: Tree) -> frozenset[Fact]:
    """Return the facts in the tree, which are needed for each contact."""
    return frozenset(leaf.fact for leaf in leaves(tree) if isinstance(leaf, Activity))


def campaigns_of(tree: Tree) -> frozenset[int]:
    """Return the ids of campaigns in MAILING(id)."""
    return frozenset(
        leaf.campaign_id for leaf in leaves(tree) if isinstance(leaf, Activity) and leaf.campaign_id is not None
    )


def links_of(tree: Tree) -> frozenset[int]:
    """Return the ids of links in LINK(id)."""
    return frozenset(leaf.link_id for leaf in leaves(tree) if isinstance(leaf, Activity) and leaf.link_id is not None)


def attributes_of(tree: Tree) -> frozenset[Key]:
    """Return the custom attributes in the tree."""
    compared = frozenset(leaf.field for leaf in leaves(tree) if isinstance(leaf, Comparison | Modulo))
    exact = frozenset(leaf.field for leaf in leaves(tree) if isinstance(leaf, ExactText))
    return (compared - BUILT_IN) | (exact - CONTACT_TEXTS)


def tags_of(tree: Tree) -> frozenset[Key]:
    """Return the tags in the tree."""
    return frozenset(leaf.tag for leaf in leaves(tree) if isinstance(leaf, TagCondition))


def interests_of(tree: Tree) -> frozenset[Key]:
    """Return the interests in the tree."""
    return frozenset(leaf.interest for leaf in leaves(tree) if isinstance(leaf, InterestCondition))


def required_tags_of(tree: Tree) -> frozenset[Key] | None:
    """Return tags such that every match has at least one of them, or None if a contact without tags may match."""
    match tree:
        case TagCondition(tag):
            return frozenset({tag})
        case And(parts):
            required = [tags for part in parts if (tags := required_tags_of(part)) is not None]
            return min(required, key=len, default=None)
        case Or(parts):
            alternatives = [required_tags_of(part) for part in parts]
            known = [tags for tags in alternatives if tags is not None]
            return frozenset().union(*known) if len(known) == len(alternatives) else None
        case _:
            return None


def has_days(tree: Tree) -> bool:
    """Return whether the tree has a day, which depends on a time zone."""
    return any(
        is_day(value)
        for leaf in leaves(tree)
        for value in (
            (leaf.value,)
            if isinstance(leaf, Comparison)
            else (leaf.since, leaf.until)
            if isinstance(leaf, Activity)
            else ()
        )
    )


def fold(text: str) -> str:
    """Fold a text: texts that differ only in case, or in the Unicode form of equal characters, become equal."""
    return text.casefold() if text.isascii() else normalize("NFC", normalize("NFC", text).casefold())
