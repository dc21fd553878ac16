"""Write a tree of names in any of the languages; the expression parses to the same tree again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from postrider.filters.languages.fiql import NUMBER
from postrider.filters.languages.sql import quoted
from postrider.filters.moments import source_of
from postrider.filters.tree import (
    Activity,
    And,
    Comparison,
    InterestCondition,
    Kind,
    Leaf,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    TagCondition,
    Tree,
    Value,
)

_WORDS = {
    Op.EQ: ("eq", "neq"),
    Op.GT: ("gt", None),
    Op.GTE: ("gte", None),
    Op.LT: ("lt", None),
    Op.LTE: ("lte", None),
    Op.LIKE: ("like", "unlike"),
}
"""(operator, negated operator) in FIQL and JSON."""


def to_query(tree: Tree) -> str:
    """Write the tree in the SQL-like language."""
    match tree:
        case Or(parts):
            return " OR ".join(to_query(part) for part in parts)
        case And(parts):
            return " AND ".join(f"({to_query(part)})" if isinstance(part, Or) else to_query(part) for part in parts)
        case Not(And() | Or() as part):
            return f"NOT ({to_query(part)})"
        case Not(part):
            return _query_leaf(part, True)  # type: ignore[arg-type]  # a Not holds no Not
        case _:
            return _query_leaf(tree, False)


def _query_leaf(leaf: Leaf, inverse: bool) -> str:
    match leaf:
        case Comparison(field, Op.LIKE, Pattern(pieces)):
            return f"`{field}` {'NOT ' if inverse else ''}LIKE {quoted(pieces, '%')}"
        case Comparison(field, op, value):
            return _compared(f"`{field}`", op, quoted((_text(value),), "%"), inverse)
        case Modulo(field, divisor, op, value):
            return _compared(f"MOD(`{field}`, {divisor})", op, str(value), inverse)
        case TagCondition(name) | InterestCondition(name):
            word = "TAG" if isinstance(leaf, TagCondition) else "INTEREST"
            return f"{word} IS {'NOT ' if inverse else ''}{quoted((str(name),), '%')}"
        case Activity():
            target = f"LINK({leaf.link_id})" if leaf.link_id is not None else f"MAILING({leaf.campaign_id})"
            return f"{target} IS {'NOT ' if inverse else ''}{leaf.kind.upper()}{_window(leaf, '%', str.upper)}"


def _compared(left: str, op: Op, right: str, inverse: bool) -> str:
    if inverse and op is not Op.EQ:
        return f"NOT {left} {op} {right}"
    return f"{left} {'!=' if inverse else op} {right}"


def to_fiql(tree: Tree) -> str:
    """Write the tree in FIQL."""
    match tree:
        case Or(parts):
            return ",".join(to_fiql(part) for part in parts)
        case And(parts):
            return ";".join(f"({to_fiql(part)})" if isinstance(part, Or) else to_fiql(part) for part in parts)
        case Not(And() | Or() as part):
            return f"!({to_fiql(part)})"
        case Not(part):
            return _fiql_leaf(part, True)  # type: ignore[arg-type]  # a Not holds no Not
        case _:
            return _fiql_leaf(tree, False)


def _fiql_leaf(leaf: Leaf, inverse: bool) -> str:
    match leaf:
        case TagCondition(name) | InterestCondition(name):
            word = "tags" if isinstance(leaf, TagCondition) else "interest"
            return f"{word}{'!=' if inverse else '=='}{_encoded((str(name),))}"
        case Activity():
            target = f"link={{}}={leaf.link_id}" if leaf.link_id is not None else f"mailing={{}}={leaf.campaign_id}"
            return target.format(_done(leaf.kind, inverse)) + _window(leaf, "*", str.lower)
        case Comparison() | Modulo():
            operator = _WORDS[leaf.op][inverse]
            left = leaf.field if isinstance(leaf, Comparison) else f"mod({leaf.field},{leaf.divisor})"
            condition = f"{left}={operator or _WORDS[leaf.op][0]}={_fiql_value(leaf.value)}"
            return condition if operator else f"!({condition})"


def _fiql_value(value: Value) -> str:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return quoted((value,), "*")
    return _encoded(value.pieces if isinstance(value, Pattern) else (_text(value),))


def to_json(tree: Tree) -> dict[str, Any]:
    """Return the tree in the JSON language, not serialized."""
    match tree:
        case Or(parts):
            return {"or": [to_json(part) for part in parts]}
        case And(parts):
            return {"and": [to_json(part) for part in parts]}
        case Not(And() | Or() as part):
            return {"not": to_json(part)}
        case Not(part):
            return _json_leaf(part, True)  # type: ignore[arg-type]  # a Not holds no Not
        case _:
            return _json_leaf(tree, False)


def _json_leaf(leaf: Leaf, inverse: bool) -> dict[str, Any]:
    match leaf:
        case TagCondition(name) | InterestCondition(name):
            word = "tags" if isinstance(leaf, TagCondition) else "interest"
            return {"neq" if inverse else "eq": {word: name}}
        case Activity():
            target = {"link": leaf.link_id} if leaf.link_id is not None else {"mailing": leaf.campaign_id}
            bounds = {"since": leaf.since, "until": leaf.until}
            window = {word: source_of(bound) for word, bound in bounds.items() if bound is not None}
            return {_done(leaf.kind, inverse): {**target, **window}}
        case Comparison() | Modulo():
            operator = _WORDS[leaf.op][inverse]
            value = _starred(leaf.value) if isinstance(leaf.value, Pattern) else leaf.value
            shown = value if isinstance(value, int) else _text(value)
            condition: dict[str, Any] = {operator or _WORDS[leaf.op][0]: shown}
            if isinstance(leaf, Modulo):
                condition = {"mod": {"field": leaf.field, "by": leaf.divisor, **condition}}
            else:
                condition = {name: {leaf.field: constant} for name, constant in condition.items()}
            return condition if operator else {"not": condition}


def _done(kind: Kind, inverse: bool) -> str:
    return f"{'not' if inverse else ''}{'open' if kind is Kind.OPENED else kind.value}"


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else source_of(value)


def _window(leaf: Activity, wildcard: str, case: Callable[[str], str]) -> str:
    bounds = (("since", leaf.since), ("until", leaf.until))
    return "".join(
        f" {case(word)} {quoted((source_of(bound),), wildcard)}" for word, bound in bounds if bound is not None
    )


def _starred(pattern: Pattern) -> str:
    return "*".join(piece.replace("\\", "\\\\").replace("*", "\\*") for piece in pattern.pieces)


def _encoded(pieces: tuple[str, ...]) -> str:
    return "*".join(quote(piece, safe="@:+") for piece in pieces) if any(pieces) or len(pieces) > 1 else '""'
