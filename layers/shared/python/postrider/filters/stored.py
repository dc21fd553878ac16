"""Convert bound trees to their stored form and back: nested JSON lists that begin with the kind of the node."""

from datetime import UTC, date, datetime
from typing import Any

from postrider.filters.moments import RelativeMoment, written
from postrider.filters.tree import (
    Activity,
    And,
    Comparison,
    ExactText,
    InterestCondition,
    Kind,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    TagCondition,
    Tree,
    Value,
)

_JOINS: dict[str, type[And] | type[Or]] = {"and": And, "or": Or}


def to_stored(tree: Tree) -> list[Any]:
    """Return the stored form of a tree."""
    match tree:
        case And(parts):
            return ["and", *map(to_stored, parts)]
        case Or(parts):
            return ["or", *map(to_stored, parts)]
        case Not(part):
            return ["not", to_stored(part)]
        case Comparison(field, op, value):
            return ["compare", field, op.value, _value(value)]
        case Modulo(field, divisor, op, value):
            return ["mod", field, divisor, op.value, value]
        case TagCondition(tag):
            return ["tag", tag]
        case InterestCondition(interest):
            return ["interest", interest]
        case ExactText(field, text):
            return ["text", field, text]
        case Activity():
            bounds = [None if bound is None else _value(bound) for bound in (tree.since, tree.until)]
            return ["did", tree.kind.value, tree.campaign_id, tree.link_id, *bounds]


def from_stored(stored: list[Any]) -> Tree:
    """Return the tree of a stored form."""
    kind, *rest = stored
    match kind:
        case "and" | "or":
            return _JOINS[kind](tuple(map(from_stored, rest)))
        case "not":
            return Not(from_stored(rest[0]))
        case "compare":
            field, op, value = rest
            return Comparison(field, Op(op), _read(value))
        case "mod":
            field, divisor, op, value = rest
            return Modulo(field, divisor, Op(op), value)
        case "tag":
            return TagCondition(rest[0])
        case "interest":
            return InterestCondition(rest[0])
        case "text":
            return ExactText(*rest)
        case "did":
            done, campaign_id, link_id, since, until = rest
            return Activity(
                kind=Kind(done),
                campaign_id=campaign_id,
                link_id=link_id,
                since=None if since is None else _read(since),
                until=None if until is None else _read(until),
            )
    raise ValueError(f"unknown kind of node: {kind!r}")


def _value(value: Value) -> Any:
    """Return the stored form of a value: texts and numbers unchanged, other values as an object."""
    match value:
        case Pattern(pieces):
            return {"like": list(pieces)}
        case RelativeMoment(anchor, amount, unit):
            return {"from": [anchor, amount, unit]}
        case datetime():
            return {"at": written(value)}
        case date():
            return {"day": value.isoformat()}
        case _:
            return value


def _read(value: Any) -> Any:
    match value:
        case {"like": pieces}:
            return Pattern(tuple(pieces))
        case {"from": [anchor, amount, unit]}:
            return RelativeMoment(anchor, amount, unit)
        case {"at": text}:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        case {"day": text}:
            return date.fromisoformat(text)
        case _:
            return value
