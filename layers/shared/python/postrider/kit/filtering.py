"""`filter=term==value;term==value`: every term must hold; a repeated term holds with any of its values."""

from collections.abc import Collection

from postrider.kit.errors import Invalid

LOC = ("query", "filter")
MAX_CONDITIONS = 50


def parse_filter(text: str | None, *, allowed: Collection[str]) -> dict[str, list[str]]:
    """Values by term, in the order given. A value is the raw rest up to the next `;`. Raises Invalid."""
    conditions = [part for part in (text or "").split(";") if part.strip()]
    if len(conditions) > MAX_CONDITIONS:
        raise Invalid(f"A filter has at most {MAX_CONDITIONS} conditions.", code="filter_invalid", loc=LOC)
    found: dict[str, list[str]] = {}
    for condition in conditions:
        term, operator, value = condition.partition("==")
        term = term.strip()
        if not operator:
            raise Invalid(f"{condition!r} is not of the form term==value.", code="filter_invalid", loc=LOC)
        if term not in allowed:
            known = ", ".join(allowed) or "none"
            raise Invalid(f"Cannot filter by {term!r}; terms are: {known}.", code="filter_invalid", loc=LOC)
        found.setdefault(term, []).append(value)
    return found
