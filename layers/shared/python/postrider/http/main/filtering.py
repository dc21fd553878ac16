"""Parse the `filter` parameter: `term==value;term==value`. All terms must match; a repeated term matches any of its values.

The only operator is `==`, and a value is the raw rest up to the next semicolon.
"""

from collections.abc import Collection

from postrider.kit.errors import Invalid

MAX_LENGTH = 4_000
"""Maximum length in characters; the gateway allows 10,240 bytes of request line and headers together."""


def parse_filter(text: str | None, *, allowed: Collection[str]) -> dict[str, list[str]]:
    """Return the values by term, both in their order. Raises Invalid for another form, and for an unknown term."""
    if text is None:
        return {}
    if len(text) > MAX_LENGTH:
        raise Invalid(f"A filter has at most {MAX_LENGTH} characters.", code="filter_too_long", field="filter")
    values: dict[str, list[str]] = {}
    for piece in filter(str.strip, text.split(";")):
        term, equals, value = piece.partition("==")
        term = term.strip()
        if not equals:
            raise Invalid(f"{piece!r} is not of the form term==value.", code="bad_filter", field="filter")
        if term not in allowed:
            raise Invalid(f"Cannot filter by {term!r}; {_choice(allowed)}", code="bad_filter", field="filter")
        values.setdefault(term, []).append(value)
    return values


def _choice(allowed: Collection[str]) -> str:
    return f"the terms are {', '.join(sorted(allowed))}." if allowed else "this listing has no filter."
