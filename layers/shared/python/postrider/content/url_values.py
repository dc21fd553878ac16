"""Percent-encode merged values inside the URLs of an HTML text."""

import re
from typing import Final

from postrider.content import markup
from postrider.content.document import MARKER, Document, LiquidTag, marker
from postrider.content.markup import Token
from postrider.content.merge_tags import CompanyTag, DateTag, FieldTag, FrameText, PostalAddress
from postrider.content.template import InUrl

_URLS: Final = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "longdesc", "poster", "src", "xlink:href"}
)
_SETS: Final = frozenset({"imagesrcset", "srcset"})
_CSS_URL: Final = re.compile(r"(url\((?:\s|&quot;|&#39;|[\"'])*)([^)]*)", re.IGNORECASE)
_CANDIDATE: Final = re.compile(r"[^\s,][^\s]*")
_CONTACT: Final = re.compile(r"\A\s*(?:mailto|tel|sms|callto):[^?]*$", re.IGNORECASE)
_IN_PATH: Final = "/"
_IN_CONTACT: Final = "/@+"
_WHOLE: Final = "%:/?#[]@!$&*+,;="
"""Characters that a value keeps which is the beginning of a URL in a style sheet: no quotes and no parentheses."""


def with_encoded_values(document: Document, text: str) -> str:
    """Return the HTML with values encoded that are inside a URL: in attributes, in `srcset` and in `url()` of styles.

    A value that begins a URL is the URL, or its first part, and stays as it is.
    """
    return "".join(_encoded(document, token) for token in markup.tokens(text, into_conditional=True))


def _encoded(document: Document, token: Token) -> str:
    tag = token.text
    if not token.name or not MARKER.search(tag):
        return tag
    for attribute in reversed(list(token.attributes())):
        if attribute.value is None or not MARKER.search(attribute.value):
            continue
        value = _encoded_value(document, attribute.name, attribute.value)
        written = tag[attribute.start : attribute.end]
        tag = tag[: attribute.start] + written.replace(attribute.value, value, 1) + tag[attribute.end :]
    return tag


def _encoded_value(document: Document, name: str, value: str) -> str:
    if name in _URLS:
        return _encoded_url(document, value)
    if name in _SETS:
        return _CANDIDATE.sub(lambda candidate: _encoded_url(document, candidate[0]), value)
    if name == "style":
        return _CSS_URL.sub(lambda css: css[1] + _encoded_url(document, css[2], first=_WHOLE), value)
    return value


def _encoded_url(document: Document, url: str, *, first: str | None = None) -> str:
    def replaced(match: re.Match[str]) -> str:
        before = url[: match.start()]
        safe = _IN_CONTACT if _CONTACT.match(before) else _IN_PATH if before.strip() else first
        return match[0] if safe is None else _encoded_marker(document, int(match[1]), safe)

    return MARKER.sub(replaced, url)


def _encoded_marker(document: Document, number: int, safe: str) -> str:
    """Return a marker for the encoded value; the same marker for a condition and for a link of ours."""
    part = document.parts[number]
    if isinstance(part, LiquidTag) and part.source.startswith("{{"):
        return document.mark(part.quoted(safe), document.raw[number])
    if isinstance(part, FieldTag | FrameText | CompanyTag | PostalAddress | DateTag):
        return document.mark(InUrl(part, safe), document.raw[number])
    return marker(number)
