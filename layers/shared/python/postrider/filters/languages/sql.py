r"""The SQL-like language (`query`).

    `city` = "Montreal" AND (`age` >= "18" OR NOT `name` LIKE "%son") AND TAG IS "VIP"
    MAILING(12) IS OPENED SINCE "-7 days" AND LINK(5) IS NOT CLICKED AND MOD(`id`, 10) = 3

Fields are written in backticks, which are optional around plain names; constants in double quotes, which are optional
around whole numbers. Keywords are case-insensitive. AND binds tighter than OR, NOT tighter than AND. `<>` is `!=`, and
TAG = "VIP" is TAG IS "VIP".
Wildcard of LIKE: `%`. Escapes in constants: `\"`, `\\`, `\%`; before any other character a backslash is literal.
MAILING and LINK may have a window: SINCE, then UNTIL, both inclusive and both optional.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from postrider.filters.languages.grammar import Grammar, Name, has, place_of, rules_of, tokens_of
from postrider.filters.schema import INTEREST_FIELDS, TAG_FIELDS, Builder, Constant
from postrider.filters.tree import Op, Tree, all_of, any_of, negated

if TYPE_CHECKING:
    from lark import Token
    from lark import Tree as Parsed

WILDCARD = "%"

_GRAMMAR = Grammar(
    r"""
    start: either
    either: both (OR both)*
    both: maybe_not (AND maybe_not)*
    maybe_not: NOT? _primary
    _primary: LPAR either RPAR | comparison | modulo | named | activity

    comparison: (FIELD | NAME | TAG | INTEREST) OP _constant
              | (FIELD | NAME) NOT? LIKE _constant
    modulo: MOD LPAR (FIELD | NAME) COMMA INTEGER RPAR OP _constant
    named: (TAG | INTEREST) IS NOT? STRING
    activity: (MAILING | LINK) LPAR _constant RPAR IS NOT? DONE since? until?
    since: SINCE _constant
    until: UNTIL _constant
    _constant: STRING | INTEGER

    AND.2: /and\b/i
    OR.2: /or\b/i
    NOT.2: /not\b/i
    LIKE.2: /like\b/i
    IS.2: /is\b/i
    SINCE.2: /since\b/i
    UNTIL.2: /until\b/i
    TAG.2: /tag\b/i
    INTEREST.2: /interest\b/i
    MAILING.2: /mailing\b/i
    LINK.2: /link\b/i
    MOD.2: /mod\b/i
    DONE.2: /(?:sent|opened|clicked)\b/i
    OP: /!=|<>|>=|<=|=|>|</
    FIELD: /`[^`]*`/
    NAME: /[a-z_][a-z0-9_]*/i
    STRING: /"(?:[^"\\]|\\.)*"/s
    INTEGER: /[+-]?[0-9]+/
    LPAR: "("
    RPAR: ")"
    COMMA: ","
    %ignore /\s+/
    """,
    terms=frozenset({"OP", "LIKE", "IS"}),
    words={
        "AND": "AND",
        "OR": "OR",
        "LIKE": "LIKE",
        "IS": "IS",
        "OP": "an operator",
        "FIELD": "a field in backticks",
        "STRING": "a constant in double quotes",
        "DONE": "SENT, OPENED or CLICKED",
        "LPAR": "(",
        "RPAR": ")",
        "COMMA": "a comma",
    },
)

OPERATORS = {
    "=": (Op.EQ, False),
    "!=": (Op.EQ, True),
    "<>": (Op.EQ, True),
    ">": (Op.GT, False),
    ">=": (Op.GTE, False),
    "<": (Op.LT, False),
    "<=": (Op.LTE, False),
}
_PIECE = re.compile(r"\\[\"\\%*]|.", re.DOTALL)


def parse(text: str, builder: Builder) -> Tree:
    """Parse an expression of the SQL-like language. Raises Invalid."""
    return _tree(rules_of(_GRAMMAR.parse(text))[0], builder)


def pieces_of(quoted: str, wildcard: str) -> tuple[str, ...]:
    """Split the inside of a double-quoted constant at wildcards without a backslash before them."""
    pieces = [""]
    for piece in _PIECE.findall(quoted):
        if piece == wildcard:
            pieces.append("")
        else:
            pieces[-1] += piece[-1]
    return tuple(pieces)


def quoted(pieces: tuple[str, ...], wildcard: str) -> str:
    """Write a constant in double quotes, with wildcards between the pieces."""
    escaped = (piece.replace("\\", "\\\\").replace('"', '\\"').replace(wildcard, f"\\{wildcard}") for piece in pieces)
    return f'"{wildcard.join(escaped)}"'


def names_in(text: str) -> Iterator[Name]:
    """Yield the names of tags and interests in a valid expression."""
    for node in _GRAMMAR.parse(text).iter_subtrees():
        if node.data in ("named", "comparison"):
            tokens = tokens_of(node)
            field = tokens[0].lower() if tokens[0].type in ("TAG", "INTEREST") else tokens[0].strip("`")
            if field in TAG_FIELDS | INTEREST_FIELDS:
                yield Name.at(field, tokens[-1], constant_of(tokens[-1]))


