"""Translate merge tags to Liquid: read a content once into a document, turn it into a template, fill it per recipient.

Tags are replaced by markers first, so that no later step (CSS, links, HTML to text) can change them. The template engine
parses only the generated skeleton and the author's Liquid, never text or contact data.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from liquid import Undefined
from liquid.ast import Node
from liquid.builtin.expressions import Path
from liquid.builtin.output import OutputNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.output import LimitedStringIO
from liquid.template import BoundTemplate
from markupsafe import Markup, escape

from postrider.content import liquid, missing, snippets
from postrider.content.conditions import parse_condition
from postrider.content.places import place_in, place_within, placed
from postrider.content.tags import (
    BUILT_IN_FIELDS,
    COMPANY_TAGS,
    FIXED_TAGS,
    Condition,
    Date,
    Field,
    Merging,
    Person,
    Tag,
)
from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree
from postrider.filters.schema import Place
from postrider.kit.errors import Invalid

MAX_TAGS: Final = 3000
MAX_TAG_CHARS: Final = 2000
MAX_URL_LOOK: Final = 500
"""Characters before a tag that may begin the query of its URL."""
MAX_DATE_OFFSET: Final = timedelta(days=36500)

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Noncharacters (Unicode 23.7): they are never part of a text, and HTML parsers do not change them."""
NONCHARACTERS: Final = re.compile("[\ufdd0-\ufdef]")
_NONCHARACTER_REFERENCE: Final = re.compile(
    r"&#(?:0*(?:6497[6-9]|649[89][0-9]|6500[0-7])(?![0-9])|x0*fd[de][0-9a-f](?![0-9a-f]));?", re.IGNORECASE
)
"""Noncharacters as HTML references, which a parser would decode later."""
MARKER: Final = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_SPECIAL: Final = re.compile(
    rf"\[(?P<tag>[^\[\]]{{1,{MAX_TAG_CHARS}}})\]"
    r"|(?P<liquid>\{\{|\{%)"
    r"|(?P<revealed><!\[(?:if|endif)[^\[\]<>]{0,200}\]>)",
    re.IGNORECASE,
)
_SECTION: Final = re.compile(r"<(?P<raw>style|script)\b|(?P<comment><!--(?!\[if|-?>))", re.IGNORECASE)
"""The end of an ordinary section. Conditional comments are ordinary, because Outlook shows their content."""
_SECTION_END: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script")}
_COMMENT_END: Final = re.compile("--!?>")
_KEY_OF_QUERY: Final = re.compile(r"[?&;][^\s=&;?\"'<>]*[\w\]]$")
_AFTER_KEY: Final = re.compile(r"=|\[|%5[Bb]")
_FIELD: Final = re.compile(r"([A-Za-z0-9_-]+)\s*(?:,(.*))?", re.DOTALL)
_DATE: Final = re.compile(r"DATE\|\s*([+-]?[0-9]{1,10})\s*\|(.{1,200})", re.DOTALL)
_CONTROL: Final = re.compile(r"(IF|ELSEIF)\b\s*(\S.*)|ELSE|ENDIF", re.DOTALL)
_LIQUID_TAG: Final = re.compile(r"\{%-?\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Control:
    """[IF], [ELSEIF], [ELSE] or [ENDIF]: selects the shown content, and has no output itself."""

    keyword: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class AuthorLiquid:
    """A `{{ }}` or `{% %}` that the author wrote, braces included."""

    source: str

    def quoted(self, safe: str) -> "AuthorLiquid":
        """Return a `{{ }}` whose value is percent-encoded, except for these characters."""
        expression = self.source[:-2].removesuffix("-")
        return AuthorLiquid(f"{expression} | {liquid.QUOTE}: '{safe}' }}}}")


Part = Tag | Control | AuthorLiquid


def steers(part: Part) -> bool:
    """Return whether the part selects the shown content, and has no output itself."""
    return isinstance(part, Control) or (isinstance(part, AuthorLiquid) and part.source.startswith("{%"))


def nesting(part: Part) -> int:
    """Return 1 for a part that begins conditional content, -1 for one that ends it, else 0."""
    if isinstance(part, Control):
        return {"IF": 1, "ENDIF": -1}.get(part.keyword, 0)
    named = _LIQUID_TAG.match(part.source) if isinstance(part, AuthorLiquid) else None
    if named is None:
        return 0
    return -1 if named[1].startswith("end") else int(f"end{named[1]}" in liquid.TAG_NAMES)


class UnknownTag(NamedTuple):
    """A tag of an attribute that the list does not have."""

    name: str
    place: Place


@dataclass
class Document:
    """A text with markers in place of tags. `parts[n]` is the tag of marker n, `raw[n]` its source text."""

    vocabulary: Vocabulary
    text: str = ""
    parts: list[Part] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    unknown: list[UnknownTag] = field(default_factory=list)
    as_read: str = ""
    """The text before any changes."""

    def mark(self, part: Part, raw: str = "") -> str:
        """Add the part and return the marker for it."""
        if len(self.parts) >= MAX_TAGS:
            raise Invalid(f"Too many tags and links: at most {MAX_TAGS} are allowed.", code="too_many_tags")
        self.parts.append(part)
        self.raw.append(raw)
        return marker(len(self.parts) - 1)

    def with_text(self, text: str) -> "Document":
        """Return a document with the same tags and another text."""
        return replace(self, text=text, parts=list(self.parts), raw=list(self.raw))

    def parts_in(self, text: str) -> list[Part]:
        return [self.parts[int(number)] for number in MARKER.findall(text)]

    def unmarked(self, text: str) -> str:
        """Return the text with each marker replaced by the source of its tag."""
        return MARKER.sub(lambda match: self.raw[int(match[1])], text)

    def place(self, position: int) -> Place:
        """Return the place in the source of a position in `as_read`."""
        return place_in(self.unmarked(self.as_read), len(self.unmarked(self.as_read[:position])))

    def place_of(self, number: int) -> Place | None:
        """Return the place of the tag of a marker, None for a marker that a later step has added."""
        position = self.as_read.find(marker(number))
        return None if position < 0 else self.place(position)


def marker(number: int) -> str:
    """Return the placeholder of a part of a document."""
    return f"{OPEN}{number}{CLOSE}"


def read(source: str, vocabulary: Vocabulary, *, is_html: bool) -> Document:
    """Replace the tags of an author's text by markers. Raises Invalid for broken tags and unsupported Liquid."""
    source = NONCHARACTERS.sub("", source).replace("\r\n", "\n").replace("\r", "\n")
    if is_html:
        source = _NONCHARACTER_REFERENCE.sub("\ufffd", source)
    return _Reader(source, vocabulary, is_html=is_html).document()


class _Reader:
    def __init__(self, source: str, vocabulary: Vocabulary, *, is_html: bool) -> None:
        self._source, self._is_html = source, is_html
        self._document = Document(vocabulary)
        self._filters = 0

    def document(self) -> Document:
        text = "".join(self._sections()) if self._is_html else self._read(0, len(self._source))
        self._document.text = self._document.as_read = text
        return self._document

    def _sections(self) -> Iterator[str]:
        """Yield the HTML as it is read: style and script elements as they are, and from comments only control tags."""
        source, at = self._source, 0
        last_end = max(source.rfind("-->"), source.rfind("--!>"))
        while opening := _SECTION.search(source, at):
            yield self._read(at, opening.start())
            if opening["comment"]:
                closing = _COMMENT_END.search(source, opening.end()) if opening.end() <= last_end else None
                at = closing.end() if closing else opening.end()
                yield self._read(opening.start(), at, in_comment=True)
            else:
                closing = _SECTION_END[opening["raw"].lower()].search(source, opening.end())
                at = closing.start() if closing else len(source)
                yield source[opening.start() : at]
        yield self._read(at, len(source))

    def _read(self, at: int, end: int, *, in_comment: bool = False) -> str:
        source, out = self._source, []
        while match := _SPECIAL.search(source, at, end):
            out.append(source[at : match.start()])
            at = match.end()
            try:
                part: Part | None = None
                if match["liquid"]:
                    part, at = self._author_liquid(match.start(), end, in_comment=in_comment)
                elif match["tag"] and not source.endswith(("<!", "<!--"), 0, match.start()):
                    # not a conditional comment of Outlook in capitals
                    part = self._part(match, in_comment=in_comment)
                raw = source[match.start() : at]
                out.append(raw if part is None else self._document.mark(part, raw))
            except Invalid as exc:
                raise placed(exc, place_within(source, match.start(), str(exc.details.pop("text", "")), exc)) from exc
        out.append(source[at:end])
        return "".join(out)

    def _part(self, match: re.Match[str], *, in_comment: bool) -> Part | None:
        """Return the tag that a text in brackets names, None if it names none. Comments hold only control tags."""
        vocabulary = self._document.vocabulary
        body = self._plain(match["tag"]).strip()
        if control := _CONTROL.fullmatch(body):
            return Control(body) if not control[1] else self._condition(control[1], control[2])
        if in_comment:
            return None
        if body in FIXED_TAGS:
            return FIXED_TAGS[body]
        if dated := _DATE.fullmatch(body):
            offset = timedelta(seconds=int(dated[1]))
            if abs(offset) > MAX_DATE_OFFSET:
                reason = f"Invalid date tag: the offset exceeds {MAX_DATE_OFFSET.days} days."
                raise Invalid(reason, code="template_syntax")
            return Date(offset, dated[2])
        named = _FIELD.fullmatch(body)
        if named is None or self._is_key_of_query(match):
            return None
        if named[1] in BUILT_IN_FIELDS or named[1] in vocabulary.names():
            return Field(named[1], named[2] or "")
        if vocabulary.fields is None or (named[2] is None and not self._may_be_tag(match)):
            return None
        self._document.unknown.append(UnknownTag(named[1], place_in(self._source, match.start())))
        return Field(named[1], named[2] or "")

    def _condition(self, keyword: str, text: str) -> Control:
        try:
            return Control(keyword, Condition(parse_condition(text, self._document.vocabulary)))
        except Invalid as exc:
            raise Invalid(exc.message, code=exc.code, details={**exc.details, "text": text}) from exc

    def _is_key_of_query(self, match: re.Match[str]) -> bool:
        """Return whether the brackets are part of a name in the query of a URL, as in `?filter[id]=5`."""
        source = self._source
        before = source[max(0, match.start() - MAX_URL_LOOK) : match.start()]
        return bool(_AFTER_KEY.match(source, match.end()) and _KEY_OF_QUERY.search(before))

    def _may_be_tag(self, match: re.Match[str]) -> bool:
        """Return whether a name in brackets stands alone: not `[1]`, `list[name]`, `[words](link)` or `[x]`."""
        name, source = match["tag"].strip(), self._source
        before, after = source[max(0, match.start() - 1) : match.start()], source[match.end() : match.end() + 1]
        is_joined = before.isalnum() or before in ("_", "]") or after in ("(", "[", ":")
        return len(name) > 1 and not name.isdigit() and not (is_joined and before + after != "")

    def _plain(self, text: str) -> str:
        """Decode the entities and no-break spaces that an HTML editor may have written into a tag."""
        return (html.unescape(text) if self._is_html else text).replace("\xa0", " ")

    def _author_liquid(self, start: int, limit: int, *, in_comment: bool) -> tuple[AuthorLiquid | None, int]:
        source = self._source
        opening = source[start : start + 2]
        closing = "}}" if opening == "{{" else "%}"
        end = source.find(closing, start, min(start + MAX_TAG_CHARS, limit))
        if in_comment and (end < 0 or opening == "{{"):
            return None, start + len(opening)
        if end < 0:
            raise Invalid(f"Unclosed `{opening}`: expected `{closing}`.", code="template_syntax")
        end += len(closing)
        fragment = self._plain(source[start:end])
        named = _LIQUID_TAG.match(fragment)
        if (closing == "%}" and not (named and named[1] in liquid.TAG_NAMES)) or liquid.RESERVED in fragment:
            if in_comment:
                return None, end
            raise Invalid(f"Unknown template tag `{fragment[:80]}`.", code="template_syntax")
        # Entities may hide a second closing brace; Liquid must see exactly the fragment that was read here.
        if fragment.count(closing) != 1 or fragment.count("{{") + fragment.count("{%") != 1:
            reason = f"Ambiguous template tag `{fragment[:80]}`: it has braces inside."
            raise Invalid(reason, code="template_syntax")
        snippets.check_use(fragment)
        self._filters += fragment.count("|")
        if self._filters > liquid.MAX_FILTERS:
            raise Invalid(f"Too many filters: at most {liquid.MAX_FILTERS} are allowed.", code="template_limit")
        return AuthorLiquid(fragment), end


Piece = str | Tag | Node


class Template:
    """A content ready to be filled. `pieces` are literal texts, tags, and nodes of Liquid for conditional content."""

    def __init__(self, document: Document, *, is_html: bool, in_url: bool = False) -> None:
        """Parse the document. Raises Invalid for broken template syntax.

        `in_url`: the document is a URL; values are percent-encoded unless they begin it.
        """
        self.is_html = is_html
        self.conditions = tuple(_trees(document))
        self._slots: list[str | Tag] = []
        self._bound: BoundTemplate | None = None
        self._starts: list[tuple[int, int]] = []
        """Positions of the tags of markers in the skeleton, with the numbers of the markers."""
        skeleton = self._skeleton(document, in_url=in_url)
        names = None if document.vocabulary.fields is None else document.vocabulary.names() | BUILT_IN_FIELDS
        if skeleton is None:
            self.pieces: tuple[Piece, ...] = tuple(self._slots)
        else:
            try:
                self._bound = liquid.parse(skeleton, html=is_html, names=names)
            except liquid.Broken as exc:
                place = self._place(document, exc.index)
                raise exc if place is None else placed(exc, place) from exc
            self.pieces = tuple(self._flat(node) for node in self._bound.nodes)

    def render(self, merging: Merging) -> str:
        """Return the text for this recipient. Raises Invalid if the content cannot be merged."""
        return "".join([text for _, text in self.filled(merging)])

    def filled(self, merging: Merging) -> Iterator[tuple[Piece, str]]:
        """Yield each piece with its text for this recipient, escaped for HTML templates. Raises Invalid as `render`."""
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
                raise Invalid("The merged content is too large.", code="template_limit")
            yield piece, text

    def _skeleton(self, document: Document, *, in_url: bool) -> str | None:
        """Return Liquid source with a slot for each text and tag; None when there are only slots."""
        out: list[str] = []
        is_conditional = after_case = False
        last = length = 0
        for match in MARKER.finditer(document.text):
            text = document.text[last : match.start()]
            # Liquid allows no text between `case` and its first `when`, and authors write a line break there.
            out.append("" if after_case and text.isspace() else self._slot(text))
            length += len(out[-1])
            self._starts.append((length, int(match[1])))
            last = match.end()
            part = document.parts[int(match[1])]
            is_conditional = is_conditional or isinstance(part, Control | AuthorLiquid)
            after_case = isinstance(part, AuthorLiquid) and part.source.lstrip("{%- ").startswith("case")
            out.append(self._liquid_of(part, in_url=in_url, first=match.start() == 0))
            length += len(out[-1])
        out.append(self._slot(document.text[last:]))
        return "".join(out) if is_conditional else None

    def _place(self, document: Document, index: int | None) -> Place | None:
        """Return the place of the tag at an index of the skeleton; without one, of the tag that is not complete."""
        if index is not None:
            numbers = [number for start, number in self._starts if start <= index]
            return document.place_of(numbers[-1]) if numbers else None
        open_numbers: list[int] = []
        for _, number in self._starts:
            part = document.parts[number]
            if isinstance(part, AuthorLiquid) and liquid.is_broken(part.source):
                return document.place_of(number)
            if nesting(part) > 0:
                open_numbers.append(number)
            elif nesting(part) < 0 and open_numbers:
                open_numbers.pop()
        return document.place_of(open_numbers[-1]) if open_numbers else None

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
        return self._slot(InUrl(part) if in_url and not first else part)

    def _slot(self, slot: str | Tag) -> str:
        if slot == "":
            return ""
        self._slots.append(slot)
        return f"{{{{ {liquid.RESERVED}[{len(self._slots) - 1}] }}}}"

    def _flat(self, node: Node) -> Piece:
        """Return the slot of a node that only outputs it, so that rendering it needs no template engine."""
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
class InUrl:
    """A tag whose value is percent-encoded, except for the characters of `safe`."""

    tag: Tag
    safe: str = "/"

    def __call__(self, merging: Merging, /) -> str:
        return quote(self.tag(merging), safe=self.safe)


@dataclass(frozen=True, slots=True)
class _Holds:
    """A condition as a slot, evaluated by the template engine."""

    condition: Condition

    def __call__(self, merging: Merging, /) -> str:
        return "1" if self.condition.holds(merging) else ""


class _Slots:
    """The slots as a Liquid variable. Each is computed when it is read."""

    def __init__(self, slots: list[str | Tag], merging: Merging, *, is_html: bool) -> None:
        self._slots, self._merging, self._is_html = slots, merging, is_html

    def __getitem__(self, number: int) -> object:
        slot = self._slots[number]
        if isinstance(slot, str):
            return Markup(slot) if self._is_html else slot  # noqa: S704 (HTML of the author, not data)
        if isinstance(slot, _Holds):
            return slot.condition.holds(self._merging)
        return slot(self._merging)


BLANK: Final = Undefined("blank")
"""A variable whose every value is blank, for a content that is shown without a recipient."""


class _Variables(dict[str, object]):
    """The variables that a template can use. Contact data is only ever a value, never part of a template."""

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
        self.update(_strict_values(person))
        self[liquid.RESERVED] = _Slots(slots, merging, is_html=is_html)


def _strict_values(person: Person | None) -> dict[str, object]:
    """Return the variables that need values; all of theirs are blank without a recipient."""
    if person is None or person.customer is None:
        return dict.fromkeys(missing.STRICT, BLANK)
    data = {name: person.data.get(name, {}) for name in missing.DATA}
    return {missing.SNIPPETS: {}, missing.CUSTOMER: person.customer, **data}


def _node_text(node: Node, context: RenderContext) -> str:
    buffer: StringIO = LimitedStringIO(limit=liquid.MAX_OUTPUT_BYTES)
    try:
        node.render(context, buffer)
    except (LiquidError, LiquidInterrupt, ArithmeticError, TypeError, ValueError) as exc:
        raise liquid.failure(exc) from exc
    return buffer.getvalue()
