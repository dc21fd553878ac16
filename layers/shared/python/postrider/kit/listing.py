"""Filter, sort and cut a page from items in memory, for items whose number per account is bounded."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from postrider.kit.sorting import Sort

T = TypeVar("T")

_FOLDED = frozenset({"name", "email"})
"""Terms that are compared case-insensitively (main-api.md, section 5), unlike all others."""
_SWITCH = {True: frozenset({"true", "True", "1"}), False: frozenset({"false", "False", "0"})}


def select_page(
    items: Iterable[T],
    *,
    filters: Mapping[str, Sequence[str]],
    sort: Sort | None,
    page: int,
    per_page: int,
) -> tuple[Sequence[T], int]:
    """Return the items of page `page` (from 1), and the number of items that match the filters.

    Terms are attributes of the items. Without `sort` the order is kept; sorting is stable, and items without a value
    come first.
    """
    passing = [item for item in items if _passes(item, filters)]
    if sort is not None:
        passing.sort(key=lambda item: _rank(getattr(item, sort.field)), reverse=sort.descending)
    start = (page - 1) * per_page
    return passing[start : start + per_page], len(passing)


def named_page(items: Iterable[T], name: str | None, *, page: int, per_page: int) -> tuple[Sequence[T], int]:
    """Return a page of the items with this name (all items for None), and the number of them on all pages."""
    names = {} if name is None else {"name": [name]}
    return select_page(items, filters=names, sort=None, page=page, per_page=per_page)


def _passes(item: object, filters: Mapping[str, Sequence[str]]) -> bool:
    return all(any(_equal(term, getattr(item, term), wanted) for wanted in values) for term, values in filters.items())


def _equal(term: str, value: Any, wanted: str) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return wanted in _SWITCH[value]
    if isinstance(value, set | frozenset | list | tuple):
        return any(_equal(term, element, wanted) for element in value)
    text = str(value.value if isinstance(value, Enum) else value)
    return text.casefold() == wanted.casefold() if term in _FOLDED else text == wanted


def _rank(value: Any) -> tuple[bool, Any]:
    if value is None:
        return False, 0
    return True, value.casefold() if isinstance(value, str) else value
