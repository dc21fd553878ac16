"""Inline style sheets into the elements they apply to, since many mail programs ignore style sheets.

The inliner is native code without limits. Contents on which it would run for minutes, or exhaust memory or stack, are
refused first.
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
"""Length of all style elements together."""
MAX_OPEN_ELEMENTS: Final = 3000
"""The inliner overflows the stack somewhere above 10,000."""
MAX_REOPENED: Final = 500_000
"""Elements times open formatting elements, which are opened again in every paragraph (HTML, section 13.2.4.3)."""
MAX_RULES_TIMES_ELEMENTS: Final = 20_000_000
"""About a second."""
MAX_PROPERTIES: Final = 400
"""Number of different properties; the time grows with its square."""
MAX_INLINED_CHARS: Final = 20_000_000
"""Elements times the longest style that an element can get."""

_INLINER: Final = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_DECLARATION: Final = re.compile(r"[{;]([^;{}:]+):([^;{}]*)")
_TAG_IN_CSS: Final = re.compile("<(?=[A-Za-z/])")
_HIDDEN: Final = "\ufdd2"
_HIDDEN_TOKEN: Final = re.compile(f"<!--{_HIDDEN}([0-9]+){_HIDDEN}-->|{_HIDDEN}([0-9]+){_HIDDEN}")
_COMMENTED_MARKER: Final = re.compile(f"<!--({MARKER.pattern})-->")
_MARKER_AS_ATTRIBUTE: Final = re.compile(f'({MARKER.pattern})=""')
_LEAVES: Final = frozenset({"br", "embed", "hr", "img", "meta"})
"""Elements that are always empty, in HTML and in SVG."""
_IMPLIED_END: Final = frozenset({"p", "li", "dd", "dt"})
"""Elements that close their predecessor, so that leaving them open does not nest."""
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def inlined(document: Document) -> str:
    """Return the document's text with its styles inlined. Style elements are kept for their media queries.

    Raises Invalid beyond the limits above.
    """
    html_tokens = list(tokens(document.text))
    sheets = [token.text for before, token in itertools.pairwise(html_tokens) if (before.name, token.kind) == _SHEET]
    if not sheets:
        return document.text
    _check_sheets(sheets, elements=sum(token.kind is Kind.TAG for token in html_tokens))
    _check_nesting(html_tokens)
    hidden: list[str] = []
    pairs = zip([_START, *html_tokens], html_tokens, strict=False)
    guarded = "".join(_guarded(hidden, before, token) for before, token in pairs)
    try:
        text = _INLINER.inline(guarded)
    except css_inline.InlineError as exc:
        raise Invalid("Invalid style sheet: it cannot be parsed.", code="styles_invalid") from exc
    text = _MARKER_AS_ATTRIBUTE.sub(r"\1", _COMMENTED_MARKER.sub(r"\1", text))
    return _HIDDEN_TOKEN.sub(lambda match: hidden[int(match[1] or match[2])], text)


_SHEET: Final = ("style", Kind.RAW)
_START: Final = Token(Kind.TEXT, "")


def _guarded(hidden: list[str], before: Token, token: Token) -> str:
    """Return the token for the inliner, with text that its parser could read as uncounted tags moved to `hidden`."""
    if token.kind is Kind.TEXT:
        # A parser moves text between the rows of a table out of the table, but keeps comments in place.
        return MARKER.sub(r"<!--\g<0>-->", token.text)
    if token.kind is Kind.COMMENT:
        hidden.append(token.text)
        return f"<!--{_HIDDEN}{len(hidden) - 1}{_HIDDEN}-->"
    if token.kind is Kind.RAW:
        if before.name == "style":
            return _TAG_IN_CSS.sub("< ", token.text)
        hidden.append(token.text)
        return f"{_HIDDEN}{len(hidden) - 1}{_HIDDEN}"
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
        raise Invalid("Too many or too long style rules for the size of the HTML.", code="styles_too_large")


def _check_nesting(html_tokens: Sequence[Token]) -> None:
    """Count open elements. An end tag closes only the innermost one, because parsers may ignore any other."""
    open_names: list[str] = []
    formatting = reopened = 0
    for token in html_tokens:
        if token.kind is Kind.TAG and token.name and token.name not in _LEAVES | _IMPLIED_END:
            open_names.append(token.name)
            formatting += token.name in _FORMATTING
        elif token.kind is Kind.TAG and open_names and token.closes == open_names[-1]:
            formatting -= open_names.pop() in _FORMATTING
        reopened += formatting
        if len(open_names) > MAX_OPEN_ELEMENTS or reopened > MAX_REOPENED:
            raise Invalid("The HTML has too many nested or unclosed elements.", code="html_too_deep")
