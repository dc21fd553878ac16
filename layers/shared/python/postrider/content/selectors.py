"""Match CSS selectors against the elements of an HTML text, for all elements at once.

Own code, because libraries match element by element and, for each combinator, try every ancestor again: a long selector
on a deep document would take them hours. Here each part of a selector is one pass over the elements.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cssselect.parser as css
from selectolax.lexbor import LexborHTMLParser

from postrider.kit.errors import Invalid

NUMBER: Final = "data-postrider"
"""The attribute that numbers the start tags of the text. Elements that a parser adds by itself have no number."""
MAX_SELECTOR_CHARS: Final = 500
"""A longer selector matches nothing here: the library reads selectors recursively."""
MAX_STEPS: Final = 3_000_000
"""Elements that are visited for all selectors of a content: about a second."""


@dataclass(slots=True, kw_only=True)
class HtmlElement:
    """An element. `number` is that of its start tag; `parent` and `previous` (sibling) are indexes, -1 for none."""

    tag: str
    attributes: dict[str, str | None]
    number: int | None
    parent: int
    previous: int = -1


class SelectorMatch(NamedTuple):
    """The elements that a selector matches, by index. Not `is_exact`: it may match only some, or at some times."""

    elements: set[int]
    is_exact: bool = True


@dataclass(kw_only=True)
class Elements:
    """The elements of a document in its order, with indexes by name, class and id."""

    all: list[HtmlElement]
    is_varying: bool = False
    """Whether conditions leave out elements for some recipients, so that the order of siblings is not known."""
    everything: set[int] = field(default_factory=set)
    by_tag: dict[str, set[int]] = field(default_factory=dict)
    by_class: dict[str, set[int]] = field(default_factory=dict)
    by_id: dict[str, set[int]] = field(default_factory=dict)
    _steps: int = 0

    @classmethod
    def of(cls, html: str, *, is_varying: bool) -> "Elements":
        """Parse the HTML, whose start tags are numbered by the attribute NUMBER."""
        elements = cls(all=[], is_varying=is_varying)
        places: dict[int, int] = {}
        last_child: dict[int, int] = {}
        root = LexborHTMLParser(html).root
        for node in root.traverse() if root else ():
            if not isinstance(node.tag, str) or node.tag.startswith(("-", "!")):
                continue  # a comment or declaration
            index = places[node.mem_id] = len(elements.all)
            parent = -1 if node.parent is None else places.get(node.parent.mem_id, -1)
            attributes = dict(node.attributes)
            number = attributes.pop(NUMBER, None)
            element = HtmlElement(
                tag=node.tag, attributes=attributes, number=None if number is None else int(number), parent=parent
            )
            element.previous = last_child.get(parent, -1)
            last_child[parent] = index
            elements.all.append(element)
            elements._index(index, element)
        return elements

    def _index(self, index: int, element: HtmlElement) -> None:
        self.everything.add(index)
        self.by_tag.setdefault(element.tag.lower(), set()).add(index)
        for names_of, written in ((self.by_id, "id"), (self.by_class, "class")):
            for name in (element.attributes.get(written) or "").split():
                names_of.setdefault(name, set()).add(index)
                names_of.setdefault(_folded(name), set()).add(index)

    def match(self, tree: css.Tree) -> SelectorMatch:
        """Return the elements that the selector matches. Raises Invalid if the document has too many for it."""
        match tree:
            case css.Element():
                name = tree.element
                return SelectorMatch(self.everything if name is None else self.by_tag.get(name.lower(), set()))
            case css.Class():
                return self._named(tree.selector, self.by_class, tree.class_name)
            case css.Hash():
                return self._named(tree.selector, self.by_id, tree.id)
            case css.Attrib():
                return self._with_attribute(tree)
            case css.CombinedSelector():
                return self._combined(tree)
            case css.Pseudo(ident="first-child") if not self.is_varying:
                base = self.match(tree.selector)
                self._count(base.elements)
                return base._replace(elements={index for index in base.elements if self.all[index].previous < 0})
            case _:  # a pseudo-class: it may be true at some times, or for elements that only a browser knows
                return SelectorMatch(self.match(tree.selector).elements, is_exact=False)

    def _named(self, base: css.Tree, index: dict[str, set[int]], name: str) -> SelectorMatch:
        """Return the elements with this class or id. Case counts in some documents (HTML, section 15.1) and programs."""
        match, elements = self.match(base), index.get(name, set())
        folded = index.get(_folded(name), set())
        self._count(folded)
        return SelectorMatch(match.elements & folded, match.is_exact and len(elements) == len(folded))

    def _with_attribute(self, tree: css.Attrib) -> SelectorMatch:
        base = self.match(tree.selector)
        self._count(base.elements)
        value = None if tree.value is None else str(tree.value.value)
        holds = {
            index
            for index in base.elements
            if _attribute_holds(self.all[index].attributes, tree.attrib, tree.operator, value)
        }
        return base._replace(elements=holds)

    def _combined(self, tree: css.CombinedSelector) -> SelectorMatch:
        left, right = self.match(tree.selector), self.match(tree.subselector)
        is_sibling = tree.combinator in "+~"
        if tree.combinator in ">+":
            self._count(right.elements)
            neighbours = ((index, self._before(index, is_sibling=is_sibling)) for index in right.elements)
            elements = {index for index, neighbour in neighbours if neighbour in left.elements}
        else:
            elements = right.elements & self._after(left.elements, is_sibling=is_sibling)
        return SelectorMatch(elements, left.is_exact and right.is_exact and not (is_sibling and self.is_varying))

    def _after(self, elements: set[int], *, is_sibling: bool) -> set[int]:
        """Return the descendants of these elements, or their later siblings."""
        self._count(self.all)
        after: set[int] = set()
        for index in range(len(self.all)):
            before = self._before(index, is_sibling=is_sibling)
            if before in elements or before in after:
                after.add(index)
        return after

    def _before(self, index: int, *, is_sibling: bool) -> int:
        element = self.all[index]
        return element.previous if is_sibling else element.parent

    def _count(self, visited: Iterable[object]) -> None:
        self._steps += len(visited) + 1  # type: ignore[arg-type]
        if self._steps > MAX_STEPS:
            raise Invalid("Too many or too long style rules for the size of the HTML.", code="styles_too_large")


def _folded(name: str) -> str:
    """Return the key for a name in any case; it is no name itself."""
    return f" {name.lower()}"


def _attribute_holds(attributes: dict[str, str | None], name: str, operator: str, value: str | None) -> bool:
    if name.lower() not in attributes:
        return False
    written = attributes[name.lower()] or ""
    if operator == "exists" or value is None:
        return True
    return {
        "=": written == value,
        "~=": value in written.split(),
        "|=": written == value or written.startswith(f"{value}-"),
        "^=": bool(value) and written.startswith(value),
        "$=": bool(value) and written.endswith(value),
        "*=": bool(value) and value in written,
    }.get(operator, False)


def parsed_selector(text: str) -> css.Selector | None:
    """Return the selector, None for one that cannot be read, which no browser would apply either."""
    if len(text) > MAX_SELECTOR_CHARS:
        return None
    try:
        (selector,) = css.parse(text)
    except (css.SelectorError, ValueError, RecursionError):
        return None
    return selector


def subject(tree: css.Tree) -> css.Tree:
    """Return the part of a selector that names the matched element, without its combinators."""
    return tree.subselector if isinstance(tree, css.CombinedSelector) else tree


def names(tree: css.Tree) -> set[str]:
    """Return the names that an element needs for the subject of a selector: "td", ".class", "#id"."""
    match tree:
        case css.CombinedSelector():
            return names(tree.subselector)
        case css.Element():
            return set() if tree.element is None else {tree.element.lower()}
        case css.Class():
            return names(tree.selector) | {f".{tree.class_name}"}
        case css.Hash():
            return names(tree.selector) | {f"#{tree.id}"}
        case _:
            return names(tree.selector)
