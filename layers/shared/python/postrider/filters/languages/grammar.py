"""A parser with bounds for a lark grammar, whose errors say line, column and reason.

lark is imported when the first expression is parsed: it takes 0.1 s, and most functions never parse one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from postrider.filters.schema import Constant, TextPlace, shown, too_large, wrong
from postrider.filters.tree import MAX_DEPTH, MAX_TERMS, MAX_TOKENS
from postrider.kit.errors import Invalid

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedInput
    from lark import Tree as Parsed


class Grammar:
    """A grammar; `terms` are terminals that occur exactly once in each condition, `words` names terminals for people."""

    def __init__(self, text: str, *, terms: frozenset[str], words: Mapping[str, str]) -> None:
        self._text = text
        self._terms = terms
        self._words = words

    @cached_property
    def _lark(self) -> "Lark":
        from lark import Lark

        return Lark(self._text, parser="lalr", lexer="contextual", postlex=_Bounds(self._terms))

    def parse(self, text: str) -> "Parsed[Token]":
        """Parse a text. Raises Invalid for a text that does not fit the grammar or exceeds the bounds."""
        from lark import UnexpectedInput

        try:
            return self._lark.parse(text)
        except UnexpectedInput as exc:
            raise self._error(exc, text) from None

    def _error(self, exc: "UnexpectedInput", text: str) -> Invalid:
        from lark import UnexpectedCharacters, UnexpectedToken

        expected: Any = ()
        if isinstance(exc, UnexpectedToken):
            expected, unexpected = exc.accepts or exc.expected, "" if exc.token.type == "$END" else str(exc.token)
        elif isinstance(exc, UnexpectedCharacters):
            expected, unexpected = exc.allowed or (), text[exc.pos_in_stream or 0]
        else:
            unexpected = ""
        choice = sorted({self._words[name] for name in expected if name in self._words})
        advice = f"; expected {', '.join(choice)}" if choice else ""
        place = TextPlace.at(exc.line, exc.column) if unexpected else TextPlace.at(*_end(text))
        return wrong(f"Unexpected {shown(unexpected) if unexpected else 'end'}{advice}.", place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The name of a tag or an interest in a text, from `start` to before `end`, quotes included."""

    field: str
    text: str
    start: int
    end: int

    @classmethod
    def at(cls, field: str, token: "Token", constant: Constant) -> "Name":
        start = token.start_pos or 0
        return cls(field=field, text=constant.text, start=start, end=start + len(token.rstrip()))


class _Bounds:
    """A filter between lexer and parser that raises Invalid at the first token beyond the bounds."""

    always_accept = ()

    def __init__(self, terms: frozenset[str]) -> None:
        self._terms = terms

    def process(self, stream: "Iterator[Token]") -> "Iterator[Token]":
        depth = terms = 0
        for count, token in enumerate(stream, 1):
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            terms += token.type in self._terms
            if depth > MAX_DEPTH:
                raise too_large(f"more than {MAX_DEPTH} levels of parentheses", place_of(token))
            if terms > MAX_TERMS:
                raise too_large(f"more than {MAX_TERMS} conditions", place_of(token))
            if count > MAX_TOKENS:
                raise too_large(f"more than {MAX_TOKENS} words and signs", place_of(token))
            yield token


def tokens_of(node: "Parsed[Token]") -> "list[Token]":
    return [child for child in node.children if isinstance(child, str)]


def rules_of(node: "Parsed[Token]") -> "list[Parsed[Token]]":
    return [child for child in node.children if not isinstance(child, str)]


def has(node: "Parsed[Token]", kind: str) -> bool:
    return any(token.type == kind for token in tokens_of(node))


def place_of(token: "Token") -> TextPlace:
    return TextPlace.at(token.line or 1, token.column or 1)


def _end(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
