"""Test in Python whether a contact matches a tree.

A contact without an attribute only matches the comparison of this attribute with "", which means "not set", and therefore
every other negated comparison. A stored text never equals a number, and a number never equals a moment; texts and
patterns are compared with the written form of any value.
"""

import operator
import unicodedata
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, Protocol

from postrider.filters.moments import Moment, at, day_at, day_of, is_day, written
from postrider.filters.schema import BOUNCE_CODES
from postrider.filters.tree import (
    EXTERNAL_ID,
    LEFT_BY,
    SUPPRESSED_BY,
    Activity,
    And,
    Comparison,
    ExactText,
    Fact,
    InterestCondition,
    Key,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    TagCondition,
    Tree,
    fold,
)


class Mark(Protocol):
    """A suppression of the address of a contact."""

    @property
    def source(self) -> str: ...


class Contact(Protocol):
    """The fields of a contact in trees; groups, interests and attributes are names or ids, as in the tree.

    `attributes` holds texts, whole numbers, and moments as `YYYY-MM-DD HH:MM:SS` in UTC.
    """

    @property
    def id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def withdrawn_by(self) -> str | None: ...
    @property
    def mark(self) -> Mark | None: ...
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
"""All moments of each fact in the tree (`facts_of`); a missing fact never happened."""

BUILT_IN: dict[str, Callable[[Contact], str | int | datetime]] = {
    "id": lambda contact: contact.id,
    "email": lambda contact: contact.email,
    "status": lambda contact: contact.status,
    "registered": lambda contact: contact.subscribed_at,
    "bounce_type": lambda contact: BOUNCE_CODES[contact.last_bounce_type],
    "bounce_count": lambda contact: contact.bounces_count,
}
_CONTACT_TEXTS: dict[Key, Callable[[Contact], str]] = {
    EXTERNAL_ID: lambda contact: contact.external_id or "",
    LEFT_BY: lambda contact: contact.withdrawn_by or "",
    SUPPRESSED_BY: lambda contact: "" if contact.mark is None else contact.mark.source,
}
COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
}


Test = Callable[[Contact, Facts], bool]
"""A function that returns whether a contact with these facts matches."""


def matches(tree: Tree, contact: Contact, facts: Facts | None, now: datetime) -> bool:
    """Return whether the contact matches; relative moments count from `now`, in whose time zone days are."""
    return test_of(tree, now)(contact, facts or {})


def test_of(tree: Tree, now: datetime) -> Test:
    """Return a function that tests contacts as `matches` does; the constants of the tree are prepared once."""
    match tree:
        case And(parts):
            tests = [test_of(part, now) for part in parts]
            return lambda contact, facts: all(test(contact, facts) for test in tests)
        case Or(parts):
            tests = [test_of(part, now) for part in parts]
            return lambda contact, facts: any(test(contact, facts) for test in tests)
        case Not(part):
            test = test_of(part, now)
            return lambda contact, facts: not test(contact, facts)
        case Comparison():
            return _comparison(tree, now)
        case TagCondition(tag):
            return lambda contact, facts: tag in contact.groups
        case InterestCondition(interest):
            return lambda contact, facts: interest in contact.interests
        case ExactText(field, text):
            return _exact_text(field, text)
        case Modulo():
            return _modulo(tree)
        case Activity():
            return _activity(tree, now)


def matches_pattern(pieces: tuple[str, ...], text: str) -> bool:
    """Return whether the text consists of the pieces with any text between them, in one pass without backtracking."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(middle) == 1 and not first and not last:  # the most frequent pattern: a text anywhere
        return middle[0] in text
    start, end = len(first), len(text) - len(last)
    if end < start or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        position = text.find(piece, start, end)
        if position < 0:
            return False
        start = position + len(piece)
    return True


def _comparison(node: Comparison, now: datetime) -> Test:
    get, compare, wanted = _getter(node.field), COMPARE.get(node.op), node.value
    if wanted == "":
        return lambda contact, facts: get(contact) in (None, "")
    if isinstance(wanted, Pattern):
        pieces = wanted.pieces
        return lambda contact, facts: (
            (stored := get(contact)) is not None and matches_pattern(pieces, fold(_written(stored)))
        )
    assert compare is not None  # only a pattern is compared by LIKE
    if isinstance(wanted, str):
        return lambda contact, facts: (stored := get(contact)) is not None and compare(fold(_written(stored)), wanted)
    if isinstance(wanted, int):
        return lambda contact, facts: isinstance(stored := get(contact), int) and compare(stored, wanted)
    if is_day(wanted):
        wanted_day = day_at(wanted, now)
        return lambda contact, facts: (day := _day(get(contact), now)) is not None and compare(day, wanted_day)
    # Moments are compared as texts, as in DynamoDB.
    moment = written(at(wanted, now))
    return lambda contact, facts: (
        not isinstance(stored := get(contact), int | None) and compare(_written(stored), moment)
    )


def _exact_text(field: Key, text: str) -> Test:
    if field in _CONTACT_TEXTS:
        read = _CONTACT_TEXTS[field]
        return lambda contact, facts: read(contact) == text
    if text.isascii():
        return lambda contact, facts: str(contact.attributes.get(field, "")) == text
    wanted = unicodedata.normalize("NFC", text)
    return lambda contact, facts: unicodedata.normalize("NFC", str(contact.attributes.get(field, ""))) == wanted


def _modulo(node: Modulo) -> Test:
    get, compare, divisor, wanted = _getter(node.field), COMPARE[node.op], node.divisor, node.value
    return lambda contact, facts: (
        isinstance(stored := get(contact), int) and compare(_remainder(stored, divisor), wanted)
    )


def _activity(node: Activity, now: datetime) -> Test:
    since, until = _bound(Op.GTE, node.since, now), _bound(Op.LTE, node.until, now)
    return lambda contact, facts: any(since(moment) and until(moment) for moment in facts.get(node.fact, ()))


def _bound(op: Op, wanted: Moment | None, now: datetime) -> Callable[[datetime], bool]:
    """Return a function that tests whether a moment is within the bound."""
    if wanted is None:
        return lambda moment: True
    compare = COMPARE[op]
    if is_day(wanted):
        day = day_at(wanted, now)
        return lambda moment: compare(day_of(moment, now), day)
    absolute = at(wanted, now)
    return lambda moment: compare(moment, absolute)


def _getter(field: Key) -> Callable[[Contact], str | int | datetime | None]:
    if isinstance(field, str) and field in BUILT_IN:
        return BUILT_IN[field]
    return lambda contact: contact.attributes.get(field)


def _day(stored: str | int | datetime | None, now: datetime) -> date | None:
    return None if isinstance(stored, int | None) else day_of(stored, now)


def _written(value: str | int | datetime) -> str:
    return written(value) if isinstance(value, datetime) else str(value)


def _remainder(value: int, divisor: int) -> int:
    return abs(value) % divisor * (-1 if value < 0 else 1)
