"""Cut a page of a listing whose number of items per account is bounded: all items are read, filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from postrider.http.main.filtering import parse_filter
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import Pagination
from postrider.kit.errors import Invalid
from postrider.kit.listing import arrange
from postrider.kit.paging import MAX_PAGE, MAX_PER_PAGE
from postrider.kit.sorting import Sort

T = TypeVar("T")


def check_page(page: int, per_page: int) -> None:
    """Check the page beyond the schema (main-api.md, section 5): Invalid below 1, a 422 above MAX_PER_PAGE."""
    if page < 1:
        raise Invalid("page starts at 1.", field="page")
    if page > MAX_PAGE:
        raise Invalid(f"page is at most {MAX_PAGE}.", field="page")
    if per_page < 1:
        raise Invalid("per_page is at least 1.", field="per_page")
    if per_page > MAX_PER_PAGE:
        problem = {"loc": ("query", "per_page"), "msg": f"Input should be less than or equal to {MAX_PER_PAGE}"}
        raise RequestValidationError([{**problem, "type": "less_than_equal"}])


def listing(
    items: Iterable[T],
    *,
    page: int,
    per_page: int,
    with_count: bool,
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
    check_page(page, per_page)
    order = parse_sort(sort, allowed=tuple(sorts or ()))
    if order is not None and sorts is not None:
        order = Sort(sorts[order.field], order.descending)
    values = parse_filter(filter_text, allowed=tuple(filters))
    for term, known in (words or {}).items():
        if term in values:
            values[term] = [known.get(value, "") for value in values[term]]
    page_items, total = arrange(items, filters=values, sort=order, page=page, per_page=per_page)
    return Pagination(count=total if with_count else None, page=page, per_page=per_page), page_items
