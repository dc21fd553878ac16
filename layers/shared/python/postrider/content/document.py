"""Represent a content with markers in place of its tags, so that no later step (CSS, links, HTML to text) can change them."""

import re
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from postrider.content import liquid
from postrider.content.error_places import place_in
from postrider.content.merge_tags import MergeCondition, MergeTag
from postrider.content.vocabulary import Vocabulary
from postrider.filters.schema import TextPlace
from postrider.kit.errors import Invalid

MAX_TAGS: Final = 3000

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Noncharacters (Unicode 23.7): they are never part of a text, and HTML parsers do not change them."""
NONCHARACTERS: Final = re.compile("[\ufdd0-\ufdef]")
MARKER: Final = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_LIQUID_TAG: Final = re.compile(r"\{%-?\s*(\w+)")
_LOOP: Final = re.compile(r"\{%-?\s*for\s+(\w+)\s")


@dataclass(frozen=True, slots=True)
class ControlTag:
    """[IF], [ELSEIF], [ELSE] or [ENDIF]: selects the shown content, and has no output itself."""

    keyword: str
    condition: MergeCondition | None = None


@dataclass(frozen=True, slots=True)
class LiquidTag:
    """A `{{ }}` or `{% %}` that the author wrote, braces included."""

    source: str

    def quoted(self, safe: str) -> "LiquidTag":
        """Return a `{{ }}` whose value is percent-encoded, except for these characters."""
        expression = self.source[:-2].removesuffix("-")
        return LiquidTag(f"{expression} | {liquid.QUOTE}: '{safe}' }}}}")


Part = MergeTag | ControlTag | LiquidTag


def steers(part: Part) -> bool:
    """Return whether the part selects the shown content, and has no output itself."""
    return isinstance(part, ControlTag) or (isinstance(part, LiquidTag) and part.source.startswith("{%"))


def nesting(part: Part) -> int:
    """Return 1 for a part that begins conditional content, -1 for one that ends it, else 0."""
    if isinstance(part, ControlTag):
        return {"IF": 1, "ENDIF": -1}.get(part.keyword, 0)
    name = tag_name(part.source) if isinstance(part, LiquidTag) else None
    if name is None:
        return 0
    return -1 if name.startswith("end") else int(f"end{name}" in liquid.TAG_NAMES)


def tag_name(source: str) -> str | None:
    """Return the name of the tag of a `{% %}`, None for a `{{ }}`."""
    match = _LIQUID_TAG.match(source)
    return None if match is None else match[1]


class UnknownTag(NamedTuple):
    """A tag of an attribute that the list does not have."""

    name: str
    place: TextPlace


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

    def loop_variables(self) -> frozenset[str]:
        """Return the variables of all loops of the content."""
        sources = (part.source for part in self.parts if isinstance(part, LiquidTag))
        names = {match[1] for source in sources if (match := _LOOP.match(source))}
        return frozenset(names | {"forloop"} if names else ())

    def place(self, position: int) -> TextPlace:
        """Return the place in the source of a position in `as_read`."""
        return place_in(self.unmarked(self.as_read), len(self.unmarked(self.as_read[:position])))

    def place_of(self, number: int) -> TextPlace | None:
        """Return the place of the tag of a marker, None for a marker that a later step has added."""
        position = self.as_read.find(marker(number))
        return None if position < 0 else self.place(position)


def marker(number: int) -> str:
    """Return the placeholder of a part of a document."""
    return f"{OPEN}{number}{CLOSE}"
