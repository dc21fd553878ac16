"""Pages of a bounded number of items that are all at hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from postrider.kit.sorting import Sort

T = TypeVar("T")


def arrange(
    items: Iterable[T],
    *,
    filters: Mapping[str, Sequence[str]],
    sort: Sort | None,
    page: int,
    per_page: int,
) -> tuple[list[T], int]:
    """The page, and the number of all that pass the filters.

    Filters compare exactly, without regard to case. The order is stable, so equal items stay in the order given; absent
    values come first.
    """
    kept = [item for item in items if all(_fits(getattr(item, term), wanted) for term, wanted in filters.items())]
    if sort is not None:
        kept.sort(key=lambda item: _rank(getattr(item, sort.field)), reverse=sort.descending)
    start = (page - 1) * per_page
    return kept[start : start + per_page], len(kept)


def _fits(value: Any, wanted: Sequence[str]) -> bool:
    return str(value).casefold() in {text.casefold() for text in wanted}


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, value.casefold() if isinstance(value, str) else value)
