"""Where the tags of an HTML text are: a reader that goes through it once and changes nothing."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    TEXT = "text"
    TAG = "tag"
    COMMENT = "comment"
    RAW = "raw"
    """The content of a style or script element."""


class Token(NamedTuple):
    kind: Kind
    text: str
    name: str = ""
    """Of a start tag, in lower case."""


_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")
_TO_QUOTE_OR_END: Final = re.compile(r"[^\"'>]*")
_RAW_ELEMENTS: Final = frozenset({"style", "script", "textarea", "title"})


def tokens(source: str, *, into_conditional: bool = False) -> Iterator[Token]:
    """The text cut into tokens, which join to the text again; linear in its length whatever it holds.

    `into_conditional`: what stands in Outlook's conditional comments is read like the rest.
    """
    at = 0
    while (start := source.find("<", at)) >= 0:
        token = _token_at(source, start, into_conditional=into_conditional)
        if token is None:  # a lone "<"
            following = source.find("<", start + 1)
            end = len(source) if following < 0 else following
            yield Token(Kind.TEXT, source[at:end])
            at = end
            continue
        if start > at:
            yield Token(Kind.TEXT, source[at:start])
        yield token
        at = start + len(token.text)
        if token.name in _RAW_ELEMENTS:
            closing = re.compile(f"</{token.name}", re.IGNORECASE).search(source, at)
            end = closing.start() if closing else len(source)
            if end > at:
                yield Token(Kind.RAW, source[at:end])
            at = end
    if at < len(source):
        yield Token(Kind.TEXT, source[at:])


def _token_at(source: str, start: int, *, into_conditional: bool) -> Token | None:
    if source.startswith("<!", start):
        if not source.startswith("<!--", start):
            return Token(Kind.COMMENT, _up_to(source, start, ">"))
        opening = "]>" if into_conditional and source[start + 4 : start + 7].lower() == "[if" else "-->"
        return Token(Kind.COMMENT, _up_to(source, start, opening))
    closing = source.startswith("</", start)
    name = _NAME.match(source, start + (2 if closing else 1))
    if name is None:
        return None
    return Token(Kind.TAG, source[start : _tag_end(source, name.end())], "" if closing else name[0].lower())


def _up_to(source: str, start: int, closing: str) -> str:
    end = source.find(closing, start)
    return source[start:] if end < 0 else source[start : end + len(closing)]


def _tag_end(source: str, at: int) -> int:
    """Past the ">" of the tag that is open at `at`; quoted ones do not count."""
    while True:
        run = _TO_QUOTE_OR_END.match(source, at)
        at = run.end() if run else at
        if at >= len(source):
            return len(source)
        if source[at] == ">":
            return at + 1
        end = source.find(source[at], at + 1)
        if end < 0:
            return len(source)
        at = end + 1
