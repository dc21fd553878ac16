"""Logs over HTTP: /logs."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.insights.render_logs import row_of, user_agent_of
from functions.api.insights.schemas_logs import (
    CampaignLogResponse,
    CampaignLogsResponse,
    EmailLogResponse,
    EmailLogsResponse,
    EmailLogType,
    ListLogResponse,
    ListLogsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.events import (
    CAMPAIGN_FILTERS,
    EMAIL_FILTERS,
    LIST_FILTERS,
    email_log_query_of,
    log_query_of,
    log_type_of,
    numbers_in,
    subscription_type_of,
)
from postrider.http.main.filtering import parse_filter
from postrider.http.main.paging import PageRequest
from postrider.http.main.sorting import parse_sort
from postrider.http.main.wire import (
    CampaignId,
    Cursor,
    CursorText,
    EndTime,
    Filter,
    ListId,
    LogSort,
    PaginationWithCursor,
    StartTime,
)
from postrider.kit.clock import unix
from postrider.mail_events.model import BOUNCES, NOT_DELIVERED, UNSUBSCRIPTIONS, EventType
from postrider.mail_events.queries import EventQueries, LogEntry, LogPage
from postrider.transactional.logs import CopyLogRow, TransactionalLogs

operations = Operations("Log", MAIN)
Logs = Annotated[EventQueries, Depends(bootstrap.event_queries)]
MailLogs = Annotated[TransactionalLogs, Depends(bootstrap.transactional_logs)]
Reader = Annotated[Caller, Depends(needs("logs:read"))]
SORTS = ("time", "log_id")
"""Terms of sorting. Both are the same order, since ids grow with time."""


HAS_DSN_MESSAGE = BOUNCES | NOT_DELIVERED | {EventType.SKIPPED}
"""Types whose detail is the reason why the mail did not arrive."""
HAS_UNSUBSCRIBE_REASON = UNSUBSCRIPTIONS | {EventType.UNSUBSCRIBE_EXPLAINED}


def _list_row(entry: LogEntry) -> dict[str, Any]:
    row = entry.row
    return {
        **row_of(entry),
        "campaign_id": row.campaign_id,
        "dsn_message": row.detail if row.type in HAS_DSN_MESSAGE else None,
        "unsub_reason": row.detail if row.type in HAS_UNSUBSCRIBE_REASON else None,
        "subscription_type": subscription_type_of(row),
    }


@operations.get("/logs/lists/{list_id}", "Show the logs of a list")
def get_list_logs(
    caller: Reader,
    logs: Logs,
    list_id: ListId,
    paging: PageRequest,
    start_time: StartTime = None,
    end_time: EndTime = None,
    filter_text: Filter = None,
) -> ListLogsResponse:
    """Return a page of the events of the contacts of a list: subscriptions, changes, and the events of mails to the list.

    Filterable by type, contact_id, email, track_id, log_id and additional_info.
    """
    paging.check()
    query = log_query_of(parse_filter(filter_text, allowed=LIST_FILTERS), start_time=start_time, end_time=end_time)
    wanted = LogPage(number=paging.page, size=paging.per_page, with_count=paging.with_count)
    log = logs.list_log(caller.account_id, list_id, query, wanted)
    return ListLogsResponse(
        pagination=paging.pagination(log.count),
        data=[ListLogResponse.model_validate(_list_row(entry)) for entry in log.items],
    )


@operations.get("/logs/campaigns/{campaign_id}", "Show the logs of a campaign")
def get_campaign_logs(
    caller: Reader,
    logs: Logs,
    campaign_id: CampaignId,
    paging: PageRequest,
    start_time: StartTime = None,
    end_time: EndTime = None,
    cursor: CursorText = None,
    filter_text: Filter = None,
    sort: LogSort = None,
) -> CampaignLogsResponse:
    """Return a page of the events of the mails of a campaign.

    Filterable by type, contact_id, email, link_id, log_id and additional_info; `uniques` and `totals` group the
    rows; sortable by time and log_id.
    """
    paging.check()
    order = parse_sort(sort, allowed=SORTS)
    query = log_query_of(
        parse_filter(filter_text, allowed=CAMPAIGN_FILTERS),
        start_time=start_time,
        end_time=end_time,
        descending=order is None or order.descending,
    )
    wanted = LogPage(number=paging.page, size=paging.per_page, cursor=cursor, with_count=paging.with_count)
    log = logs.campaign_log(caller.account_id, campaign_id, query, wanted)
    return CampaignLogsResponse(
        pagination=PaginationWithCursor(
            count=log.count,
            page=paging.page,
            per_page=paging.per_page,
            cursor=Cursor(previous=log.previous_cursor, next=log.next_cursor),
        ),
        data=[CampaignLogResponse.model_validate(row_of(entry)) for entry in log.items],
    )


def _email_row(event: CopyLogRow) -> dict[str, Any]:
    row, copy = event.row, event.copy
    return {
        "id": row.id,
        "sent_id": row.contact_id,
        "email_id": None if row.source is None else row.source.id,
        "group_id": row.group_id,
        "email": copy.email if copy else None,
        "type": log_type_of(row.type),
        "timestamp": unix(row.at),
        "user_agent": user_agent_of(row),
        "clickthru_url": row.url,
        "dsn_message": row.detail if row.type in HAS_DSN_MESSAGE else None,
        "sender_name": copy.sender_name if copy else None,
        "sender_email": copy.sender_email if copy else None,
        "source_ip": row.ip,
        "envelope_from": copy.sender_email if copy else None,
        "additional_headers": [{"name": name, "value": value} for name, value in copy.headers] if copy else None,
    }


@operations.get("/logs/emails", "Show transactional email logs")
def get_email_logs(
    caller: Reader,
    logs: MailLogs,
    paging: PageRequest,
    log_type: Annotated[EmailLogType, Query(description="Kind of event to list.")],
    start_time: StartTime = None,
    end_time: EndTime = None,
    filter_text: Filter = None,
) -> EmailLogsResponse:
    """Return a page of the events of transactional mails, newest first.

    Filterable by group_id, email and email_id. Rows are kept for 400 days, and do not contain the content.
    """
    paging.check()
    terms = parse_filter(filter_text, allowed=EMAIL_FILTERS)
    log = logs.page(
        caller.account_id,
        email_log_query_of(log_type.value, terms, start_time=start_time, end_time=end_time),
        number=paging.page,
        size=paging.per_page,
        with_count=paging.with_count,
        emails=terms.get("email"),
        mail_ids=numbers_in(terms, "email_id"),
    )
    return EmailLogsResponse(
        pagination=paging.pagination(log.count),
        data=[EmailLogResponse.model_validate(_email_row(event)) for event in log.items],
    )
