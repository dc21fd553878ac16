"""The parameters of a page, which the listings of the main API share."""

from dataclasses import dataclass

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from postrider.http.main.wire import Page, PageUnbounded, Pagination, PerPage, PerPageUnbounded, WithCount
from postrider.http.parameters import ParameterGroup
from postrider.kit.errors import Invalid
from postrider.kit.paging import MAX_PAGE, MAX_PER_PAGE


@dataclass(frozen=True, kw_only=True)
class UncountedPageRequest(ParameterGroup):
    """The requested page: its number from 1, and its size in items."""

    page: Page = 1
    per_page: PerPage = 50

    @property
    def start(self) -> int:
        """Return the number of items before the page."""
        return (self.page - 1) * self.per_page

    def check(self) -> None:
        """Check the page beyond the schema (main-api.md, section 5): Invalid below 1, a 422 above MAX_PER_PAGE."""
        check_page(self.page, self.per_page)

    def pagination(self, count: int | None = None) -> Pagination:
        """Return the pagination of the answer, without the number of items of all pages."""
        return Pagination(count=None, page=self.page, per_page=self.per_page)


@dataclass(frozen=True, kw_only=True)
class PageRequest(UncountedPageRequest):
    """The requested page, and whether to count the items of all pages."""

    with_count: WithCount = False

    def pagination(self, count: int | None = None) -> Pagination:
        """Return the pagination of the answer; `count` is the number of items of all pages."""
        return Pagination(count=count if self.with_count else None, page=self.page, per_page=self.per_page)


@dataclass(frozen=True, kw_only=True)
class UnboundedPageRequest(PageRequest):
    """As `PageRequest`, for operations whose contract has no lower bounds: `check` refuses what the schema accepts."""

    page: PageUnbounded = 1
    per_page: PerPageUnbounded = 50


def check_page(page: int, per_page: int) -> None:
    """Check a page as `PageRequest.check` does."""
    if page < 1:
        raise Invalid("page starts at 1.", field="page")
    if page > MAX_PAGE:
        raise Invalid(f"page is at most {MAX_PAGE}.", field="page")
    if per_page < 1:
        raise Invalid("per_page is at least 1.", field="per_page")
    if per_page > MAX_PER_PAGE:
        problem = {"loc": ("query", "per_page"), "msg": f"Input should be less than or equal to {MAX_PER_PAGE}"}
        raise RequestValidationError([{**problem, "type": "less_than_equal"}])
