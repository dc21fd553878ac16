"""Compile MJML (https://documentation.mjml.io), a language for responsive mails, to HTML.

The compiler gets a tree that was parsed and checked here: it would end the process when elements nest too deeply, keep
unknown elements without a word, and pass scripts through.
"""

import re
from html.entities import html5
from typing import Any, Final

from lxml import etree
from mjml import mjml2html

from postrider.kit.errors import FieldPath, Invalid

MAX_SOURCE_BYTES: Final = 256 * 1024
MAX_HTML_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 50

_MJML: Final = """
mjml mj-head mj-body mj-attributes mj-all mj-class mj-breakpoint mj-font mj-preview mj-style mj-title
mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-button mj-carousel mj-carousel-image
mj-column mj-divider mj-group mj-hero mj-image mj-navbar mj-navbar-link mj-raw mj-section mj-social
mj-social-element mj-spacer mj-table mj-text mj-wrapper
"""
"""https://documentation.mjml.io/#components, without mj-include, which reads files, and mj-html-attributes."""
_HTML: Final = """
a abbr address b big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font h1 h2 h3 h4 h5
h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead time tr
tt u ul var wbr
"""
_TAGS: Final = frozenset((_MJML + _HTML).split())
_VOID_TAG: Final = re.compile(r"<(br|col|hr|img|wbr)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)/?>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*;)")
_XML_ENTITIES: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


def compile_mjml(source: Any, *, field: FieldPath) -> str:
    """Return the HTML of an MJML source. Comments are left out.

    Raises Invalid, naming `field` and the line, for a source that is no text, too large, not well-formed, nested more than
    MAX_DEPTH deep, or with elements that are not allowed; and for HTML of more than MAX_HTML_BYTES.
    """
    if not isinstance(source, str):
        raise Invalid("The MJML source must be a text.", code="mjml_invalid", field=field)
    if len(source.encode(errors="surrogatepass")) > MAX_SOURCE_BYTES:
        reason = f"The MJML source is too large: at most {MAX_SOURCE_BYTES} bytes are allowed."
        raise Invalid(reason, code="content_too_large", details={"max_bytes": MAX_SOURCE_BYTES}, field=field)
    root = _parsed(source, field)
    _check_tags(root, field)
    try:
        html = mjml2html(etree.tostring(root, encoding="unicode"))
    except ValueError as exc:
        raise Invalid(f"The MJML cannot be compiled: {exc}.", code="mjml_invalid", field=field) from exc
    if len(html.encode()) > MAX_HTML_BYTES:
        reason = f"The HTML of the MJML is too large: at most {MAX_HTML_BYTES} bytes are allowed."
        raise Invalid(reason, code="content_too_large", details={"max_bytes": MAX_HTML_BYTES}, field=field)
    return html


def _parsed(source: str, field: FieldPath) -> etree._Element:
    """Parse the source as XML, in which void elements of HTML may lack their slash and entities of HTML are known."""
    text = _ENTITY.sub(_character, _VOID_TAG.sub(r"<\1\2/>", source.strip()))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        line, column = getattr(exc, "position", (1, 1))
        what = getattr(exc, "msg", None) or "unsupported characters or an encoding declaration"
        reason = f"Invalid MJML at line {line}, column {column}: {what}. Write < as &lt; and & as &amp; in texts."
        raise Invalid(reason, code="mjml_invalid", details={"line": line, "column": column}, field=field) from exc
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("MJML has no document type: remove <!DOCTYPE>.", code="mjml_invalid", field=field)
    return root


def _check_tags(root: etree._Element, field: FieldPath) -> None:
    if root.tag != "mjml":
        raise Invalid("MJML starts with <mjml>.", code="mjml_invalid", field=field)
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        line = element.sourceline
        if depth > MAX_DEPTH:
            reason = f"Invalid MJML at line {line}: elements nest more than {MAX_DEPTH} deep."
            raise Invalid(reason, code="mjml_invalid", details={"line": line}, field=field)
        tag = element.tag if isinstance(element.tag, str) else "entity"
        if tag.lower() not in _TAGS:
            reason = f"Invalid MJML at line {line}: <{tag[:40]}> is not allowed."
            raise Invalid(reason, code="mjml_invalid", details={"line": line}, field=field)


def _character(entity: re.Match[str]) -> str:
    """Return the character of an entity of HTML, and an entity of XML or an unknown one as it is."""
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES else html5.get(name, entity[0])
