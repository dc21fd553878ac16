"""`sort=[-|+]term`: one term, descending with a minus."""

from collections.abc import Collection
from dataclasses import dataclass

from postrider.kit.errors import Invalid

LOC = ("query", "sort")


@dataclass(frozen=True)
class Sort:
    field: str
    descending: bool = False


def parse_sort(text: str | None, *, allowed: Collection[str]) -> Sort | None:
    """None when nothing was asked. A leading space counts as plus: that is what `+` becomes in a query string.

    Raises Invalid for a term that is not allowed.
    """
    if text is None or not text.strip():
        return None
    sign, term = (text[0], text[1:]) if text[0] in "+- " else ("+", text)
    if term not in allowed:
        known = ", ".join(allowed) or "none"
        raise Invalid(f"Cannot sort by {term!r}; terms are: {known}.", code="sort_invalid", loc=LOC)
    return Sort(term, descending=sign == "-")
