"""Decide in Python whether a contact matches a tree.

A contact without an attribute matches no comparison of that attribute but the one with "", which means "not set", and
therefore every other negated comparison. A stored text never equals a number, and a number never equals a moment; texts and
patterns are compared with the written form of any value.
"""

import operator
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Protocol

from postrider.filters.moments import Moment, at, day_at, day_of, is_day, written
from postrider.filters.tree import (
    Activity,
    And,
    Comparison,
    Fact,
    Interested,
    Key,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    Tagged,
    Tree,
    fold,
)


class Contact(Protocol):
    """The fields of a contact that trees name; groups, interests and attributes are names or ids, as in the tree.

    `attributes` holds texts, whole numbers, and moments as `YYYY-MM-DD HH:MM:SS` in UTC.
    """

    @property
    def id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def subscribed_at(self) -> datetime: ...
    @property
    def last_bounce_type(self) -> str: ...
    @property
    def bounces_count(self) -> int: ...
    @property
    def groups(self) -> AbstractSet[Any]: ...
    @property
    def interests(self) -> AbstractSet[Any]: ...
    @property
    def attributes(self) -> Mapping[Any, str | int]: ...


Facts = Mapping[Fact, Collection[datetime]]
"""All moments of each fact that the tree names (`facts_of`); a missing fact never happened."""

BUILT_IN: dict[str, Callable[[Contact], str | int | datetime]] = {
    "id": lambda contact: contact.id,
    "email": lambda contact: contact.email,
    "status": lambda contact: contact.status,
    "registered": lambda contact: contact.subscribed_at,
    "bounce_type": lambda contact: contact.last_bounce_type,
    "bounce_count": lambda contact: contact.bounces_count,
}
COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
}


def matches(tree: Tree, contact: Contact, facts: Facts | None, now: datetime) -> bool:
    """Return whether the contact matches; relative moments count from `now`, in whose time zone days are."""
    match tree:
        case And(parts):
            return all(matches(part, contact, facts, now) for part in parts)
        case Or(parts):
            return any(matches(part, contact, facts, now) for part in parts)
        case Not(part):
            return not matches(part, contact, facts, now)
        case Comparison():
            return _compares(tree, contact, now)
        case Tagged(tag):
            return tag in contact.groups
        case Interested(interest):
            return interest in contact.interests
        case Modulo():
            value = _stored(tree.field, contact)
            return isinstance(value, int) and COMPARE[tree.op](_remainder(value, tree.divisor), tree.value)
        case Activity():
            return _happened(tree, facts or {}, now)


def matches_pattern(pieces: tuple[str, ...], text: str) -> bool:
    """Return whether the text consists of the pieces with any text between them, in one pass without backtracking."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    start, end = len(first), len(text) - len(last)
    if end < start or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        position = text.find(piece, start, end)
        if position < 0:
            return False
        start = position + len(piece)
    return True


def _compares(node: Comparison, contact: Contact, now: datetime) -> bool:
    stored, wanted = _stored(node.field, contact), node.value
    if wanted == "":
        return stored is None or stored == ""
    if stored is None:
        return False
    if isinstance(wanted, Pattern):
        return matches_pattern(wanted.pieces, fold(_written(stored)))
    if isinstance(wanted, str):
        return COMPARE[node.op](fold(_written(stored)), wanted)
    if isinstance(wanted, int):
        return isinstance(stored, int) and COMPARE[node.op](stored, wanted)
    if isinstance(stored, int):
        return False
    if is_day(wanted):
        day = day_of(stored, now)
        return day is not None and COMPARE[node.op](day, day_at(wanted, now))
    # Moments are compared as texts, as DynamoDB compares the stored ones.
    return COMPARE[node.op](_written(stored), written(at(wanted, now)))


def _stored(field: Key, contact: Contact) -> str | int | datetime | None:
    built_in = BUILT_IN.get(field) if isinstance(field, str) else None
    return built_in(contact) if built_in else contact.attributes.get(field)


def _written(value: str | int | datetime) -> str:
    return written(value) if isinstance(value, datetime) else str(value)


def _remainder(value: int, divisor: int) -> int:
    return abs(value) % divisor * (-1 if value < 0 else 1)


def _happened(node: Activity, facts: Facts, now: datetime) -> bool:
    since, until = node.since, node.until
    return any(
        (since is None or _compares_moment(moment, Op.GTE, since, now))
        and (until is None or _compares_moment(moment, Op.LTE, until, now))
        for moment in facts.get(node.fact, ())
    )


def _compares_moment(moment: datetime, op: Op, wanted: Moment, now: datetime) -> bool:
    if is_day(wanted):
        return COMPARE[op](day_of(moment, now), day_at(wanted, now))
    return COMPARE[op](moment, at(wanted, now))
