"""Insert snippets, texts that an account uses in many contents: `{{ snippets.name }}` is replaced before compiling.

So a snippet may have HTML, links, merge tags and Liquid like the content around it, but no other snippet.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from postrider.content.model import Content
from postrider.kit.errors import Invalid

MAX_FRAGMENT_CHARS: Final = 2000
PARTS: Final = ("subject", "html", "text", "preheader")
_FRAGMENT: Final = re.compile(rf"\{{\{{-?([^{{}}]{{1,{MAX_FRAGMENT_CHARS}}}?)-?\}}\}}")
_SNIPPET: Final = re.compile(
    r"snippets\s*(?:\.\s*(?P<word>[\w-]+)|\[\s*(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)')\s*\])"
    r"(?:\s*(?P<default>\|\s*default\s*:.*))?",
    re.DOTALL,
)
_DELIMITER: Final = re.compile(r"\{[{%]|[%}]\}")
_USE: Final = re.compile(r"(?<![\w.\-\"'])snippets\s*[.\[]")


def name_in(expression: str) -> str | None:
    """Return the name of the snippet that the inside of `{{ }}` inserts; None for another expression."""
    match = _SNIPPET.fullmatch(expression.strip())
    if match is None:
        return None
    return unicodedata.normalize("NFC", match["word"] or match["double"] or match["single"])


def check_use(fragment: str) -> None:
    """Raise Invalid for a tag of Liquid that uses a snippet in another way than to insert it."""
    inside = _FRAGMENT.fullmatch(fragment)
    if _USE.search(fragment) and (inside is None or name_in(inside[1]) is None):
        reason = "A snippet is inserted as it is: write `{{ snippets.name }}`, with no filter but `default`."
        raise Invalid(reason, code="template_syntax")


def is_used_in(text: str) -> bool:
    """Return whether a tag of Liquid in the text uses a snippet in any way."""
    return any(_USE.search(_plain(tag)) for tag in _tags(text))


def _tags(text: str) -> Iterator[str]:
    """Yield the tags of Liquid: each from the first delimiter that is near enough, to the next end of a tag."""
    starts: list[int] = []
    for delimiter in _DELIMITER.finditer(text):
        if delimiter[0].startswith("{"):
            starts.append(delimiter.start())
            continue
        end = delimiter.end()
        start = next((start for start in starts if end - start <= MAX_FRAGMENT_CHARS + 4), None)
        starts.clear()
        if start is not None:
            yield text[start:end]


def names_of_text(text: str | None) -> Iterator[str]:
    """Yield the names of the snippets that a text inserts."""
    for match in _FRAGMENT.finditer(text or ""):
        if name := name_in(_plain(match[1])):
            yield name


def names_of(content: Content) -> frozenset[str]:
    """Return the names of the snippets that a content inserts."""
    return frozenset(name for part in PARTS for name in names_of_text(getattr(content, part)))


def missing_names(content: Content) -> list[str]:
    """Return the names of snippets that a content inserts without a `default`."""
    fragments = (match for part in PARTS for match in _FRAGMENT.finditer(getattr(content, part) or ""))
    matches = (_SNIPPET.fullmatch(_plain(fragment[1]).strip()) for fragment in fragments)
    return sorted({name for match in matches if match and not match["default"] and (name := name_in(match[0]))})


def insert_values(content: Content, values: Mapping[str, str]) -> Content:
    """Return the content with the values of its snippets in place of their names. Names without a value stay."""
    parts = {part: text for part in PARTS if (text := getattr(content, part))}
    after: dict[str, Any] = {part: _inserted(text, values) for part, text in parts.items()}
    return replace(content, **after)


def _inserted(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = name_in(_plain(match[1]))
        return match[0] if name is None else values.get(name, match[0])

    return _FRAGMENT.sub(value, text)


def _plain(inside: str) -> str:
    """Decode the entities and no-break spaces that an HTML editor may have written into a tag."""
    return html.unescape(inside).replace("\xa0", " ")
