"""Define pages of items whose number per account is bounded, for dialects that find items by name."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from postrider.kit.listing import named_page

T = TypeVar("T")

Page = Annotated[int, Query(ge=1, description="Page number, from 1; a page beyond the end has no items.")]
Name = Annotated[str | None, Query(description="Only items with exactly this name, without regard to case.")]


class NamedPage(BaseModel, Generic[T]):
    """A page of items, with the size of a page and the total number of items."""

    data: list[T]
    limit: int
    total: int

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return f"{params[0].__name__.removesuffix('Item')}Page"


def page_of(
    items: Iterable[T], shown: Callable[[T], dict[str, Any]], *, name: str | None, page: int, per_page: int
) -> dict[str, Any]:
    """Return the members of a NamedPage. `shown` renders an item in the words of the dialect."""
    rows, total = named_page(items, name, page=page, per_page=per_page)
    return {"data": [vars(row) | shown(row) for row in rows], "limit": per_page, "total": total}
