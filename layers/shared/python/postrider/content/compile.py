"""A content made ready for sending: styles inlined, text part made, links numbered, footer and pixel placed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from postrider.content import markup
from postrider.content.footers import footer_html, footer_text
from postrider.content.markup import Kind, Token
from postrider.content.merge import MARKER, Document, Part, Template, nesting, read, steers
from postrider.content.plaintext import NOWHERE, Aside, text_of_html
from postrider.content.styles import inlined
from postrider.content.tags import Company, Merging, Page, PageLink, Pixel, PostalAddress, TrackedLink
from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree
from postrider.kit.errors import Invalid

MAX_LINKS: Final = 1000
KEPT_COMPILED: Final = 8
"""Contents a process keeps ready; one may take several megabytes."""
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_HTTP: Final = re.compile(r"https?://[^\s\x00-\x20\x7f\\]+", re.IGNORECASE)
_URL_IN_TEXT: Final = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?\u201d\u2019\u00bb"
_PARAMS: Final = re.compile(r"[A-Za-z0-9%&=._~+:;,@!*()/$-]{1,1000}")
_BODY_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the author wrote; without `text` one is made from the HTML."""

    subject: str = ""
    html: str | None = None
    text: str | None = None
    encoding: str | None = None
    default_unsubscribe_link: bool = False


