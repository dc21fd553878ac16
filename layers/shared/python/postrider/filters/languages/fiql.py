r"""The FIQL language (https://datatracker.ietf.org/doc/html/draft-nottingham-atompub-fiql-00).

    city==Montreal;(age=gte=18,name=unlike=*son);tag==VIP
    mailing=open=12 since "-7 days";link=notclicked=5;mod(id,10)==3;!(status==active,status==pending)

`;` is and, `,` is or, `;` binds tighter; `!` before parentheses is not. Operators: `==`, `!=` and `=eq=`, `=neq=`,
`=gt=`, `=gte=`, `=lt=`, `=lte=`, `=like=`, `=unlike=`; also `=ne=`, `=ge=` and `=le=`, the spelling of other implementations.
A value is plain text without `; , ( )`, where `%XX` stands for the byte XX of UTF-8, or text in double quotes with the
escapes `\"`, `\\`, `\*`. Wildcard of like: `*`; `%2A` and `\*` are a literal star.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from postrider.filters.languages.grammar import Grammar, Name, has, place_of, rules_of, tokens_of
from postrider.filters.languages.sql import constant_of, window_of
from postrider.filters.schema import INTEREST_FIELDS, TAG_FIELDS, Builder, Constant, TextPlace, shown, wrong
from postrider.filters.tree import Op, Tree, all_of, any_of, negated

if TYPE_CHECKING:
    from lark import Token
    from lark import Tree as Parsed

WILDCARD = "*"

OPERATORS = {
    "eq": (Op.EQ, False),
    "neq": (Op.EQ, True),
    "gt": (Op.GT, False),
    "gte": (Op.GTE, False),
    "lt": (Op.LT, False),
    "lte": (Op.LTE, False),
    "like": (Op.LIKE, False),
    "unlike": (Op.LIKE, True),
}
"""(operator, whether it is negated) by word, in FIQL and JSON."""
_SYNONYMS = {"==": "eq", "!=": "neq", "=ne=": "neq", "=ge=": "gte", "=le=": "lte"}

_GRAMMAR = Grammar(
    r"""
    start: either
    either: both (COMMA both)*
    both: maybe_not (SEMICOLON maybe_not)*
    maybe_not: NOT LPAR either RPAR | LPAR either RPAR | comparison | modulo | activity

    comparison: NAME OP (VALUE | STRING)
    modulo: MOD NAME COMMA INTEGER RPAR OP (VALUE | STRING)
    activity: NAME DONE (INTEGER | STRING) since? until?
    since: SINCE (INTEGER | STRING)
    until: UNTIL (INTEGER | STRING)

    DONE.3: /=(?:not)?(?:sent|opened|open|clicked)=/
    OP.2: /==|!=|=[a-z]+=/
    NOT: "!"
    MOD.2: /mod\(/
    NAME: /[A-Za-z0-9_-]+/
    INTEGER: /-?[0-9]+/
    SINCE: /since\b/i
    UNTIL: /until\b/i
    STRING.2: /"(?:[^"\\]|\\.)*"/s
    VALUE: /[^;,()"\s][^;,()]*/
    LPAR: "("
    RPAR: ")"
    COMMA: ","
    SEMICOLON: ";"
    %ignore /\s+/
    """,
    terms=frozenset({"OP", "DONE"}),
    words={
        "COMMA": "a comma",
        "SEMICOLON": "a semicolon",
        "OP": "an operator such as == or =gt=",
        "NAME": "a field",
        "VALUE": "a value",
        "INTEGER": "a whole number",
        "LPAR": "(",
        "RPAR": ")",
    },
)
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
"""A value that is a number unless it is in double quotes."""
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def parse(text: str, builder: Builder) -> Tree:
    """Parse a FIQL expression. Raises Invalid."""
    return _tree(rules_of(_GRAMMAR.parse(text))[0], builder)


def names_in(text: str) -> Iterator[Name]:
    """Yield the names of tags and interests in a valid expression."""
    for node in _GRAMMAR.parse(text).iter_subtrees():
        if node.data == "comparison":
            field, _, value = tokens_of(node)
            if field in TAG_FIELDS | INTEREST_FIELDS:
                yield Name.at(str(field), value, _constant(value))


def _tree(node: "Parsed[Token]", builder: Builder) -> Tree:
    match node.data:
        case "either":
            return any_of([_tree(part, builder) for part in rules_of(node)])
        case "both":
            return all_of([_tree(part, builder) for part in rules_of(node)])
        case "maybe_not":
            return negated(_tree(rules_of(node)[0], builder), has(node, "NOT"))
        case "comparison":
            field, operator, value = tokens_of(node)
            op, inverse = _operator(operator)
            return negated(builder.comparison(str(field), op, _constant(value), place_of(field)), inverse)
        case "modulo":
            _, field, _, divisor, _, operator, value = tokens_of(node)
            op, inverse = _operator(operator)
            return negated(builder.modulo(str(field), divisor, op, _constant(value), place_of(field)), inverse)
        case _:
            return _activity(node, builder)


def _activity(node: "Parsed[Token]", builder: Builder) -> Tree:
    target, done, target_id = tokens_of(node)
    if target not in ("mailing", "link"):
        raise wrong(f"Unknown target {shown(target)}; use mailing or link.", place_of(target))
    constant = constant_of(target_id, WILDCARD)
    return builder.activity(target, constant.text, done.strip("="), *window_of(node, WILDCARD), constant.place)


def _operator(token: "Token") -> tuple[Op, bool]:
    word = _SYNONYMS.get(token, token.strip("="))
    if word not in OPERATORS:
        raise wrong(
            f"Unknown operator {shown(token)}; use ==, != or one of {', '.join(f'={word}=' for word in OPERATORS)}.",
            place_of(token),
        )
    return OPERATORS[word]


def _constant(token: "Token") -> Constant:
    if token.type == "STRING":
        return constant_of(token, WILDCARD)
    place = place_of(token)
    value = token.rstrip()
    pieces = tuple(_decoded(piece, place) for piece in value.split(WILDCARD))
    return Constant(pieces, WILDCARD, place, is_number=NUMBER.fullmatch(value) is not None)


def _decoded(text: str, place: TextPlace) -> str:
    """Return the text without percent-encoding; a `%` without two hexadecimal digits stays as it is."""
    try:
        return _ESCAPED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        raise wrong("The percent-encoding is not UTF-8.", place, code="bad_constant") from None
