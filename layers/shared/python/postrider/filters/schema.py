"""Define the fields of expressions, and check names, types of constants and bounds for all languages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from postrider.filters.moments import Moment, parse_moment
from postrider.filters.tree import (
    MAX_TERMS,
    Activity,
    Comparison,
    InterestCondition,
    Kind,
    Modulo,
    Op,
    Pattern,
    TagCondition,
    Tree,
    fold,
    negated,
)
from postrider.kit.errors import Invalid

Schema = Mapping[str, str] | tuple[tuple[str, str], ...]
"""Type of each custom attribute by its exact name: text, mediumtext, integer, timestamp or datetime."""


class Type(Enum):
    TEXT = "text"
    INTEGER = "a whole number"
    MOMENT = "a moment"


BUILT_IN = {
    "id": Type.INTEGER,
    "email": Type.TEXT,
    "status": Type.TEXT,
    "registered": Type.MOMENT,
    "bounce_type": Type.TEXT,
    "bounce_count": Type.INTEGER,
}
"""Names that no custom attribute may have, such as `tags` and `_tags`."""
ALIASES = {"subscribed_on": "registered", "last_bounce_type": "bounce_type", "bounces_count": "bounce_count"}
"""Names that responses use. A custom attribute with the name of an alias, tag field or interest field takes precedence."""
TAG_FIELDS = frozenset({"tag", "tags", "_tags"})
INTEREST_FIELDS = frozenset({"interest", "interests"})
STATUS_ALIASES = {"subscribed": "active"}
BOUNCE_CODES = {
    "none": "none",
    "address_changed": "ac",
    "auto_reply": "ar",
    "challenged": "cr",
    "no_domain": "df",
    "mailbox_full": "fm",
    "hard": "hb",
    "blocked": "mb",
    "soft": "sb",
    "transient": "tr",
}
"""Constants of `bounce_type` by the type stored in contacts: the codes of the main API (main-api.md, section 7)."""
BOUNCE_TYPES = {code: bounce_type for bounce_type, code in BOUNCE_CODES.items()}

ATTRIBUTE_TYPES = {
    "text": Type.TEXT,
    "mediumtext": Type.TEXT,
    "integer": Type.INTEGER,
    "timestamp": Type.MOMENT,
    "datetime": Type.MOMENT,
}
MAX_SHOWN, MAX_PATH = 40, 200
"""Maximum lengths of a text, and of a path, in a message."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
MAX_INTEGER = 2**63 - 1
"""The largest integer attribute; DynamoDB compares 38 digits exactly."""
_ID = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A position in an expression, as text for people and as details for programs."""

    text: str
    details: dict[str, Any]

    @classmethod
    def at(cls, line: int, column: int) -> "TextPlace":
        return cls(f"line {line}, column {column}", {"line": line, "column": column})

    @classmethod
    def under(cls, path: str) -> "TextPlace":
        path = path if len(path) <= MAX_PATH else path[:MAX_PATH] + "..."
        return cls(f"at {path}", {"path": path})


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of an expression: its pieces between unescaped `wildcard` characters."""

    pieces: tuple[str, ...]
    wildcard: str
    place: TextPlace
    is_number: bool = False
    """Whether the constant is a number without quotes."""

    @property
    def text(self) -> str:
        return self.wildcard.join(self.pieces)

    @property
    def is_blank(self) -> bool:
        return len(self.pieces) == 1 and not self.pieces[0].strip()


def wrong(why: str, place: TextPlace, *, code: str = "bad_selection") -> Invalid:
    """Return the error for an invalid expression, with its place."""
    return Invalid(f"{why} ({place.text})", code=code, details=place.details)


def shown(text: str) -> str:
    """Quote a text, or a token of lark, in a message; a long text is cut."""
    return repr(str(text) if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "...")


