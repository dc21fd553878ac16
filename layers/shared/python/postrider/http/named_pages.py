"""Define pages of items whose number per account is bounded, for dialects that find items by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from postrider.http.parameters import ParameterGroup
from postrider.kit.listing import named_page

T = TypeVar("T")

PageSize = Annotated[int, Query(ge=1, le=100, description="Items per page.")]
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


@dataclass(frozen=True, kw_only=True)
class NamedPageRequest(ParameterGroup):
    """The requested page, perhaps of the items with one name. A dialect may have another name for the size of a page."""

    page_size: PageSize = 10
    page: Page = 1
    name: Name = None

    def page_of(self, items: Iterable[Any], shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Return the members of a NamedPage. `shown` renders an item in the words of the dialect."""
        rows, total = named_page(items, self.name, page=self.page, per_page=self.page_size)
        return {"data": [vars(row) | shown(row) for row in rows], "limit": self.page_size, "total": total}
