"""Logs of actions of workflows over HTTP."""

from typing import Annotated

from functions.api.insights.render_logs import row_of
from functions.api.insights.schemas_logs import ActionLogResponse, ActionLogsResponse
from postrider import bootstrap
from postrider.events.queries import EventQueries, LogPage
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.events import ACTION_FILTERS, log_query_of
from postrider.http.main.filtering import parse_filter
from postrider.http.main.listing import check_page
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import (
    ActionId,
    EndTime,
    Filter,
    LogSort,
    Page,
    Pagination,
    PerPage,
    StartTime,
    WithCount,
    WorkflowId,
)
from postrider.kit.wire_ids import of_decimal

operations = Operations("Log", MAIN)
Logs = Annotated[EventQueries, Depends(bootstrap.event_queries)]
Reader = Annotated[Caller, Depends(needs("logs:read"))]
SORTS = ("time", "log_id")
"""Terms of sorting. Both are the same order, since ids grow with time."""


@operations.get("/logs/workflows/{workflow_id}/actions/{action_id}", "Show the logs of an action")
def get_action_logs(
    caller: Reader,
    logs: Logs,
    workflow_id: WorkflowId,
    action_id: ActionId,
    start_time: StartTime = None,
    end_time: EndTime = None,
    page: Page = 1,
    per_page: PerPage = 50,
    with_count: WithCount = False,
    filter: Filter = None,  # the parameter's name on the wire
    sort: LogSort = None,
) -> ActionLogsResponse:
    """Return a page of the events of the mails of an action, for all entries of contacts into its workflow.

    Filterable by type, contact_id, email, link_id, log_id, track_id and additional_info; `group_by_contact` groups the rows;
    sortable by time and log_id. Opens and clicks by machines are marked with `is_bot`, and do not count for conditions.
    """
    check_page(page, per_page)
    order = parse_sort(sort, allowed=SORTS)
    query = log_query_of(
        parse_filter(filter, allowed=ACTION_FILTERS),
        start_time=start_time,
        end_time=end_time,
        descending=order is None or order.descending,
    )
    wanted = LogPage(number=page, size=per_page, with_count=with_count)
    log = logs.action_log(caller.account_id, of_decimal(workflow_id), of_decimal(action_id), query, wanted)
    return ActionLogsResponse(
        pagination=Pagination(count=log.count, page=page, per_page=per_page),
        data=[ActionLogResponse.model_validate(row_of(entry)) for entry in log.items],
    )