class Builder:
    """A builder of the leaves of one tree; every method raises Invalid with place and reason."""

    def __init__(self, schema: Schema) -> None:
        self._types = {**{name: ATTRIBUTE_TYPES[kind] for name, kind in dict(schema).items()}, **BUILT_IN}
        self._terms = 0

    def comparison(self, field: str, op: Op, constant: Constant, place: TextPlace) -> Tree:
        self._count(place)
        if field not in self._types and field in TAG_FIELDS | INTEREST_FIELDS:
            if op is not Op.EQ:
                raise wrong(f"{field} is compared with equal and not equal only.", place)
            kind = TagCondition if field in TAG_FIELDS else InterestCondition
            return kind(checked(constant.text, constant.place))
        name, type_ = self._field(field, place)
        if constant.is_blank:
            return _not_set(name, op, constant.place)
        if op is Op.LIKE:
            return Comparison(name, op, _pattern(constant))
        text = checked(constant.text, constant.place)
        if type_ is Type.TEXT and constant.is_number and op is not Op.EQ:
            raise wrong(
                f"{shown(name)} is text, and {op} would compare {text} as text, by which 9 is greater than 10. Use an "
                f'attribute of the type integer, or write "{text}" in double quotes to compare texts.',
                constant.place,
                code="bad_constant",
            )
        if name == "status":
            text = STATUS_ALIASES.get(fold(text), text)
        return Comparison(name, op, _value(type_, text, name, constant.place))

    def modulo(self, field: str, divisor: str, op: Op, constant: Constant, place: TextPlace) -> Tree:
        self._count(place)
        name, type_ = self._field(field, place)
        if type_ is not Type.INTEGER:
            raise wrong(f"MOD needs an integer field, and {shown(name)} is {type_.value}.", place, code="bad_constant")
        if op is Op.LIKE:
            raise wrong("A remainder is a number, which LIKE does not compare.", place)
        divisor_value, value = _integer(divisor, place), _integer(constant.text, constant.place)
        if divisor_value < 1:
            raise wrong("MOD needs a divisor of at least 1.", place, code="bad_constant")
        return Modulo(name, divisor_value, op, value)

    def name(self, word: str, constant: Constant, place: TextPlace) -> Tree:
        """Return the leaf for `TAG IS "..."` or `INTEREST IS "..."`."""
        self._count(place)
        kind = TagCondition if word in TAG_FIELDS else InterestCondition
        return kind(checked(constant.text, constant.place))

    def activity(
        self,
        target: str,
        target_id: str,
        done: str,
        since: Constant | None,
        until: Constant | None,
        place: TextPlace,
    ) -> Tree:
        """Return the leaf for an activity; `target` is mailing or link.

        `done` is sent, open, opened or clicked, optionally with the prefix `not`.
        """
        self._count(place)
        word = done.removeprefix("not")
        kind = Kind.OPENED if word == "open" else Kind(word)
        if not _ID.fullmatch(target_id) or not int(target_id):
            raise wrong(f"{shown(target_id)} is not an id.", place, code="bad_constant")
        if target == "link" and kind is not Kind.CLICKED:
            raise wrong("A link can only be clicked.", place)
        activity = Activity(
            kind=kind,
            campaign_id=int(target_id) if target == "mailing" else None,
            link_id=int(target_id) if target == "link" else None,
            since=None if since is None else _moment(since.text, since.place),
            until=None if until is None else _moment(until.text, until.place),
        )
        return negated(activity, done.startswith("not"))

    def _count(self, place: TextPlace) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise too_large(f"more than {MAX_TERMS} conditions", place)

    def _field(self, field: str, place: TextPlace) -> tuple[str, Type]:
        name = field if field in self._types else ALIASES.get(field, field)
        if name not in self._types:
            raise wrong(f"Unknown field {shown(field)}.", place, code="unknown_field")
        return name, self._types[name]


def too_large(why: str, place: TextPlace) -> Invalid:
    """Return the error for an expression that exceeds a bound."""
    return wrong(f"The expression is too large: {why}.", place, code="selection_too_large")


def checked(text: str, place: TextPlace) -> str:
    """Return the text. Raises Invalid for a text that cannot be stored."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise wrong("The text is not Unicode.", place, code="bad_constant")
    return text


def _not_set(name: str, op: Op, place: TextPlace) -> Comparison:
    """Return the comparison with "", which means that the contact has no value. Raises Invalid for other operators."""
    if name in BUILT_IN:
        raise wrong(f'"" means "not set", and every contact has {name}.', place, code="bad_constant")
    if op not in (Op.EQ, Op.LIKE):
        raise wrong('"" means "not set"; it is compared with equal and not equal only.', place, code="bad_constant")
    return Comparison(name, Op.EQ, "")


def _pattern(constant: Constant) -> Pattern:
    pieces: Sequence[str] = [fold(checked(piece, constant.place)) for piece in constant.pieces]
    middle = [piece for piece in pieces[1:-1] if piece]
    return Pattern((pieces[0], *middle, pieces[-1]) if len(pieces) > 1 else (pieces[0],))


def _value(type_: Type, text: str, field: str, place: TextPlace) -> str | int | Moment:
    match type_:
        case Type.TEXT:
            return fold(text)
        case Type.INTEGER:
            return _integer(text, place, field)
        case Type.MOMENT:
            return _moment(text, place, field)


def _integer(text: str, place: TextPlace, field: str = "this") -> int:
    if not _INTEGER.fullmatch(text.strip()) or abs(int(text)) > MAX_INTEGER:
        raise wrong(
            f"{shown(text)} is not a whole number of 64 bits, which {field} needs.",
            place,
            code="bad_constant",
        )
    return int(text)


def _moment(text: str, place: TextPlace, field: str = "this") -> Moment:
    moment = parse_moment(text)
    if moment is None:
        raise wrong(
            f"{shown(text)} is not a moment such as 2026-01-31, 2026-01-31 10:00:00, now or -30 days, "
            f"which {field} needs.",
            place,
            code="bad_constant",
        )
    return moment
