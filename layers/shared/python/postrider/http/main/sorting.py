"""Parse the `sort` parameter: one term, with the prefix `-` for descending, and `+` or no prefix for ascending."""

from collections.abc import Collection

from postrider.kit.errors import Invalid
from postrider.kit.sorting import Sort


def parse_sort(text: str | None, *, allowed: Collection[str]) -> Sort | None:
    """Return the order, or None for an empty text. Raises Invalid for an unknown term.

    A leading space counts as `+`, since a raw `+` in a query string is decoded as a space.
    """
    if text is None or not text.strip():
        return None
    descending = text.startswith("-")
    field = text[1:] if text[0] in "+- " else text
    if field not in allowed:
        choice = f"the terms are {', '.join(sorted(allowed))}." if allowed else "this listing has one order."
        raise Invalid(f"Cannot sort by {field!r}; {choice}", code="bad_sort", field="sort")
    return Sort(field, descending)