def constant_of(token: "Token", wildcard: str = WILDCARD) -> Constant:
    """Return the constant of a token: a quoted text or a whole number."""
    pieces = pieces_of(token[1:-1], wildcard) if token.type == "STRING" else (str(token),)
    return Constant(pieces, wildcard, place_of(token), is_number=token.type == "INTEGER")


def _tree(node: "Parsed[Token]", builder: Builder) -> Tree:
    match node.data:
        case "either":
            return any_of([_tree(part, builder) for part in rules_of(node)])
        case "both":
            return all_of([_tree(part, builder) for part in rules_of(node)])
        case "maybe_not":
            return negated(_tree(rules_of(node)[0], builder), has(node, "NOT"))
        case "comparison":
            return _comparison(node, builder)
        case "modulo":
            return _modulo(node, builder)
        case "named":
            word, constant = tokens_of(node)[0], tokens_of(node)[-1]
            return negated(builder.name(word.lower(), constant_of(constant), place_of(word)), has(node, "NOT"))
        case _:
            return _activity(node, builder)


def _comparison(node: "Parsed[Token]", builder: Builder) -> Tree:
    tokens = tokens_of(node)
    field, constant = tokens[0], constant_of(tokens[-1])
    op, inverse = (Op.LIKE, has(node, "NOT")) if has(node, "LIKE") else OPERATORS[tokens[1]]
    name = field.lower() if field.type in ("TAG", "INTEREST") else field.strip("`")
    return negated(builder.comparison(name, op, constant, place_of(field)), inverse)


def _modulo(node: "Parsed[Token]", builder: Builder) -> Tree:
    field, divisor, symbol, constant = (token for token in tokens_of(node)[2:] if token.type not in ("COMMA", "RPAR"))
    op, inverse = OPERATORS[symbol]
    condition = builder.modulo(field.strip("`"), divisor, op, constant_of(constant), place_of(field))
    return negated(condition, inverse)


def _activity(node: "Parsed[Token]", builder: Builder) -> Tree:
    target, _, target_id, *_ = tokens = tokens_of(node)
    done = next(token for token in tokens if token.type == "DONE").lower()
    return builder.activity(
        target.lower(),
        constant_of(target_id).text,
        f"not{done}" if has(node, "NOT") else done,
        *window_of(node),
        place_of(target_id),
    )


def window_of(node: "Parsed[Token]", wildcard: str = WILDCARD) -> tuple[Constant | None, Constant | None]:
    """Return the constants of SINCE and UNTIL in an activity."""
    bounds = {part.data: constant_of(tokens_of(part)[-1], wildcard) for part in rules_of(node)}
    return bounds.get("since"), bounds.get("until")
