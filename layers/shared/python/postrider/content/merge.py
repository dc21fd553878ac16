"""Merge tags to Liquid: a content is read once into a document, and becomes a template that is filled per recipient.

Tags are taken out first and stand as markers in the text, so that no later step (CSS, links, HTML to text) can change
them; what the template engine parses is only our own skeleton and the author's Liquid, never text or contact data.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from typing import Any, Final
from urllib.parse import quote

from liquid.ast import Node
from liquid.builtin.expressions import Path
from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO
from liquid.template import BoundTemplate
from markupsafe import Markup, escape

from postrider.content import liquid
from postrider.content.conditions import parse_condition
from postrider.content.tags import BUILT_IN_FIELDS, COMPANY_TAGS, FIXED_TAGS, Condition, Date, Field, Merging, Tag
from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree
from postrider.kit.errors import Invalid

MAX_TAGS: Final = 3000
MAX_TAG_CHARS: Final = 2000
MAX_DATE_OFFSET: Final = timedelta(days=36500)

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
"""Noncharacters (Unicode 23.7): never part of anybody's text, and HTML parsers leave them alone."""
NONCHARACTERS: Final = re.compile("[\ufdd0-\ufdef]")
_NONCHARACTER_REFERENCE: Final = re.compile(
    r"&#(?:0*(?:6497[6-9]|649[89][0-9]|6500[0-7])(?![0-9])|x0*fd[de][0-9a-f](?![0-9a-f]));?", re.IGNORECASE
)
"""The same as HTML may write them, for a parser to decode later."""
MARKER: Final = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_SPECIAL: Final = re.compile(
    rf"\[(?P<tag>[^\[\]]{{1,{MAX_TAG_CHARS}}})\]"
    r"|(?P<liquid>\{\{|\{%)"
    r"|(?P<revealed><!\[(?:if|endif)[^\[\]<>]{0,200}\]>)",
    re.IGNORECASE,
)
_UNTOUCHED: Final = re.compile(r"<(style|script)\b", re.IGNORECASE)
_UNTOUCHED_END: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script")}
_FIELD: Final = re.compile(r"([A-Za-z0-9_-]+)\s*(?:,(.*))?", re.DOTALL)
_DATE: Final = re.compile(r"DATE\|\s*([+-]?[0-9]{1,10})\s*\|(.{1,200})", re.DOTALL)
_CONTROL: Final = re.compile(r"(IF|ELSEIF)\b\s*(\S.*)|ELSE|ENDIF", re.DOTALL)
_LIQUID_TAG: Final = re.compile(r"\{%-?\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Control:
    """[IF], [ELSEIF], [ELSE], [ENDIF]: steers what is shown and shows nothing itself."""

    keyword: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that no step may touch."""

    text: str


@dataclass(frozen=True, slots=True)
class AuthorLiquid:
    """A `{{ }}` or `{% %}` of the author, braces included."""

    source: str


Part = Tag | Control | Literal | AuthorLiquid


def steers(part: Part) -> bool:
    """Whether the part decides about others and shows nothing itself."""
    return isinstance(part, Control) or (isinstance(part, AuthorLiquid) and part.source.startswith("{%"))


def nesting(part: Part) -> int:
    """1 for a part that begins what not every reader gets, -1 for the one that ends it."""
    if isinstance(part, Control):
        return {"IF": 1, "ENDIF": -1}.get(part.keyword, 0)
    named = _LIQUID_TAG.match(part.source) if isinstance(part, AuthorLiquid) else None
    if named is None:
        return 0
    return -1 if named[1].startswith("end") else int(f"end{named[1]}" in liquid.TAG_NAMES)


@dataclass
class Document:
    """A text whose tags are markers; `parts[n]` is what marker n stands for and `raw[n]` how it was written."""

    vocabulary: Vocabulary
    text: str = ""
    parts: list[Part] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def mark(self, part: Part, raw: str = "") -> str:
        """A marker for the part, to be put into the text."""
        if len(self.parts) >= MAX_TAGS:
            raise Invalid(f"A content has at most {MAX_TAGS} tags and links.", code="too_many_tags")
        self.parts.append(part)
        self.raw.append(raw)
        return f"{_OPEN}{len(self.parts) - 1}{_CLOSE}"

    def with_text(self, text: str) -> "Document":
        """The same tags in another arrangement."""
        return Document(self.vocabulary, text, list(self.parts), list(self.raw))

    def parts_in(self, text: str) -> list[Part]:
        return [self.parts[int(number)] for number in MARKER.findall(text)]

    def unmarked(self, text: str) -> str:
        """The text as its author wrote it."""
        return MARKER.sub(lambda match: self.raw[int(match[1])], text)


def read(source: str, vocabulary: Vocabulary, *, is_html: bool) -> Document:
    """Take the tags out of an author's text. Raises Invalid for broken tags and for Liquid beyond the closed set."""
    source = NONCHARACTERS.sub("", source).replace("\r\n", "\n").replace("\r", "\n")
    if is_html:
        source = _NONCHARACTER_REFERENCE.sub("\ufffd", source)
    document = Document(vocabulary)
    out: list[str] = []
    for text, untouched in _stretches(source) if is_html else [(source, False)]:
        out.append(text if untouched else _read_stretch(text, document, is_html=is_html))
    if sum(part.source.count("|") for part in document.parts if isinstance(part, AuthorLiquid)) > liquid.MAX_FILTERS:
        raise Invalid(f"A content applies at most {liquid.MAX_FILTERS} filters.", code="template_limit")
    document.text = "".join(out)
    return document


def _stretches(source: str) -> Iterator[tuple[str, bool]]:
    """The HTML in turns of content and of style or script elements, which hold brackets of their own."""
    at = 0
    while opening := _UNTOUCHED.search(source, at):
        yield source[at : opening.start()], False
        closing = _UNTOUCHED_END[opening[1].lower()].search(source, opening.end())
        end = closing.start() if closing else len(source)
        yield source[opening.start() : end], True
        at = end
    yield source[at:], False


def _read_stretch(source: str, document: Document, *, is_html: bool) -> str:
    out: list[str] = []
    at = 0
    while match := _SPECIAL.search(source, at):
        out.append(source[at : match.start()])
        end = match.end()
        part: Part | None
        if match["liquid"]:
            part, end = _author_liquid(source, match.start(), is_html=is_html)
        elif match["revealed"]:
            part = Literal(match[0]) if is_html else None
        elif source.endswith(("<!", "<!--"), 0, match.start()):
            part = None  # Outlook's conditional comment, in capitals
        else:
            part = _part(match["tag"], document.vocabulary, is_html=is_html)
        raw = source[match.start() : end]
        out.append(raw if part is None else document.mark(part, raw))
        at = end
    out.append(source[at:])
    return "".join(out)


def _plain(text: str, *, is_html: bool) -> str:
    """What an author meant, whose editor may have written entities and hard spaces."""
    return (html.unescape(text) if is_html else text).replace("\xa0", " ")


def _part(written: str, vocabulary: Vocabulary, *, is_html: bool) -> Part | None:
    """What a text in brackets stands for, None when it is no tag."""
    body = _plain(written, is_html=is_html).strip()
    if body in FIXED_TAGS:
        return FIXED_TAGS[body]
    if control := _CONTROL.fullmatch(body):
        if not control[1]:
            return Control(body)
        return Control(control[1], Condition(parse_condition(control[2], vocabulary)))
    if dated := _DATE.fullmatch(body):
        offset = timedelta(seconds=int(dated[1]))
        if abs(offset) > MAX_DATE_OFFSET:
            raise Invalid("The date is too far away.", code="template_syntax")
        return Date(offset, dated[2])
    named = _FIELD.fullmatch(body)
    if named and (named[1] in BUILT_IN_FIELDS or named[1] in vocabulary.names()):
        return Field(named[1], named[2] or "")
    return None


def _author_liquid(source: str, start: int, *, is_html: bool) -> tuple[AuthorLiquid, int]:
    closing = "}}" if source.startswith("{{", start) else "%}"
    end = source.find(closing, start, start + MAX_TAG_CHARS)
    if end < 0:
        raise Invalid(f"A {source[start : start + 2]} has no {closing}.", code="template_syntax")
    end += len(closing)
    fragment = _plain(source[start:end], is_html=is_html)
    named = _LIQUID_TAG.match(fragment)
    if (closing == "%}" and not (named and named[1] in liquid.TAG_NAMES)) or liquid.RESERVED in fragment:
        raise Invalid(f"There is no tag {fragment[:80]!r}.", code="template_syntax")
    # Entities may hide a second closing brace; Liquid must see exactly the fragment that was read here.
    if fragment.count(closing) != 1 or fragment.count("{{") + fragment.count("{%") != 1:
        raise Invalid(f"The tag {fragment[:80]!r} is not clear.", code="template_syntax")
    return AuthorLiquid(fragment), end


Piece = str | Tag | Node


class Template:
    """A content ready to be filled. `pieces` are literal text, tags, and nodes of Liquid where a choice is made."""

    def __init__(self, document: Document, *, is_html: bool, in_url: bool = False) -> None:
        """`in_url`: what is filled in becomes part of a URL, percent-encoded unless it begins it. Raises Invalid."""
        self.is_html = is_html
        self.conditions = tuple(_trees(document))
        self._slots: list[str | Tag] = []
        self._bound: BoundTemplate | None = None
        skeleton = self._skeleton(document, in_url=in_url)
        names = None if document.vocabulary.fields is None else document.vocabulary.names() | BUILT_IN_FIELDS
        if skeleton is None:
            self.pieces: tuple[Piece, ...] = tuple(self._slots)
        else:
            self._bound = liquid.parse(skeleton, html=is_html, names=names)
            self.pieces = tuple(self._flat(node) for node in self._bound.nodes)

    def render(self, merging: Merging) -> str:
        """Raises Invalid when the content cannot be merged for this recipient."""
        return "".join([text for _, text in self.filled(merging)])

    def filled(self, merging: Merging) -> Iterator[tuple[Piece, str]]:
        """Each piece with its text for this recipient, escaped where the template is HTML. Raises Invalid as `render`."""
        context: RenderContext | None = None
        room = liquid.MAX_OUTPUT_BYTES
        for piece in self.pieces:
            if isinstance(piece, str):
                yield piece, piece
                continue
            if isinstance(piece, Node):
                context = context or self._context(merging)
                text = _node_text(piece, context)
            else:
                plain = piece(merging)
                text = escape(plain) if self.is_html else plain
            room -= len(text)  # a short content can repeat a long value thousands of times
            if room < 0:
                raise Invalid("The content becomes too large.", code="template_limit")
            yield piece, text

    def _skeleton(self, document: Document, *, in_url: bool) -> str | None:
        """Liquid whose every text is a slot; None when there is nothing but slots."""
        out: list[str] = []
        steered = after_case = False
        last = 0
        for match in MARKER.finditer(document.text):
            text = document.text[last : match.start()]
            # Between `case` and its first `when` Liquid takes nothing, and people write a line break there.
            out.append("" if after_case and text.isspace() else self._slot(text))
            last = match.end()
            part = document.parts[int(match[1])]
            steered = steered or isinstance(part, Control | AuthorLiquid)
            after_case = isinstance(part, AuthorLiquid) and part.source.lstrip("{%- ").startswith("case")
            out.append(self._liquid_of(part, in_url=in_url, first=match.start() == 0))
        out.append(self._slot(document.text[last:]))
        return "".join(out) if steered else None

    def _liquid_of(self, part: Part, *, in_url: bool, first: bool) -> str:
        if isinstance(part, AuthorLiquid):
            if in_url and not first and part.source.startswith("{{"):
                return part.source[:-2].removesuffix("-") + " | url_encode }}"
            return part.source
        if isinstance(part, Control):
            keyword = {"IF": "if", "ELSEIF": "elsif", "ELSE": "else", "ENDIF": "endif"}[part.keyword]
            if part.condition is None:
                return f"{{% {keyword} %}}"
            self._slots.append(_Holds(part.condition))
            return f"{{% {keyword} {liquid.RESERVED}[{len(self._slots) - 1}] %}}"
        if isinstance(part, Literal):
            return self._slot(part.text)
        return self._slot(_InUrl(part) if in_url and not first else part)

    def _slot(self, slot: str | Tag) -> str:
        if slot == "":
            return ""
        self._slots.append(slot)
        return f"{{{{ {liquid.RESERVED}[{len(self._slots) - 1}] }}}}"

    def _flat(self, node: Node) -> Piece:
        """A slot that stands alone is used directly, past the engine."""
        if isinstance(node, OutputNode):
            expression: Any = node.expression
            if isinstance(expression.left, Path) and expression.left.path[0] == liquid.RESERVED:
                return self._slots[int(str(expression.left.path[1]))]
        return node

    def _context(self, merging: Merging) -> RenderContext:
        assert self._bound is not None
        return RenderContext(self._bound, globals=_Variables(self._slots, merging, is_html=self.is_html))


def _trees(document: Document) -> Iterator[Tree]:
    for part in document.parts:
        if isinstance(part, Control) and part.condition is not None and part.condition.tree is not None:
            yield part.condition.tree


@dataclass(frozen=True, slots=True)
class _InUrl:
    tag: Tag

    def __call__(self, merging: Merging, /) -> str:
        return quote(self.tag(merging), safe="/")


@dataclass(frozen=True, slots=True)
class _Holds:
    """A condition as a slot: its truth is asked for by the engine."""

    condition: Condition

    def __call__(self, merging: Merging, /) -> str:
        return "1" if self.condition.holds(merging) else ""


class _Slots:
    """The slots as Liquid sees them, each computed when it is asked for."""

    def __init__(self, slots: list[str | Tag], merging: Merging, *, is_html: bool) -> None:
        self._slots, self._merging, self._is_html = slots, merging, is_html

    def __getitem__(self, number: int) -> object:
        slot = self._slots[number]
        if isinstance(slot, str):
            return Markup(slot) if self._is_html else slot  # noqa: S704 (HTML of the author, not data)
        if isinstance(slot, _Holds):
            return slot.condition.holds(self._merging)
        return slot(self._merging)


class _Variables(dict[str, object]):
    """The closed set of variables; contact data is a value here and never part of a template."""

    def __init__(self, slots: list[str | Tag], merging: Merging, *, is_html: bool) -> None:
        person, frame = merging.person, merging.frame
        company = {name.lower(): frame.company.get(name) or "" for name in COMPANY_TAGS}
        super().__init__(
            contact={**person.fields, "email": person.email} if person else {},
            sender={"name": frame.sender_name, "email": frame.sender_email},
            list={"name": frame.list_name},
            campaign={"subject": merging.subject},
            company={**company, "name": company["company_name"]},
        )
        self[liquid.RESERVED] = _Slots(slots, merging, is_html=is_html)


def _node_text(node: Node, context: RenderContext) -> str:
    buffer: StringIO = LimitedStringIO(limit=liquid.MAX_OUTPUT_BYTES)
    try:
        node.render(context, buffer)
    except (LiquidError, LiquidInterrupt, ArithmeticError, TypeError, ValueError) as exc:
        raise liquid.failure(exc) from exc
    return buffer.getvalue()
