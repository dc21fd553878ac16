"""Replace names of tags and interests in an expression; the rest keeps the spelling of its author."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from postrider.filters.languages import fiql, sql
from postrider.filters.schema import INTEREST_FIELDS, TAG_FIELDS

Rename = Callable[[str, str], str]
"""A function that returns the current name of a tag or an interest; its first argument is TAG or INTEREST."""

TAG, INTEREST = "tag", "interest"


def respelled(language: str, expression: str | Mapping[str, Any], rename: Rename) -> str | dict[str, Any]:
    """Return the expression with the names that `rename` returns. The expression must be valid."""
    if isinstance(expression, Mapping):
        return {key: _json(key, value, rename) for key, value in expression.items()}
    text = expression
    named, written = (fiql.names_in, _fiql) if language == "fiql" else (sql.names_in, _sql)
    for name in sorted(named(text), key=lambda name: name.start, reverse=True):
        new = rename(_kind_of(name.field), name.text)
        if new != name.text:
            text = text[: name.start] + written(new) + text[name.end :]
    return text


def _json(key: str, value: Any, rename: Rename) -> Any:
    if isinstance(value, dict):
        return {name: _json(name, part, rename) for name, part in value.items()}
    if isinstance(value, list):
        return [_json("", part, rename) for part in value]
    return rename(_kind_of(key), str(value)) if key in TAG_FIELDS | INTEREST_FIELDS else value


def _kind_of(field: str) -> str:
    return TAG if field in TAG_FIELDS else INTEREST


def _sql(name: str) -> str:
    return sql.quoted((name,), sql.WILDCARD)


def _fiql(name: str) -> str:
    return quote(name, safe="@:+")
