"""Make the text part of a mail whose author wrote only HTML."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import quote

import lxml.etree
import lxml.html
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig

from postrider.content.document import MARKER, Document, steers
from postrider.content.markup import Token, TokenKind, tokens
from postrider.content.merge_tags import MergeTag, Merging, PageLink, TrackedLink
from postrider.content.template import CompiledTemplate
from postrider.content.urls import as_browsers_read, without_breaks

_LAYOUT: Final = frozenset({"table", "tbody", "thead", "tfoot", "tr", "td", "th", "center"})
_WEB: Final = re.compile("https?://", re.IGNORECASE)
_CONTACTED_BY: Final = ("mailto", "tel")
_SEPARATORS: Final = re.compile(r"[\s()./-]")
"""Separators that shown telephone numbers have and `tel:` links do not."""
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_INVISIBLE: Final = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\ufeff"
_WIDE: Final = "\xa0\u2000-\u200a\u2800\u3000"
_FILLER: Final = re.compile(f"[{_WIDE}]*(?:[{_INVISIBLE}][ {_WIDE}]*){{3,}}|(?:[{_WIDE}] ?){{8,}}")
"""Invisible characters in a row, by which authors keep the beginning of a mail out of its preview."""
_NOT_IN_XML: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that HTML may contain and an lxml tree may not (https://www.w3.org/TR/xml/#charsets)."""
_NUMERIC_REFERENCE: Final = re.compile("&#(?:[0-9]+|[xX][0-9A-Fa-f]+);?")
NOWHERE: Final = "#"
"""The target of a link that has none for this recipient."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkAddress:
    """A link's address, written by the format `form`. Empty when the recipient has no address for it."""

    address: MergeTag
    form: str

    def __call__(self, merging: Merging, /) -> str:
        address = self.address(merging)
        return "" if address in ("", NOWHERE) else self.form.format(address)


def text_of_html(document: Document, marked: Callable[[str], str | None]) -> str:
    """Return the text that a reader sees, with links as "words (address)" and the same markers as the HTML.

    `marked` returns the marker that replaces a link's target, None to keep the target.
    """
    try:
        root = lxml.html.document_fromstring(_for_xml(_without_comments(document)))
    except lxml.etree.ParserError:  # the document is empty
        return ""
    for link in list(root.iter("a")):
        _show_address(link, document, marked)
    for image in list(root.iter("img")):
        if image.get("alt") and next(image.iterancestors("a"), None) is None:
            image.tag, image.text = "span", image.get("alt")
    for element in root.iter():
        if element.tag in _LAYOUT:
            element.tag = "div"  # tables of a mail are its layout; as columns they would be padded with spaces
        _escape(element)
    text = _FILLER.sub(" ", Inscriptis(root, ParserConfig()).get_text())
    lines = "\n".join(line.strip(" \t") for line in text.replace("\xa0", " ").split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"


def _show_address(link: lxml.html.HtmlElement, document: Document, marked: Callable[[str], str | None]) -> None:
    target = link.get("href") or ""
    target = without_breaks(target) if MARKER.search(target) else as_browsers_read(target)
    words = " ".join(link.text_content().split())
    scheme, _, rest = target.partition(":")
    if scheme.lower() in _CONTACTED_BY:
        address = rest.partition("?")[0]
        if _squeezed(document.unmarked(address)) in _squeezed(document.unmarked(words)):
            return
    else:
        marker = marked(target)
        address = marker or (target if _WEB.match(target) or MARKER.match(target) else "")
        if not address:
            return
        if document.unmarked(words) == document.unmarked(target):
            words = ""
    _append(link, document, address, words)


def _append(link: lxml.html.HtmlElement, document: Document, address: str, words: str) -> None:
    """Append the address to the link's words, or to the descriptions of its images when it has no words."""
    if not words:
        label = " ".join(" ".join(link.xpath(".//img/@alt")).split())
        del link[:]
        link.text = label + _shown(document, address, " ({})" if label else "{}")
    elif len(link):
        link[-1].tail = (link[-1].tail or "").rstrip() + _shown(document, address, " ({})")
    else:
        link.text = (link.text or "").rstrip() + _shown(document, address, " ({})")


def _squeezed(text: str) -> str:
    return _SEPARATORS.sub("", text).casefold()


def _shown(document: Document, address: str, form: str) -> str:
    if all(isinstance(part, PageLink | TrackedLink) for part in document.parts_in(address)):
        return form.format(address)
    marker = MARKER.fullmatch(address)
    part = document.parts[int(marker[1])] if marker else None
    if marker and callable(part):  # one marker per link, as in the HTML
        document.parts[int(marker[1])] = LinkAddress(part, form)
        return address
    filled = CompiledTemplate(document.with_text(address), is_html=False, is_fragment=True)
    return document.mark(LinkAddress(filled.render, form), form.format(document.unmarked(address)))


def _without_comments(document: Document) -> str:
    """Remove comments from the HTML, except the markers of conditions, which apply wherever they are written."""

    def kept(mark: re.Match[str]) -> str:
        return mark[0] if steers(document.parts[int(mark[1])]) else ""

    return "".join(
        "".join(kept(mark) for mark in MARKER.finditer(token.text))
        if token.kind is TokenKind.COMMENT
        else _url_safe(token)
        for token in tokens(document.text)
    )


def _url_safe(token: Token) -> str:
    """Return the token's text; in the href of a link with control characters encoded, as browsers encode them."""
    href = token.attribute("href") if token.name == "a" and _NOT_IN_XML.search(token.text) else None
    if href is None or href.value is None:
        return token.text
    value = _NOT_IN_XML.sub(lambda char: quote(char[0]), without_breaks(href.value)).replace('"', "&quot;")
    return f'{token.text[: href.start]}href="{value}"{token.text[href.end :]}'


def _for_xml(source: str) -> str:
    """Replace each character that an lxml tree cannot contain by a space, also where a reference stands for it."""

    def decoded(reference: re.Match[str]) -> str:
        char = unescape(reference[0])
        return reference[0] if char and not _NOT_IN_XML.match(char) else " "

    return _NOT_IN_XML.sub(" ", _NUMERIC_REFERENCE.sub(decoded, source))


def _escape(element: lxml.html.HtmlElement) -> None:
    """Escape an element's text, because Inscriptis decodes references that the parser has already decoded."""
    if element.text and isinstance(element.tag, str):
        element.text = element.text.replace("&", "&amp;")
    if element.tail:
        element.tail = element.tail.replace("&", "&amp;")
