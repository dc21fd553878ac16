"""Page as Customer.io does: `start` is the `next` of the previous page, and `next` is blank on the last page."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query

from postrider import bootstrap
from postrider.kit.errors import Invalid

T = TypeVar("T")
DEFAULT_LIMIT, MAX_LIMIT = 50, 1000
"""Size of pages of listings without a size in the contract (section 5)."""

Start = Annotated[str | None, Query(description="Cursor: the `next` of the page before.")]
Limit = Annotated[
    int | None,
    Query(description=f"Page size; {DEFAULT_LIMIT} when left out.", json_schema_extra={"minimum": 1}),
]


def limit_up_to(most: int, default: int) -> Any:
    """Return the `Query` of a parameter `limit`. The route clamps it, since clients send larger numbers."""
    described = {"minimum": 1, "maximum": most, "default": default}
    return Query(description="Page size.", json_schema_extra=described)


def clamped(limit: int | None, *, most: int = MAX_LIMIT, default: int = DEFAULT_LIMIT) -> int:
    return default if limit is None else max(1, min(limit, most))


def position_of(account_id: str, listing: str, start: str | None) -> Any:
    """Return the position in `start`, or None for the first page. Raises Invalid for a cursor of another listing."""
    if not start:
        return None
    try:
        return bootstrap.cursors().read(account_id, listing, start)
    except Invalid as exc:
        raise Invalid("Invalid start: use the `next` of the page before.", code="bad_cursor", field="start") from exc


def next_of(account_id: str, listing: str, position: Any) -> str:
    """Return the `next` of a page that ends at this position; blank for None, the end of the listing."""
    return "" if position is None else bootstrap.cursors().write(account_id, listing, position)


def page_after(
    account_id: str,
    listing: str,
    items: Iterable[T],
    *,
    start: str | None,
    limit: int | None,
    key: Callable[[T], int],
    is_descending: bool = False,
) -> tuple[list[T], str]:
    """Return a page of all `items` in order of their keys, and its `next`. Keys are unique and never change."""
    after = position_of(account_id, listing, start)
    rest = sorted(items, key=key, reverse=is_descending)
    if after is not None:
        rest = [item for item in rest if (key(item) < after if is_descending else key(item) > after)]
    page = rest[: clamped(limit)]
    return page, next_of(account_id, listing, key(page[-1]) if len(rest) > len(page) else None)