@dataclass(frozen=True, kw_only=True)
class Options:
    """The campaign's tracking and the account's switches; `language` is that of the footer."""

    opens: bool = True
    clicks_html: bool = True
    clicks_text: bool = True
    additional_params: str | None = None
    inject_unsubscribe_link: bool = False
    inject_address: bool = False
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link of the content, numbered from 1. `varies` when its target holds merge tags, shown as they were written."""

    id: int
    target: str
    varies: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """`html` is None for a content of text only. `conditions` are the trees of its [IF]s; they may ask for facts."""

    subject: Template
    html: Template | None
    text: Template
    links: tuple[Link, ...]
    conditions: tuple[Tree, ...]
    encoding: str


@lru_cache(maxsize=KEPT_COMPILED)
def compile_content(source: Source, options: Options, vocabulary: Vocabulary) -> Compiled:
    """The same for the same input, so link numbers are stable from worker to worker.

    Raises Invalid, with `field` ending in subject, html or text, for a content that cannot be merged.
    """
    table = _Links(options)
    with _at("subject"):
        subject = Template(read(source.subject, vocabulary, is_html=False), is_html=False)
    html = None
    if source.html and source.html.strip():
        with _at("html"):
            author_html = read(source.html, vocabulary, is_html=True)
            html = _finished_html(author_html.with_text(author_html.text), source, options, table)
    with _at("text"):
        if source.text and source.text.strip():
            document = read(source.text, vocabulary, is_html=False)
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
    )


@contextmanager
def _at(part: str) -> Iterator[None]:
    """What is Invalid in here is so at this part of the content."""
    try:
        yield
    except Invalid as exc:
        field = exc.field or ("content", part)
        raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from exc


def link_params(given: str | None) -> str:
    """What is added to every link. Raises Invalid for what is no query."""
    params = (given or "").lstrip("?&")
    if params and not _PARAMS.fullmatch(params):
        field = ("tracking", "additional_params")
        raise Invalid("The additional parameters are not a URL-encoded query.", code="params_invalid", field=field)
    return params


class _Links:
    """The link table as it grows: one number for one target, wherever it stands."""

    def __init__(self, options: Options) -> None:
        self._params = link_params(options.additional_params)
        self._numbers: dict[str, int] = {}
        self.links: list[Link] = []

    def tracked(self, document: Document, target: str) -> str:
        """A marker for the link as we count it. `target` may hold markers, then it is rendered for each recipient."""
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
                raise Invalid(f"A content has at most {MAX_LINKS} different links.", code="too_many_links")
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
    """A link whose target is rendered for each recipient and leads only to the web; not counted with `link_id` 0."""

    template: Template
    link_id: int = 0
    params: str = ""

    def __call__(self, merging: Merging, /) -> str:
        target = self.template.render(merging).strip().replace(" ", "%20")
        if not _HTTP.fullmatch(target):
            return NOWHERE  # contact data chose another scheme, e.g. javascript:
        target = _with_params(target, self.params)
        return merging.links.click_target(self.link_id, target) if self.link_id else target


def _url_template(document: Document, target: str) -> Template:
    return Template(document.with_text(target), is_html=False, in_url=True)


def _finished_html(document: Document, source: Source, options: Options, table: _Links) -> Template:
    document.text = _with_links(document, inlined(document), options, table)
    address, unsubscribe = _missing(document, source, options, is_html=True)
    addition = footer_html(address, unsubscribe, options.language) if address or unsubscribe else ""
    if options.opens:
        addition += document.mark(Pixel())
    ends = list(_BODY_END.finditer(document.text))
    at = ends[-1].start() if ends else len(document.text)
    document.text = document.text[:at] + addition + document.text[at:]
    return Template(document, is_html=True)


def _text_of(html: Document, options: Options, table: _Links) -> Document:
    document = html.with_text(html.text)
    document.text = text_of_html(
        document, lambda target: _href(document, target, table, is_tracked=options.clicks_text)
    )
    return document


def _finished_text(document: Document, source: Source, options: Options, table: _Links) -> Template:
    if options.clicks_text:
        document.text = _with_text_links(document, table)
    address, unsubscribe = _missing(document, source, options, is_html=False)
    if address or unsubscribe:
        document.text = document.text.rstrip() + footer_text(address, unsubscribe, options.language)
    return Template(document, is_html=False)


def _missing(document: Document, source: Source, options: Options, *, is_html: bool) -> tuple[str | None, str | None]:
    """Markers for the postal address and the unsubscribe link, each None when it is there or not asked for."""
    present = list(_seen_by_all(document, is_html=is_html))
    has_link = any(isinstance(part, PageLink) and part.page in _WAYS_OUT for part in present)
    has_address = any(part == Company("ADDRESS") for part in present)
    wants_link = source.default_unsubscribe_link or options.inject_unsubscribe_link
    address = document.mark(PostalAddress()) if options.inject_address and not has_address else None
    unsubscribe = document.mark(PageLink(Page.UNSUBSCRIBE)) if wants_link and not has_link else None
    return address, unsubscribe


def _seen_by_all(document: Document, *, is_html: bool) -> Iterator[Part]:
    """The parts outside of conditions and comments; in a tag of the HTML only the links."""
    found = markup.tokens(document.text) if is_html else [Token(Kind.TEXT, document.text)]
    depth = 0
    for token in found:
        for part in document.parts_in(token.text):
            depth += nesting(part)
            shown = token.kind is Kind.TEXT or (token.kind is Kind.TAG and isinstance(part, PageLink))
            if shown and depth == 0:
                yield part


_WAYS_OUT: Final = (Page.UNSUBSCRIBE, Page.GLOBAL_UNSUBSCRIBE)


def _with_links(document: Document, text: str, options: Options, table: _Links) -> str:
    return "".join(
        _with_link(document, token, options, table)
        if token.name in ("a", "area") or token.name.startswith("v:")
        else token.text
        for token in markup.tokens(text, into_conditional=True)
    )


def _with_link(document: Document, token: Token, options: Options, table: _Links) -> str:
    """The start tag with its href made ours, where it leads to the web."""
    tag = token.text
    for attribute in _ATTRIBUTE.finditer(tag, len("<") + len(token.name)):
        if attribute[1].lower() != "href":
            continue
        written = attribute[2] or attribute[3] or attribute[4] or ""
        target = markup.attribute_value(written).strip()
        href = _href(document, target, table, is_tracked=options.clicks_html)
        return tag if href is None else f'{tag[: attribute.start()]}href="{href}"{tag[attribute.end() :]}'
    return tag


def _href(document: Document, target: str, table: _Links, *, is_tracked: bool) -> str | None:
    """A marker to take the target's place, None to leave it as it is."""
    parts = document.parts_in(target)
    to_our_page = any(isinstance(part, PageLink) for part in parts)
    if to_our_page and MARKER.fullmatch(target):
        return None
    target = target.replace(" ", "%20") if not parts else target
    if not (MARKER.match(target) or _HTTP.match(target)) or (not parts and not _HTTP.fullmatch(target)):
        return None
    if is_tracked and not to_our_page:
        return table.tracked(document, target)
    return document.mark(VaryingLink(_url_template(document, target)), document.unmarked(target)) if parts else None


def _with_text_links(document: Document, table: _Links) -> str:
    def replaced(match: re.Match[str]) -> str:
        target = _ended(document, match[0])
        if not _HTTP.fullmatch(target):
            return match[0]
        return table.tracked(document, target) + match[0][len(target) :]

    return _URL_IN_TEXT.sub(replaced, document.text)


def _ended(document: Document, target: str) -> str:
    """The address without what follows it in a sentence, or steers the text, and belongs to neither."""
    for marker in MARKER.finditer(target):
        part = document.parts[int(marker[1])]
        if steers(part) or isinstance(part, PageLink | TrackedLink | Aside):
            target = target[: marker.start()]
            break
    target = target[: _closing(target)]
    return target.rstrip(_TRAILING)


def _closing(target: str) -> int:
    """Where a parenthesis closes that opened before the address: "(https://...)"."""
    depth = 0
    for at, char in enumerate(target):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return at
    return len(target)
