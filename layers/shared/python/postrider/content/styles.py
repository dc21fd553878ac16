"""Style sheets copied to the elements they are for, since many mail programs ignore them.

The inliner is native code without limits of its own: what would make it run for minutes, fill the memory or the stack is
counted and refused first.
"""

import itertools
import re
from collections.abc import Sequence
from typing import Final

import css_inline

from postrider.content.markup import Kind, Token, tokens
from postrider.content.merge import MARKER, Document
from postrider.kit.errors import Invalid

MAX_STYLE_CHARS: Final = 100_000
"""Of all style elements together."""
MAX_OPEN_ELEMENTS: Final = 3000
"""The inliner overflows the stack somewhere above 10,000."""
MAX_REOPENED: Final = 500_000
"""Formatting elements left open are opened again in every paragraph (HTML, section 13.2.4.3): elements times open ones."""
MAX_RULES_TIMES_ELEMENTS: Final = 20_000_000
"""About a second."""
MAX_PROPERTIES: Final = 400
"""Different ones; the time grows with their square."""
MAX_INLINED_CHARS: Final = 20_000_000
"""Elements times the longest style that one of them can get."""

_INLINER: Final = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_DECLARATION: Final = re.compile(r"[{;]([^;{}:]+):([^;{}]*)")
_TAG_IN_CSS: Final = re.compile("<(?=[A-Za-z/])")
_PUT_AWAY: Final = "\ufdd2"
_HELD: Final = re.compile(f"<!--{_PUT_AWAY}([0-9]+){_PUT_AWAY}-->|{_PUT_AWAY}([0-9]+){_PUT_AWAY}")
_COMMENTED_MARKER: Final = re.compile(f"<!--({MARKER.pattern})-->")
_MARKER_AS_ATTRIBUTE: Final = re.compile(f'({MARKER.pattern})=""')
_LEAVES: Final = frozenset({"br", "embed", "hr", "img", "meta"})
"""Never hold anything, in HTML or in SVG."""
_IMPLIED_END: Final = frozenset({"p", "li", "dd", "dt"})
"""One closes the one before it, so leaving them open nests nothing."""
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def inlined(document: Document) -> str:
    """The document's text with its styles inlined; the style elements stay, for their media queries.

    Raises Invalid past the limits above.
    """
    found = list(tokens(document.text))
    sheets = [token.text for before, token in itertools.pairwise(found) if (before.name, token.kind) == _SHEET]
    if not sheets:
        return document.text
    _check_sheets(sheets, elements=sum(token.kind is Kind.TAG for token in found))
    _check_nesting(found)
    held: list[str] = []
    guarded = "".join(_guarded(held, before, token) for before, token in zip([_START, *found], found, strict=False))
    try:
        text = _INLINER.inline(guarded)
    except css_inline.InlineError as exc:
        raise Invalid("The styles could not be read.", code="styles_invalid") from exc
    text = _MARKER_AS_ATTRIBUTE.sub(r"\1", _COMMENTED_MARKER.sub(r"\1", text))
    return _HELD.sub(lambda match: held[int(match[1] or match[2])], text)


_SHEET: Final = ("style", Kind.RAW)
_START: Final = Token(Kind.TEXT, "")


def _guarded(held: list[str], before: Token, token: Token) -> str:
    """The token so that the inliner's parser reads nothing into it that was not counted; `held` keeps what is put away."""
    if token.kind is Kind.TEXT:
        # Between the rows of a table a parser moves text out of the table, and leaves comments where they are.
        return MARKER.sub(r"<!--\g<0>-->", token.text)
    if token.kind is Kind.COMMENT:
        held.append(token.text)
        return f"<!--{_PUT_AWAY}{len(held) - 1}{_PUT_AWAY}-->"
    if token.kind is Kind.RAW:
        if before.name == "style":
            return _TAG_IN_CSS.sub("< ", token.text)
        held.append(token.text)
        return f"{_PUT_AWAY}{len(held) - 1}{_PUT_AWAY}"
    return token.text


def _check_sheets(sheets: Sequence[str], *, elements: int) -> None:
    css = _COMMENT.sub("", "".join(sheets))
    longest: dict[str, int] = {}
    for declaration in _DECLARATION.finditer(css):
        name = declaration[1].strip().lower()
        longest[name] = max(longest.get(name, 0), len(declaration[0]))
    if (
        sum(map(len, sheets)) > MAX_STYLE_CHARS
        or css.count("{") * elements > MAX_RULES_TIMES_ELEMENTS
        or len(longest) > MAX_PROPERTIES
        or sum(longest.values()) * elements > MAX_INLINED_CHARS
    ):
        raise Invalid("The styles are too many or too long.", code="styles_too_large")


def _check_nesting(found: Sequence[Token]) -> None:
    """An end tag counts only for the innermost open element: any other may be ignored by a parser."""
    open_names: list[str] = []
    formatting = reopened = 0
    for token in found:
        if token.kind is Kind.TAG and token.name and token.name not in _LEAVES | _IMPLIED_END:
            open_names.append(token.name)
            formatting += token.name in _FORMATTING
        elif token.kind is Kind.TAG and open_names and token.closes == open_names[-1]:
            formatting -= open_names.pop() in _FORMATTING
        reopened += formatting
        if len(open_names) > MAX_OPEN_ELEMENTS or reopened > MAX_REOPENED:
            raise Invalid("The HTML nests too deeply, or leaves too much open.", code="html_too_deep")
