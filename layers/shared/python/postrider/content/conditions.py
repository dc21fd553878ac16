"""Parse the conditions of [IF ...] tags, which are written in the filter language, and rename objects in them."""

import html
import re
from dataclasses import replace

from postrider.content.model import Content
from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree, parse_query, respelled
from postrider.filters.respelling import Rename
from postrider.kit.errors import Invalid

_CONDITION = re.compile(r"\[(\s*(?:IF|ELSEIF)\b\s*)([^\[\]]+)\]")


def parse_condition(text: str, vocabulary: Vocabulary) -> Tree | None:
    """Return the filter, or None while no list is chosen. Raises Invalid for a syntax error or an unknown field."""
    return None if vocabulary.fields is None else parse_query(text, vocabulary.fields, field=())


def names_in(content: Content) -> frozenset[tuple[str, str]]:
    """Return the names in the conditions of the content, with their kind: ("tag", "VIP"), ("interest", "sport")."""
    names: set[tuple[str, str]] = set()

    def keep(kind: str, name: str) -> str:
        names.add((kind, name))
        return name

    renamed(content, keep)
    return frozenset(names)


def renamed(content: Content, rename: Rename) -> Content:
    """Return the content with the names that `rename` returns in its conditions; all else keeps its spelling."""
    return replace(
        content,
        subject=_renamed(content.subject, rename, is_html=False),
        html=_renamed(content.html, rename, is_html=True),
        text=_renamed(content.text, rename, is_html=False),
        preheader=_renamed(content.preheader, rename, is_html=False),
    )


def _renamed(text: str | None, rename: Rename, *, is_html: bool) -> str | None:
    def with_names(match: re.Match[str]) -> str:
        written = match[2]
        expression = (html.unescape(written) if is_html else written).replace("\xa0", " ")
        try:
            new = str(respelled("query", expression, rename))
        except Invalid:  # contents without a list are saved unread
            return match[0]
        if new == expression:
            return match[0]
        return f"[{match[1]}{html.escape(new) if is_html and '&' in written else new}]"

    return None if text is None else _CONDITION.sub(with_names, text)
