"""A page of a noun whose number per account is bounded: read whole, filtered, sorted and cut here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from postrider.http.wire import Pagination
from postrider.kit.errors import Invalid
from postrider.kit.filtering import parse_filter
from postrider.kit.listing import arrange
from postrider.kit.paging import MAX_PER_PAGE
from postrider.kit.sorting import Sort, parse_sort

T = TypeVar("T")


def check_page(page: int, per_page: int) -> None:
    """Raises Invalid outside 1..MAX_PER_PAGE, where the schema does not say it (reference, section 5)."""
    if page < 1:
        raise Invalid("page starts at 1.", loc=("query", "page"))
    if not 1 <= per_page <= MAX_PER_PAGE:
        raise Invalid(f"per_page must be between 1 and {MAX_PER_PAGE}.", loc=("query", "per_page"))


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
) -> tuple[Pagination, Sequence[T]]:
    """The page and what `pagination` says of it.

    `sorts` maps the terms on the wire to attributes of the items. Raises Invalid for a term that is not listed.
    """
    check_page(page, per_page)
    order = parse_sort(sort, allowed=tuple(sorts or ()))
    if order is not None and sorts is not None:
        order = Sort(sorts[order.field], order.descending)
    found, total = arrange(
        items, filters=parse_filter(filter_text, allowed=tuple(filters)), sort=order, page=page, per_page=per_page
    )
    return Pagination(count=total if with_count else None, page=page, per_page=per_page), found
