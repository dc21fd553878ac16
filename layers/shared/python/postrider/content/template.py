"""Turn a document into a template, and fill it for each recipient.

The template engine parses only the generated skeleton and the author's Liquid, never text or contact data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final
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

from postrider.content import liquid, undefined_variables
from postrider.content.document import MARKER, ControlTag, Document, LiquidTag, Part, nesting
from postrider.content.error_places import placed
from postrider.content.loops import TemplateContext
from postrider.content.merge_tags import BUILT_IN_FIELDS, COMPANY_TAGS, MergeCondition, MergeTag, Merging, Person
from postrider.filters import Tree
from postrider.filters.schema import TextPlace
from postrider.kit.errors import Invalid

Piece = str | MergeTag | Node


class CompiledTemplate:
    """A content ready to be filled. `pieces` are literal texts, tags, and nodes of Liquid for conditional content."""

    def __init__(self, document: Document, *, is_html: bool, in_url: bool = False, is_fragment: bool = False) -> None:
        """Parse the document. Raises Invalid for broken template syntax.

        `in_url`: the document is a URL; values are percent-encoded unless they begin it. `is_fragment`: it is a part of a
        content, and may use the variables of loops around it.
        """
        self.is_html = is_html
        self.conditions = tuple(_trees(document))
        self._slots: list[str | MergeTag] = []
        self._bound: BoundTemplate | None = None
        self._starts: list[tuple[int, int]] = []
        """Positions of the tags of markers in the skeleton, with the numbers of the markers."""
        skeleton = self._skeleton(document, in_url=in_url)
        names = None if document.vocabulary.fields is None else document.vocabulary.names() | BUILT_IN_FIELDS
        if skeleton is None:
            self.pieces: tuple[Piece, ...] = tuple(self._slots)
        else:
            try:
                loop_variables = document.loop_variables() if is_fragment else frozenset()
                self._bound = liquid.parse(skeleton, html=is_html, names=names, loop_variables=loop_variables)
            except liquid.BrokenTemplate as exc:
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
            is_conditional = is_conditional or isinstance(part, ControlTag | LiquidTag)
            after_case = isinstance(part, LiquidTag) and part.source.lstrip("{%- ").startswith("case")
            out.append(self._liquid_of(part, in_url=in_url, first=match.start() == 0))
            length += len(out[-1])
        out.append(self._slot(document.text[last:]))
        return "".join(out) if is_conditional else None

    def _place(self, document: Document, index: int | None) -> TextPlace | None:
        """Return the place of the tag at an index of the skeleton; without one, of the tag that is not complete."""
        if index is not None:
            numbers = [number for start, number in self._starts if start <= index]
            return document.place_of(numbers[-1]) if numbers else None
        open_numbers: list[int] = []
        for _, number in self._starts:
            part = document.parts[number]
            if isinstance(part, LiquidTag) and liquid.is_broken(part.source):
                return document.place_of(number)
            if nesting(part) > 0:
                open_numbers.append(number)
            elif nesting(part) < 0 and open_numbers:
                open_numbers.pop()
        return document.place_of(open_numbers[-1]) if open_numbers else None

    def _liquid_of(self, part: Part, *, in_url: bool, first: bool) -> str:
        if isinstance(part, LiquidTag):
            if in_url and not first and part.source.startswith("{{"):
                return part.source[:-2].removesuffix("-") + " | url_encode }}"
            return part.source
        if isinstance(part, ControlTag):
            keyword = {"IF": "if", "ELSEIF": "elsif", "ELSE": "else", "ENDIF": "endif"}[part.keyword]
            if part.condition is None:
                return f"{{% {keyword} %}}"
            self._slots.append(_ConditionSlot(part.condition))
            return f"{{% {keyword} {liquid.RESERVED}[{len(self._slots) - 1}] %}}"
        return self._slot(InUrl(part) if in_url and not first else part)

    def _slot(self, slot: str | MergeTag) -> str:
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
        return TemplateContext(self._bound, _Variables(self._slots, merging, is_html=self.is_html), merging)


def _trees(document: Document) -> Iterator[Tree]:
    for part in document.parts:
        if isinstance(part, ControlTag) and part.condition is not None and part.condition.tree is not None:
            yield part.condition.tree


@dataclass(frozen=True, slots=True)
class InUrl:
    """A tag whose value is percent-encoded, except for the characters of `safe`."""

    tag: MergeTag
    safe: str = "/"

    def __call__(self, merging: Merging, /) -> str:
        return quote(self.tag(merging), safe=self.safe)


@dataclass(frozen=True, slots=True)
class _ConditionSlot:
    """A condition as a slot, evaluated by the template engine."""

    condition: MergeCondition

    def __call__(self, merging: Merging, /) -> str:
        return "1" if self.condition.holds(merging) else ""


class _Slots:
    """The slots as a Liquid variable. Each is computed when it is read."""

    def __init__(self, slots: list[str | MergeTag], merging: Merging, *, is_html: bool) -> None:
        self._slots, self._merging, self._is_html = slots, merging, is_html

    def __getitem__(self, number: int) -> object:
        slot = self._slots[number]
        if isinstance(slot, str):
            return Markup(slot) if self._is_html else slot  # noqa: S704 (HTML of the author, not data)
        if isinstance(slot, _ConditionSlot):
            return slot.condition.holds(self._merging)
        return slot(self._merging)


BLANK: Final = Undefined("blank")
"""A variable whose every value is blank, for a content that is shown without a recipient."""


class _Variables(dict[str, object]):
    """The variables that a template can use. Contact data is only ever a value, never part of a template."""

    def __init__(self, slots: list[str | MergeTag], merging: Merging, *, is_html: bool) -> None:
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
        self.update(merging.loop_values)
        self[liquid.RESERVED] = _Slots(slots, merging, is_html=is_html)


def _strict_values(person: Person | None) -> dict[str, object]:
    """Return the variables that need values; all of theirs are blank without a recipient."""
    if person is None or person.customer is None:
        return dict.fromkeys(undefined_variables.STRICT, BLANK)
    data = {name: person.data.get(name, {}) for name in undefined_variables.DATA}
    return {undefined_variables.SNIPPETS: {}, undefined_variables.CUSTOMER: person.customer, **data}


def _node_text(node: Node, context: RenderContext) -> str:
    buffer: StringIO = LimitedStringIO(limit=liquid.MAX_OUTPUT_BYTES)
    try:
        node.render(context, buffer)
    except (LiquidError, LiquidInterrupt, ArithmeticError, TypeError, ValueError) as exc:
        raise liquid.failure(exc) from exc
    return buffer.getvalue()
