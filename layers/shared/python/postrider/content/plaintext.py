"""The text part of a mail whose author wrote only HTML."""

import re
from typing import Final

import lxml.etree
import lxml.html
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig

from postrider.content.merge import MARKER, Document

_LAYOUT: Final = frozenset({"table", "tbody", "thead", "tfoot", "tr", "td", "th", "center"})
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def text_of_html(document: Document) -> str:
    """What a reader sees, a link as "words (address)", with the same markers as the HTML."""
    if not MARKER.sub("x", document.text).strip():
        return ""
    try:
        root = lxml.html.document_fromstring(document.text)
    except lxml.etree.ParserError:  # nothing but comments and the like
        return ""
    for element in root.iter():
        if element.tag == "a":
            _append_address(element)
        elif element.tag in _LAYOUT:
            element.tag = "div"  # tables of a mail are its layout; as columns they would be padded with spaces
    for element in root.iter():
        _escape(element)
    text = Inscriptis(root, ParserConfig()).get_text()
    lines = "\n".join(line.strip(" \t") for line in text.replace("\xa0", " ").split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"


def _append_address(link: lxml.html.HtmlElement) -> None:
    target = (link.get("href") or "").strip()
    words = "".join(link.itertext()).strip()
    leads_somewhere = target.lower().startswith(("http://", "https://")) or MARKER.match(target)
    if not leads_somewhere or words == target:
        return
    addition = f" ({target})" if words else target
    if len(link):
        link[-1].tail = (link[-1].tail or "") + addition
    else:
        link.text = (link.text or "") + addition


def _escape(element: lxml.html.HtmlElement) -> None:
    """Inscriptis decodes once more what the parser has decoded."""
    if element.text and isinstance(element.tag, str):
        element.text = element.text.replace("&", "&amp;")
    if element.tail:
        element.tail = element.tail.replace("&", "&amp;")
