"""Inline style sheets into the elements they apply to, since some mail programs ignore style sheets.

Every element keeps the style that a browser computes from the sheets, at any width and in dark mode. So a declaration is
inlined when it applies to every reader at any time, and no conditional rule overrides it; what was inlined leaves the
sheet. A declaration with `!important` that a conditional one overrides stays in the sheet, and is inlined without it.

`data-css-inline="ignore"` on a style element leaves its sheet alone, on any other element that element; "keep" on a style
element inlines the sheet and keeps all of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from postrider.content.document import MARKER, Document, nesting
from postrider.content.error_places import placed
from postrider.content.markup import Token, TokenKind, attribute_value, tokens
from postrider.content.selectors import NUMBER, Elements, HtmlElement, names, subject
from postrider.content.stylesheets import Declaration, Rule, Selector, Sheet, Specificity
from postrider.filters.schema import TextPlace
from postrider.kit.errors import Invalid

MAX_STYLE_CHARS: Final = 100_000
"""Length of all style elements together."""
MAX_SELECTORS: Final = 10_000
MAX_OPEN_ELEMENTS: Final = 3000
"""The time that a parser takes grows with the square of it."""
MAX_REOPENED: Final = 500_000
"""Elements times open formatting elements, which are opened again in every paragraph (HTML, section 13.2.4.3)."""
MAX_APPLIED: Final = 200_000
"""Declarations that apply to an element, summed over the elements."""
MAX_APPLIED_CHARS: Final = 20_000_000
"""Their length."""

_LEAVES: Final = frozenset({"br", "embed", "hr", "img", "meta"})
"""Elements that are always empty, in HTML and in SVG."""
_IMPLIED_END: Final = frozenset({"p", "li", "dd", "dt"})
"""Elements that close their predecessor, so that leaving them open does not nest."""
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_NOT_SHOWN: Final = frozenset({"base", "head", "link", "meta", "script", "style", "title"})
_OPT_OUT: Final = "data-css-inline"
_REVEALED: Final = re.compile(r"<!--\[if[^\]]*\]>\s*(?:<!(?:--)?\s*)?-->$|<!\[if", re.IGNORECASE)
"""A conditional comment of Outlook that shows its content to other programs."""
_REVEALED_END: Final = re.compile(r"<!(?:--)?\s*(?:<!)?\[endif\]", re.IGNORECASE)
_LENGTH: Final = "(?:0|[0-9]*\\.?[0-9]+(?:px|em|rem|pt|%))"
_CERTAIN: Final = re.compile(
    rf"\A(?:(?:(?:(?:max|min)-)?(?:width|height)|(?:margin|padding)-[a-z]+|font-size|text-indent):{_LENGTH}"
    rf"|(?:margin|padding):{_LENGTH}(?: {_LENGTH}){{0,3}}"
    r"|(?:[a-z]+-)*color:#(?:[0-9a-f]{3}|[0-9a-f]{6})"
    r"|(?:display:(?:block|inline|inline-block|none)|text-align:(?:left|right|center)|font-weight:(?:bold|normal)))",
    re.IGNORECASE,
)
"""Declarations that every program understands, so that it ignores an earlier one of the same name."""


def inlined(document: Document) -> str:
    """Return the text of a document, as it was read, with its styles inlined. Raises Invalid beyond the limits above."""
    html_tokens = list(tokens(document.text))
    styles = list(_style_elements(document, html_tokens))
    if not styles:
        return document.text
    _check_nesting(document, html_tokens)
    try:
        return _with_styles(document, html_tokens, styles)
    except Invalid as exc:
        raise placed(exc, _place(document, html_tokens, styles[0].place)) from exc


def _place(document: Document, html_tokens: Sequence[Token], place: int) -> TextPlace:
    return document.place(sum(len(token.text) for token in html_tokens[:place]))


def _with_styles(document: Document, html_tokens: Sequence[Token], styles: "Sequence[_StyleElement]") -> str:
    css = "".join(style.css for style in styles)
    if len(css) > MAX_STYLE_CHARS or css.count("{") + css.count(",") > MAX_SELECTORS:
        reason = f"Style sheets too large: at most {MAX_STYLE_CHARS} characters and {MAX_SELECTORS} rules are allowed."
        raise Invalid(reason, code="styles_too_large")
    sheets = _sheets(styles)
    is_varying = any(nesting(part) for part in document.parts)
    numbered = "".join(_numbered(number, token) for number, token in enumerate(html_tokens))
    elements = Elements.of(numbered, is_varying=is_varying)
    attributes = _Cascade(elements, sheets, _outlook_names(html_tokens)).inline_styles()
    left = {
        style.place: sheet.remaining() for style, sheet in zip(styles, sheets, strict=True) if style.opt_out != "keep"
    }
    return "".join(
        left.get(place, token.text) if place not in attributes else _with_style(token, attributes[place])
        for place, token in enumerate(html_tokens)
    )


class _StyleElement(NamedTuple):
    place: int
    """The place of its content among the tokens."""
    css: str
    is_conditional: bool
    opt_out: str


def _style_elements(document: Document, html_tokens: Sequence[Token]) -> Iterator[_StyleElement]:
    """Yield the style sheets of the document, with whether each applies to every reader at any time."""
    depth = 0
    is_revealed = False
    for place, token in enumerate(html_tokens):
        for part in document.parts_in(token.text):
            depth += nesting(part)
        if token.kind is TokenKind.COMMENT:
            is_revealed = bool(_REVEALED.match(token.text)) or (is_revealed and not _REVEALED_END.match(token.text))
        before = html_tokens[place - 1] if place else None
        if token.kind is TokenKind.RAW and before is not None and before.name == "style":
            values = {attribute.name: attribute_value(attribute.value or "") for attribute in before.attributes()}
            if values.get("type", "").lower() in ("", "text/css"):
                media, opt_out = values.get("media", "").strip().lower(), values.get(_OPT_OUT, "")
                is_conditional = media not in ("", "all") or depth > 0 or is_revealed or opt_out == "ignore"
                yield _StyleElement(place, token.text, is_conditional, opt_out)


def _sheets(styles: Sequence[_StyleElement]) -> list[Sheet]:
    sheets: list[Sheet] = []
    try:
        for style in styles:
            order = sheets[-1].last_order if sheets else 0
            sheets.append(Sheet(style.css, first_order=order, is_conditional=style.is_conditional))
    except RecursionError as exc:
        raise Invalid("Invalid style sheet: its blocks are nested too deeply.", code="styles_invalid") from exc
    return sheets


def _numbered(number: int, token: Token) -> str:
    if token.kind is not TokenKind.TAG or not token.name:
        return token.text
    end = len("<") + len(token.name)
    return f'{token.text[:end]} {NUMBER}="{number}"{token.text[end:]}'


def _outlook_names(html_tokens: Sequence[Token]) -> set[str]:
    """Return the names, classes and ids of elements in comments, which are elements to Outlook."""
    used: set[str] = set()
    for comment in html_tokens:
        if comment.kind is not TokenKind.COMMENT or comment.text[:7].lower() != "<!--[if":
            continue
        for token in tokens(comment.text, into_conditional=True):
            if token.name:
                used.add(token.name)
                values = {attribute.name: attribute_value(attribute.value or "") for attribute in token.attributes()}
                used.update(f".{name}" for name in values.get("class", "").split())
                used.add(f"#{values.get('id', '')}")
    return used


class _AppliedRule(NamedTuple):
    """A rule that applies to an element by one of its selectors, in the order of the cascade."""

    specificity: Specificity
    order: int
    rule: Rule
    selector: Selector
    is_conditional: bool


class _Cascade:
    """Decide for each element which declarations are inlined, and for each rule what stays in its sheet."""

    def __init__(self, elements: Elements, sheets: Sequence[Sheet], outlook_names: set[str]) -> None:
        self._elements = elements
        self._uses: dict[int, list[_AppliedRule]] = {}
        self._applied = self._applied_chars = 0
        varying = {index for index, element in enumerate(elements.all) if _varies(element)}
        for sheet in sheets:
            for rule in sheet.rules:
                for selector in rule.selectors:
                    self._apply(rule, selector, keep=bool(varying) or _is_for_outlook(selector, outlook_names))

    def _apply(self, rule: Rule, selector: Selector, *, keep: bool) -> None:
        elements, is_exact = self._elements.everything, False
        if selector.tree is not None:
            elements, is_exact = self._elements.match(selector.tree)
            if not elements:  # some program adds what it needs, e.g. [data-ogsc] of Outlook.com
                elements, is_exact = self._elements.match(subject(selector.tree))[0], False
        is_conditional = rule.is_conditional or not is_exact
        if keep or is_conditional:
            rule.keep(selector)
        self._applied += len(elements) * len(rule.declarations)
        self._applied_chars += len(elements) * sum(len(declaration.value) for declaration in rule.declarations)
        if self._applied > MAX_APPLIED or self._applied_chars > MAX_APPLIED_CHARS:
            raise Invalid("Too many or too long style rules for the size of the HTML.", code="styles_too_large")
        use = _AppliedRule(selector.specificity, rule.order, rule, selector, is_conditional)
        for index in elements:
            self._uses.setdefault(index, []).append(use)

    def inline_styles(self) -> dict[int, str]:
        """Return the styles to inline by number of the start tag, and mark in the rules what stays in the sheets."""
        counts: dict[int | None, int] = {}
        for element in self._elements.all:
            counts[element.number] = counts.get(element.number, 0) + 1
        styles: dict[int, str] = {}
        for index, uses in self._uses.items():
            element = self._elements.all[index]
            number = element.number
            if element.tag in _NOT_SHOWN:
                continue
            # A parser repeats some elements, whose start tag then stands for several.
            if number is None or counts[number] > 1 or _varies(element) or _OPT_OUT in element.attributes:
                for use in uses:
                    use.rule.keep(use.selector)
            elif text := _text(_inlinable(sorted(uses, key=lambda use: use[:2]))):
                styles[number] = text
        return styles


def _varies(element: HtmlElement) -> bool:
    """Return whether classes or the id of the element depend on the recipient."""
    return any(MARKER.search(element.attributes.get(name) or "") for name in ("class", "id"))


def _is_for_outlook(selector: Selector, outlook_names: set[str]) -> bool:
    """Return whether the selector may match an element that only Outlook sees."""
    return bool(outlook_names) and selector.tree is not None and names(selector.tree) <= outlook_names


def _inlinable(uses: Sequence[_AppliedRule]) -> list[Declaration]:
    """Return the declarations to inline, weakest first. Those that a conditional rule overrides stay in the sheet."""
    chosen: list[Declaration] = []
    held: dict[tuple[bool, str], list[Declaration]] = {}
    """Declarations above that stay in their sheets, by importance and family."""
    done: set[int] = set()
    for use in reversed(uses):
        if use.order in done:
            continue  # by another selector
        for place in reversed(range(len(use.rule.declarations))):
            declaration = use.rule.declarations[place]
            above = held.setdefault((declaration.is_important, declaration.family), [])
            resets = held.get((declaration.is_important, "all"), [])
            if use.is_conditional:
                above.append(declaration)
            elif not (resets or any(declaration.meets(other) for other in above) or _resets(declaration, held)):
                chosen.append(declaration)
            else:
                above.append(declaration)
                use.selector.kept.add(place)
                if declaration.is_important:
                    chosen.append(replace(declaration, is_important=False))
        if not use.is_conditional:
            done.add(use.order)
    return chosen[::-1]


def _resets(declaration: Declaration, held: dict[tuple[bool, str], list[Declaration]]) -> bool:
    return declaration.property == "all" and any(
        declarations and is_important == declaration.is_important for (is_important, _), declarations in held.items()
    )


def _text(declarations: Sequence[Declaration]) -> str:
    """Return the declarations for a style attribute, without those that a later one replaces for certain."""
    kept: list[str] = []
    replaced: set[tuple[str, bool]] = set()
    for declaration in reversed(declarations):
        text = str(declaration)
        if text in kept or (declaration.name, declaration.is_important) in replaced:
            continue
        if _CERTAIN.fullmatch(f"{declaration.name}:{declaration.value}"):
            replaced |= {(declaration.name, False), (declaration.name, declaration.is_important)}
        kept.append(text)
    return ";".join(reversed(kept))


def _with_style(token: Token, style: str) -> str:
    """Return the start tag with the declarations before those of its style attribute."""
    style = style.replace("&", "&amp;").replace('"', "'" if "'" not in style else "&quot;")
    style = style.replace("<", "&lt;").replace(">", "&gt;")
    attribute = token.attribute("style")
    if attribute is None:
        end = len("<") + len(token.name)
        return f'{token.text[:end]} style="{style}"{token.text[end:]}'
    own = (attribute.value or "").replace('"', "&quot;")
    joined = f"{style};{own}" if own.strip() else style
    return f'{token.text[: attribute.start]}style="{joined}"{token.text[attribute.end :]}'


def _check_nesting(document: Document, html_tokens: Sequence[Token]) -> None:
    """Count open elements. An end tag closes only the innermost one, because parsers may ignore any other."""
    open_names: list[str] = []
    formatting = reopened = 0
    for place, token in enumerate(html_tokens):
        if token.kind is TokenKind.TAG and token.name and token.name not in _LEAVES | _IMPLIED_END:
            open_names.append(token.name)
            formatting += token.name in _FORMATTING
        elif token.kind is TokenKind.TAG and open_names and token.closes == open_names[-1]:
            formatting -= open_names.pop() in _FORMATTING
        reopened += formatting
        if len(open_names) > MAX_OPEN_ELEMENTS or reopened > MAX_REOPENED:
            error = Invalid("The HTML has too many nested or unclosed elements.", code="html_too_deep")
            raise placed(error, _place(document, html_tokens, place))
