"""Find the tags of an HTML text in one pass, without changing the text.

The tags are those that the tokenizer of the standard finds (HTML, section 13.2.5); limits elsewhere rely on that. Own
code, because HTML parsers return a tree and not the source text of each tag.
"""

import re
from collections.abc import Iterator
from enum import Enum
from html import unescape
from html.entities import html5
from typing import Final, NamedTuple


class TokenKind(Enum):
    TEXT = "text"
    TAG = "tag"
    COMMENT = "comment"
    """A comment, a declaration, or other text that parsers read as a comment."""
    RAW = "raw"
    """The content of an element that cannot contain tags, such as style."""


class HtmlAttribute(NamedTuple):
    """An attribute: its name in lower case, its value as it was written, and its place in the text of the tag."""

    name: str
    value: str | None
    start: int
    end: int


class Token(NamedTuple):
    """A piece of the source. `name` is that of a start tag and `closes` that of an end tag, in lower case."""

    kind: TokenKind
    text: str
    name: str = ""
    closes: str = ""

    def attributes(self) -> Iterator[HtmlAttribute]:
        """Yield the attributes of a start tag. Parsers ignore all but the first of a name."""
        names = set()
        for attribute in _attributes(self.text, len("<") + len(self.name)):
            if attribute.name not in names:
                names.add(attribute.name)
                yield attribute

    def attribute(self, name: str) -> HtmlAttribute | None:
        """Return the attribute of a start tag with this name, None if there is none."""
        return next((attribute for attribute in self.attributes() if attribute.name == name), None)


_SPACE: Final = "\t\n\f\r "
_OPENING: Final = re.compile(r"<(?=[A-Za-z/!?])")
"""Any other "<" is text."""
_NAME: Final = re.compile(rf"[A-Za-z][^{_SPACE}/>]*")
_BEFORE_ATTRIBUTE: Final = re.compile(rf"[{_SPACE}/]*")
_ATTRIBUTE_NAME: Final = re.compile(rf"=?[^{_SPACE}/>=]*[{_SPACE}]*")
_SPACES: Final = re.compile(rf"[{_SPACE}]*")
_UNQUOTED: Final = re.compile(rf"[^{_SPACE}>]*")
_COMMENT_END: Final = re.compile(r"--!?>")
_REFERENCE: Final = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9A-Fa-f]+);?|([A-Za-z][A-Za-z0-9]*(?:;|(?![A-Za-z0-9=]))))")
_RAW_ELEMENTS: Final = frozenset({"style", "script", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})


def tokens(source: str, *, into_conditional: bool = False) -> Iterator[Token]:
    """Cut the text into tokens that join to the text again, in time linear in its length.

    `into_conditional`: read the content of Outlook's conditional comments like the rest.
    """
    at = 0
    while opening := _OPENING.search(source, at):
        if opening.start() > at:
            yield Token(TokenKind.TEXT, source[at : opening.start()])
        token = _token_at(source, opening.start(), into_conditional=into_conditional)
        yield token
        at = opening.start() + len(token.text)
        if token.name in _RAW_ELEMENTS:
            closing = re.compile(f"</{token.name}[{_SPACE}/>]", re.IGNORECASE).search(source, at)
            end = closing.start() if closing else len(source)
            if end > at:
                yield Token(TokenKind.RAW, source[at:end])
            at = end
    if at < len(source):
        yield Token(TokenKind.TEXT, source[at:])


def _token_at(source: str, start: int, *, into_conditional: bool) -> Token:
    closing = source.startswith("</", start)
    name = _NAME.match(source, start + (2 if closing else 1))
    if name:
        text = source[start : _tag_end(source, name.end())]
        return (
            Token(TokenKind.TAG, text, "", name[0].lower()) if closing else Token(TokenKind.TAG, text, name[0].lower())
        )
    if not source.startswith("<!--", start):
        return Token(TokenKind.COMMENT, _through(source, start, source.find(">", start) + 1))
    if into_conditional and source[start + 4 : start + 7].lower() == "[if":
        end = source.find("]>", start)
        return Token(TokenKind.COMMENT, _through(source, start, end + 2 if end >= 0 else 0))
    if source.startswith((">", "->"), start + 4):  # <!--> and <!---> are empty comments
        return Token(TokenKind.COMMENT, _through(source, start, source.find(">", start) + 1))
    ending = _COMMENT_END.search(source, start + 4)
    return Token(TokenKind.COMMENT, _through(source, start, ending.end() if ending else 0))


def _through(source: str, start: int, end: int) -> str:
    """Return the source from `start` to `end`, or to its end when `end` is 0 because nothing closes the token."""
    return source[start:end] if end else source[start:]


def _tag_end(source: str, at: int) -> int:
    """Return the position after the ">" of the tag whose name ends at `at`."""
    end = at
    for attribute in _attributes(source, at):
        end = attribute.end
    end = _end(_BEFORE_ATTRIBUTE, source, end)
    return min(end + 1, len(source))


def _attributes(source: str, at: int) -> Iterator[HtmlAttribute]:
    """Yield the attributes of the tag whose name ends at `at`. Quotes count only where a value begins."""
    while True:
        at = start = _end(_BEFORE_ATTRIBUTE, source, at)
        if source[at : at + 1] in ("", ">"):
            return
        at = _end(_ATTRIBUTE_NAME, source, at)
        name = source[start:at].rstrip(_SPACE).lower()
        value = None
        if source[at : at + 1] == "=":
            begin = _end(_SPACES, source, at + 1)
            quote = source[begin : begin + 1]
            if quote and quote in "\"'":
                end = source.find(quote, begin + 1)
                value = source[begin + 1 : end if end >= 0 else len(source)]
                at = end + 1 if end >= 0 else len(source)
            else:
                at = _end(_UNQUOTED, source, begin)
                value = source[begin:at]
        yield HtmlAttribute(name, value, start, at)


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    match = pattern.match(source, at)
    return match.end() if match else at


def attribute_value(written: str) -> str:
    """Decode the character references of an attribute's value.

    Named references end by other rules than in text, or "&region=" would be "®ion=":
    https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state
    """
    return _REFERENCE.sub(lambda match: html5.get(match[1], match[0]) if match[1] else unescape(match[0]), written)
