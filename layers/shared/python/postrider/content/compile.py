"""Compile a content for sending: inline styles, make the text part, number links, place footer and pixel."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from postrider.content import markup
from postrider.content.compiled import (
    MAX_LINKS,
    MAX_SHOWN_BYTES,
    Compiled,
    ContentSource,
    ContentWarning,
    Link,
    Options,
    link_params,
)
from postrider.content.document import MARKER, Document, LiquidTag, Part, nesting, steers
from postrider.content.error_places import placed
from postrider.content.footers import footer_html, footer_text
from postrider.content.markup import Token, TokenKind
from postrider.content.merge_tags import CompanyTag, Merging, PageLink, PixelTag, PostalAddress, PublicPage, TrackedLink
from postrider.content.plaintext import NOWHERE, LinkAddress, text_of_html
from postrider.content.reading import read
from postrider.content.snippets import names_of_text
from postrider.content.styles import inlined
from postrider.content.template import CompiledTemplate
from postrider.content.url_values import with_encoded_values
from postrider.content.urls import HTTP, URL_IN_TEXT, as_browsers_read, end_in_text, without_breaks
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid

KEPT_COMPILED: Final = 8
"""Compiled contents that a process caches; each may take several megabytes."""


@lru_cache(maxsize=KEPT_COMPILED)
def compile_content(source: ContentSource, options: Options, vocabulary: Vocabulary) -> Compiled:
    """Compile a content. Equal inputs give equal link numbers, so every worker writes the same links.

    Raises Invalid, with `field` ending in subject, html or text, for a content that cannot be merged.
    """
    table = _Links(options)
    html = None
    written: dict[str, Document] = {}
    with _at("subject"):
        written["subject"] = read(source.subject, vocabulary, is_html=False)
        subject = CompiledTemplate(written["subject"], is_html=False)
    if source.html and source.html.strip():
        with _at("html"):
            written["html"] = author_html = read(source.html, vocabulary, is_html=True)
            html = _finished_html(author_html.with_text(author_html.text), source, options, table)
    with _at("text"):
        if source.text and source.text.strip():
            written["text"] = document = read(source.text, vocabulary, is_html=False)
        else:
            document = _text_of(author_html, options, table) if html else Document(vocabulary)
        text = _finished_text(document, source, options, table)
    return Compiled(
        subject=subject,
        html=html,
        text=text,
        links=tuple(table.links),
        conditions=tuple(tree for template in (subject, html, text) if template for tree in template.conditions),
        encoding=source.encoding or "utf-8",
        warnings=(*_unknown_attributes(written), *_unknown_snippets(written), *_large(html)),
    )


def _unknown_attributes(written: dict[str, Document]) -> Iterator[ContentWarning]:
    for part, document in written.items():
        for tag in document.unknown:
            message = f"The {part} names the attribute {tag.name!r}, which the list does not have ({tag.place.text})."
            yield ContentWarning("unknown_attribute", message)


def _unknown_snippets(written: dict[str, Document]) -> Iterator[ContentWarning]:
    for part, document in written.items():
        for name in sorted({name for tag in document.parts for name in _snippets_in(tag)}):
            yield ContentWarning("unknown_snippet", f"The {part} inserts the snippet {name!r}, which does not exist.")


def _snippets_in(part: Part) -> Iterator[str]:
    if isinstance(part, LiquidTag):
        yield from names_of_text(part.source)


def _large(html: CompiledTemplate | None) -> Iterator[ContentWarning]:
    size = 0 if html is None else sum(len(piece.encode()) for piece in html.pieces if isinstance(piece, str))
    if size > MAX_SHOWN_BYTES:
        message = f"The HTML has {size // 1024} KB. Gmail cuts mails off after 102 KB: shorten it."
        yield ContentWarning("html_too_long", message)


@contextmanager
def _at(part: str) -> Iterator[None]:
    """Name this part of the content as the place of an Invalid that is raised inside."""
    try:
        yield
    except Invalid as exc:
        field = exc.field or ("content", part)
        raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from exc


class _Links:
    """The table of links while a content is compiled. Equal targets share one number."""

    def __init__(self, options: Options) -> None:
        self._params = link_params(options.additional_params)
        self._numbers: dict[str, int] = {}
        self.links: list[Link] = []

    def tracked(self, document: Document, target: str) -> str:
        """Return a marker for the tracked link. A `target` with markers is rendered for each recipient."""
        raw = document.unmarked(target)
        if MARKER.search(target) is None:
            number = self._number(_with_params(target, self._params), varies=False)
            return document.mark(TrackedLink(number), raw)
        number = self._number(raw, varies=True)
        return document.mark(VaryingLink(_url_template(document, target), number, self._params), raw)

    def _number(self, target: str, *, varies: bool) -> int:
        number = self._numbers.get(target)
        if number is None:
            if len(self.links) >= MAX_LINKS:
                raise Invalid(f"Too many links: at most {MAX_LINKS} different ones are allowed.", code="too_many_links")
            number = self._numbers[target] = len(self.links) + 1
            self.links.append(Link(id=number, target=target, varies=varies))
        return number


def _with_params(target: str, params: str) -> str:
    if not params:
        return target
    address, mark, fragment = target.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{params}{mark}{fragment}"


@dataclass(frozen=True, slots=True, eq=False)
class VaryingLink:
    """A link to the web whose target is rendered for each recipient. Clicks are not tracked when `link_id` is 0."""

    template: CompiledTemplate
    link_id: int = 0
    params: str = ""

    def __call__(self, merging: Merging, /) -> str:
        target = self.template.render(merging).strip().replace(" ", "%20")
        if not HTTP.fullmatch(target):
            return NOWHERE  # contact data filled in another scheme, e.g. javascript:
        target = _with_params(target, self.params)
        return merging.links.click_target(self.link_id, target) if self.link_id else target


def _url_template(document: Document, target: str) -> CompiledTemplate:
    return CompiledTemplate(document.with_text(target), is_html=False, in_url=True, is_fragment=True)


def _finished_html(document: Document, source: ContentSource, options: Options, table: _Links) -> CompiledTemplate:
    styled = inlined(document) if source.inline_css else document.text
    document.text = with_encoded_values(document, _with_links(document, styled, options, table))
    address, unsubscribe = _missing(document, source, options, is_html=True)
    footer = footer_html(address, unsubscribe, options.language) if address or unsubscribe else ""
    pixel = document.mark(PixelTag()) if options.opens else ""
    start, end = _body(document)
    text = document.text
    # The pixel comes first, since some programs do not show the end of a long mail.
    document.text = text[:start] + pixel + text[start:end] + footer + text[end:]
    return CompiledTemplate(document, is_html=True)


def _body(document: Document) -> tuple[int, int]:
    """Return where the content of the body begins and ends for every reader: outside comments and conditions.

    Without a body element both are where text can be added at the end.
    """
    start = end = after = None
    position = depth = 0
    before_last = 0
    for token in markup.tokens(document.text):
        depth += sum(nesting(part) for part in document.parts_in(token.text))
        if depth == 0 and token.name == "body" and start is None:
            start = position + len(token.text)
        if depth == 0 and token.closes == "body":
            end = position
        if depth == 0 and token.closes == "html":
            after = position
        if token.kind is not TokenKind.RAW:  # the content of an element, whose start tag would be left open
            before_last = position
        position += len(token.text)
    if end is None:
        end = after if after is not None else position if _ends_open(document.text) else before_last
    return (end if start is None or start > end else start), end


def _ends_open(text: str) -> bool:
    """Return whether text that is added at the end is shown: no comment, tag or element such as style is unclosed."""
    *_, last = markup.tokens(f"{text}<hr>")
    return last.name == "hr"


def _text_of(html: Document, options: Options, table: _Links) -> Document:
    document = html.with_text(html.text)
    document.text = text_of_html(
        document, lambda target: _href(document, target, table, is_tracked=options.clicks_text)
    )
    return document


def _finished_text(document: Document, source: ContentSource, options: Options, table: _Links) -> CompiledTemplate:
    if options.clicks_text:
        document.text = _with_text_links(document, table)
    address, unsubscribe = _missing(document, source, options, is_html=False)
    if address or unsubscribe:
        document.text = document.text.rstrip() + footer_text(address, unsubscribe, options.language)
    return CompiledTemplate(document, is_html=False)


def _missing(
    document: Document, source: ContentSource, options: Options, *, is_html: bool
) -> tuple[str | None, str | None]:
    """Return markers for the postal address and the unsubscribe link, None for each that is present or not wanted."""
    present = list(_unconditional_parts(document, is_html=is_html))
    has_link = any(isinstance(part, PageLink) and part.page in _UNSUBSCRIBE_PAGES for part in present)
    has_address = any(part == CompanyTag("ADDRESS") for part in present)
    wants_link = source.default_unsubscribe_link or options.inject_unsubscribe_link
    address = document.mark(PostalAddress()) if options.inject_address and not has_address else None
    unsubscribe = document.mark(PageLink(PublicPage.UNSUBSCRIBE)) if wants_link and not has_link else None
    return address, unsubscribe


def _unconditional_parts(document: Document, *, is_html: bool) -> Iterator[Part]:
    """Yield the parts that every recipient sees: those outside conditions and comments. Inside HTML tags, only links."""
    tokens = markup.tokens(document.text) if is_html else [Token(TokenKind.TEXT, document.text)]
    depth = 0
    for token in tokens:
        for part in document.parts_in(token.text):
            depth += nesting(part)
            is_shown = token.kind is TokenKind.TEXT or (token.kind is TokenKind.TAG and isinstance(part, PageLink))
            if is_shown and depth == 0:
                yield part


_UNSUBSCRIBE_PAGES: Final = (PublicPage.UNSUBSCRIBE, PublicPage.GLOBAL_UNSUBSCRIBE)


def _with_links(document: Document, text: str, options: Options, table: _Links) -> str:
    out: list[str] = []
    count = 0
    for token in markup.tokens(text, into_conditional=True):
        if not _may_link(token):
            out.append(token.text)
            continue
        count += 1
        try:
            out.append(_with_link(document, token, options, table))
        except Invalid as exc:
            if "line" in exc.details:
                raise
            raise placed(exc, document.place(_position_of_link(document.as_read, count))) from exc
    return "".join(out)


def _may_link(token: Token) -> bool:
    return token.name in ("a", "area") or token.name.startswith("v:")


def _position_of_link(text: str, number: int) -> int:
    position = 0
    for token in markup.tokens(text, into_conditional=True):
        number -= _may_link(token)
        if number == 0:
            break
        position += len(token.text)
    return position


def _with_link(document: Document, token: Token, options: Options, table: _Links) -> str:
    """Return the start tag with its href replaced when it leads to the web."""
    tag, attribute = token.text, token.attribute("href")
    if attribute is None or attribute.value is None:
        return tag
    target = markup.attribute_value(attribute.value)
    href = _href(document, target, table, is_tracked=options.clicks_html)
    return tag if href is None else f'{tag[: attribute.start]}href="{href}"{tag[attribute.end :]}'


def _href(document: Document, target: str, table: _Links, *, is_tracked: bool) -> str | None:
    """Return a marker that replaces the target, or None to keep the target."""
    parts = document.parts_in(target)
    target = without_breaks(target) if parts else as_browsers_read(target)
    to_our_page = any(isinstance(part, PageLink) for part in parts)
    if to_our_page and MARKER.fullmatch(target):
        return None
    if not (MARKER.match(target) or HTTP.match(target)) or (not parts and not HTTP.fullmatch(target)):
        return None
    if is_tracked and not to_our_page:
        return table.tracked(document, target)
    return document.mark(VaryingLink(_url_template(document, target)), document.unmarked(target)) if parts else None


def _with_text_links(document: Document, table: _Links) -> str:
    def replaced(match: re.Match[str]) -> str:
        target = _trimmed_url(document, match[0])
        if not HTTP.fullmatch(target):
            return match[0]
        try:
            return table.tracked(document, target) + match[0][len(target) :]
        except Invalid as exc:
            raise (placed(exc, document.place(match.start())) if is_as_read else exc) from exc

    is_as_read = document.text == document.as_read
    return URL_IN_TEXT.sub(replaced, document.text)


def _trimmed_url(document: Document, target: str) -> str:
    """Cut a URL found in a text before punctuation of the sentence, conditions and links that follow it."""
    for marker in MARKER.finditer(target):
        part = document.parts[int(marker[1])]
        if steers(part) or isinstance(part, PageLink | TrackedLink | LinkAddress):
            target = target[: marker.start()]
            break
    return target[: end_in_text(target)]
