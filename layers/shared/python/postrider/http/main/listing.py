"""Cut a page of a listing whose number of items per account is bounded: all items are read, filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from postrider.http.main.filtering import parse_filter
from postrider.http.main.sorting import parse_sort
from postrider.kit.listing import select_page
from postrider.kit.sorting import Sort

if TYPE_CHECKING:
    from postrider.http.main.paging import UncountedPageRequest
    from postrider.http.main.wire import Pagination

T = TypeVar("T")


def listing(
    items: Iterable[T],
    paging: UncountedPageRequest,
    *,
    sort: str | None = None,
    sorts: Mapping[str, str] | None = None,
    filter_text: str | None = None,
    filters: Iterable[str] = (),
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Pagination, Sequence[T]]:
    """Return the pagination and the items of a page.

    `sorts` maps the terms of the API to attributes of the items, `words` the values of a term to values of the items.
    Raises Invalid for an unknown term.
    """
    paging.check()
    order = parse_sort(sort, allowed=tuple(sorts or ()))
    if order is not None and sorts is not None:
        order = Sort(sorts[order.field], order.descending)
    values = parse_filter(filter_text, allowed=tuple(filters))
    for term, known in (words or {}).items():
        if term in values:
            values[term] = [known.get(value, "") for value in values[term]]
    page_items, total = select_page(items, filters=values, sort=order, page=paging.page, per_page=paging.per_page)
    return paging.pagination(total), page_items
