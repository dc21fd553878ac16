"""The audit log over HTTP: /audit."""

from datetime import date
from typing import Annotated

from functions.api.accounts.schemas_audit import ChangeFullResponse, ChangesResponse
from postrider import bootstrap
from postrider.audit.model import AuditQuery, Change
from postrider.audit.service import AuditService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.filtering import parse_filter
from postrider.http.main.paging import check_page
from postrider.http.main.wire import Cursor, CursorText, Filter, PaginationWithCursor, PerPage
from postrider.kit.clock import unix
from postrider.kit.errors import Invalid

operations = Operations("Audit", MAIN)
Audit = Annotated[AuditService, Depends(bootstrap.audit)]
Reader = Annotated[Caller, Depends(needs("audit:read"))]
FILTERS = ("day", "noun", "user_id")


def _full(change: Change) -> ChangeFullResponse:
    return ChangeFullResponse(
        id=change.id,
        time=unix(change.at),
        user_id=change.user_id,
        user_account_id=change.user_account_id,
        email=change.email,
        token_id=change.token_id,
        ip=change.ip,
        api=change.dialect,
        noun=change.noun,
        method=change.method,
        route=change.route,
        path=change.path,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        reason = f"Invalid day {text[:20]!r} in the filter: expected YYYY-MM-DD."
        raise Invalid(reason, code="bad_filter", field="filter") from exc


@operations.get("/audit", "Show the audit log")
def get_audit(
    caller: Reader,
    audit: Audit,
    per_page: PerPage = 50,
    cursor: CursorText = None,
    filter_text: Filter = None,
) -> ChangesResponse:
    """Return the changes of the last 400 days, the newest first, with user, moment, operation and IP address.

    Filterable by user_id, noun and day (YYYY-MM-DD, UTC). Bodies are not stored. A page may be shorter than per_page, even
    empty, while pagination.cursor.next is not null.
    """
    check_page(1, per_page)
    values = parse_filter(filter_text, allowed=FILTERS)
    query = AuditQuery(
        days=frozenset(map(_day, values.get("day", ()))),
        user_ids=frozenset(values.get("user_id", ())),
        nouns=frozenset(values.get("noun", ())),
    )
    page = audit.page(caller.account_id, query, per_page=per_page, cursor=cursor)
    following = Cursor(previous=None, next=page.next_cursor)
    pagination = PaginationWithCursor(count=None, page=1, per_page=per_page, cursor=following)
    return ChangesResponse(pagination=pagination, data=[_full(change) for change in page.items])
