"""Logs of actions of workflows over HTTP."""

from typing import Annotated

from functions.api.insights.render_logs import row_of
from functions.api.insights.schemas_logs import ActionLogResponse, ActionLogsResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.events import ACTION_FILTERS, log_query_of
from postrider.http.main.filtering import parse_filter
from postrider.http.main.paging import PageRequest
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import (
    ActionId,
    EndTime,
    Filter,
    LogSort,
    StartTime,
    WorkflowId,
)
from postrider.kit.wire_ids import of_decimal
from postrider.mail_events.queries import EventQueries, LogPage

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
    paging: PageRequest,
    start_time: StartTime = None,
    end_time: EndTime = None,
    filter_text: Filter = None,
    sort: LogSort = None,
) -> ActionLogsResponse:
    """Return a page of the events of the mails of an action, for all entries of contacts into its workflow.

    Filterable by type, contact_id, email, link_id, log_id, track_id and additional_info; `group_by_contact` groups the rows;
    sortable by time and log_id. Opens and clicks by machines are marked with `is_bot`, and do not count for conditions.
    """
    paging.check()
    order = parse_sort(sort, allowed=SORTS)
    query = log_query_of(
        parse_filter(filter_text, allowed=ACTION_FILTERS),
        start_time=start_time,
        end_time=end_time,
        descending=order is None or order.descending,
    )
    wanted = LogPage(number=paging.page, size=paging.per_page, with_count=paging.with_count)
    log = logs.action_log(caller.account_id, of_decimal(workflow_id), of_decimal(action_id), query, wanted)
    return ActionLogsResponse(
        pagination=paging.pagination(log.count),
        data=[ActionLogResponse.model_validate(row_of(entry)) for entry in log.items],
    )
