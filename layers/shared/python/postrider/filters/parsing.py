"""Parse expressions to trees of names; trees are cached by language, text and schema."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import orjson

from postrider.filters.languages import contact_json, fiql, sql
from postrider.filters.schema import Builder, Schema, TextPlace, too_large, wrong
from postrider.filters.tree import MAX_LENGTH, Tree
from postrider.kit.errors import FieldPath, Invalid

Language = Literal["query", "fiql", "json"]

CACHED = 512
"""Number of cached trees; the largest have 256 conditions, about 100 KB."""


def parse_query(text: str, schema: Schema, *, field: FieldPath = "query") -> Tree:
    """Parse the SQL-like language. Raises Invalid with `field`, line, column and reason."""
    return _located("query", text, schema, field)


def parse_fiql(text: str, schema: Schema, *, field: FieldPath = "fiql") -> Tree:
    """Parse FIQL. Raises Invalid with `field`, line, column and reason."""
    return _located("fiql", text, schema, field)


def parse_json(value: str | Mapping[str, Any], schema: Schema, *, field: FieldPath = "json") -> Tree:
    """Parse JSON, as text or decoded. Raises Invalid with `field`, path and reason."""
    try:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError as exc:  # nested beyond 254 levels, integers beyond 64 bits, lone surrogates
        raise Invalid(
            "The json cannot be encoded: it has too many levels, too large integers, or invalid Unicode.",
            code="bad_selection",
            field=field,
        ) from exc
    return _located("json", text, schema, field)


def parse(language: str, expression: str | Mapping[str, Any], schema: Schema, *, field: FieldPath = ()) -> Tree:
    """Parse an expression of this language. Raises Invalid with `field`."""
    if language == "json":
        return parse_json(expression, schema, field=field)
    return _located("fiql" if language == "fiql" else "query", str(expression), schema, field)


def chosen(
    *,
    query: str | None = None,
    fiql: str | None = None,
    json: str | Mapping[str, Any] | None = None,
) -> tuple[Language, str | Mapping[str, Any]] | None:
    """Return the only expression with its language, or None without one. Raises Invalid for several expressions."""
    candidates: tuple[tuple[Language, str | Mapping[str, Any] | None], ...] = (
        ("query", query),
        ("fiql", fiql),
        ("json", json),
    )
    expressions = [(language, expression) for language, expression in candidates if expression is not None]
    if len(expressions) > 1:
        raise Invalid("Give only one of query, fiql and json.", code="ambiguous_selection", field=expressions[1][0])
    return expressions[0] if expressions else None


def _located(language: Language, text: str, schema: Schema, field: FieldPath) -> Tree:
    kinds = tuple(sorted(schema.items())) if isinstance(schema, Mapping) else schema
    try:
        if len(text) > MAX_LENGTH:  # checked before the text becomes a key of the cache
            raise too_large(f"{len(text)} characters, at most {MAX_LENGTH}", TextPlace.at(1, 1))
        return _parsed(language, text, kinds)
    except Invalid as exc:
        raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from None


@lru_cache(maxsize=CACHED)
def _parsed(language: Language, text: str, schema: tuple[tuple[str, str], ...]) -> Tree:
    builder = Builder(schema)
    if language == "query":
        return sql.parse(text, builder)
    if language == "fiql":
        return fiql.parse(text, builder)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise wrong("The text is not valid JSON.", TextPlace.at(exc.lineno, exc.colno)) from None
    return contact_json.build(value, builder)
