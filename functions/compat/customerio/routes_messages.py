"""Messages over Customer.io's App API: /v1/messages, and messages of a newsletter."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.dates import check_seconds, moment_of
from functions.compat.customerio.limits import ARCHIVED_MESSAGES
from functions.compat.customerio.paging import Limit, Start, clamped
from functions.compat.customerio.render_messages import archived_message_of, message_of
from functions.compat.customerio.schemas_messages import (
    METRICS,
    ArchivedMessageResponse,
    AskedType,
    MessageResponse,
    MessagesPage,
    MetricName,
)
from functions.compat.customerio.time_windows import Window, listed_window, parent_window
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.kit.wire_ids import without_padding
from postrider.mail_events.source import MailSource
from postrider.messages.model import MessageKind, MessageQuery
from postrider.messages.service import MAX_SIZE, MessageService

operations = Operations("Messages", CUSTOMERIO)
Messages = Annotated[MessageService, Depends(bootstrap.messages)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("reports:read"))]
CampaignReader = Annotated[Caller, Depends(CUSTOMERIO.needs("campaigns:read"))]
MessageId = Annotated[str, Path()]
KINDS = frozenset(kind.value for kind in MessageKind)
PageSize = Annotated[int | None, Query(description="Page size.", json_schema_extra={"minimum": 1, "maximum": MAX_SIZE})]
Parent = Annotated[int | None, Query()]
MetricReached = Annotated[MetricName | None, Query(description="Only messages that have reached this metric.")]
Seconds = Annotated[int | None, AfterValidator(check_seconds), Query(json_schema_extra={"format": "unix-timestamp"})]


def _sources(account_id: str, campaign_id: int | None, newsletter_id: int | None, action_id: int | None) -> Any:
    """Return the sources of messages with all of these parents; None without parents."""
    wanted: list[set[MailSource]] = []
    if newsletter_id is not None:
        wanted.append({MailSource.campaign(newsletter_id)})
    if action_id is not None:
        wanted.append({MailSource.action(action_id)})
    if campaign_id is not None:
        wanted.append({action.source for action in bootstrap.workflows().actions(account_id, campaign_id)})
    return tuple(sorted(set.intersection(*wanted))) if wanted else None


def _page(
    account_id: str, query: MessageQuery, window: Window, *, start: str | None, limit: int | None
) -> MessagesPage:
    windowed = MessageQuery(**{**vars(query), "start": window.start, "end": window.end})
    page = bootstrap.messages().page(account_id, windowed, size=clamped(limit), cursor=start or None)
    return MessagesPage(messages=[message_of(message) for message in page.items], next=page.next_cursor or "")


@operations.get("/v1/messages", "List messages", errors=(400, 401))
def list_messages(
    caller: Reader,
    start: Start = None,
    limit: PageSize = 50,
    type: Annotated[AskedType | None, Query(description="Only messages of this type.")] = None,
    metric: MetricReached = None,
    drafts: Annotated[bool, Query(description="Return drafts instead of sent messages.")] = False,
    campaign_id: Parent = None,
    newsletter_id: Parent = None,
    action_id: Parent = None,
    start_ts: Seconds = None,
    end_ts: Seconds = None,
) -> MessagesPage:
    """Return a page of messages, the newest first, of at most the six months before `end_ts`, or before now.

    A page may be shorter than `limit`, or empty, while `next` is not blank.
    """
    if type is not None and type.value not in KINDS:
        return MessagesPage(messages=[], next="")
    query = MessageQuery(
        sources=_sources(caller.account_id, campaign_id, newsletter_id, action_id),
        kind=None if type is None else MessageKind(type.value),
        metric=None if metric is None else METRICS[metric],
        is_draft=drafts,
    )
    window = listed_window(moment_of(start_ts), moment_of(end_ts), bootstrap.clock()())
    return _page(caller.account_id, query, window, start=start, limit=limit)


@operations.get("/v1/messages/{message_id}", "Show a message", errors=(401, 404))
def get_message(caller: Reader, messages: Messages, message_id: MessageId) -> MessageResponse:
    """Return a message, which exists as soon as it is accepted."""
    return MessageResponse(message=message_of(messages.get(caller.account_id, without_padding(message_id))))


@operations.get("/v1/messages/{message_id}/archived_message", "Show the content of a message", errors=(401, 404))
def get_archived_message(caller: Reader, messages: Messages, message_id: MessageId) -> ArchivedMessageResponse:
    """Return the stored copy of a transactional message.

    The message of a campaign is rendered again from the content that was sent, with the current attributes of the person.
    """
    bootstrap.dialect_limits().take(ARCHIVED_MESSAGES, caller.account_id)
    message = messages.get(caller.account_id, without_padding(message_id))
    archived = bootstrap.message_archive().copy_of(caller.account_id, message)
    return ArchivedMessageResponse(archived_message=archived_message_of(archived))


@operations.get(
    "/v1/newsletters/{newsletter_id}/messages",
    "List the messages of a newsletter",
    tag="Newsletters",
    errors=(400, 401, 404),
)
def list_newsletter_messages(
    caller: CampaignReader,
    newsletter_id: Annotated[int, Path()],
    start: Start = None,
    limit: Limit = None,
    metric: MetricReached = None,
    start_ts: Seconds = None,
    end_ts: Seconds = None,
) -> MessagesPage:
    """Return a page of the messages of a newsletter, the newest first.

    The default window is the six months after the start of its sending, the maximum twelve months.
    """
    campaign = bootstrap.campaigns().get(caller.account_id, newsletter_id)
    began_at = bootstrap.delivery().began_at(campaign)
    window = parent_window(moment_of(start_ts), moment_of(end_ts), bootstrap.clock()(), began_at=began_at)
    query = MessageQuery(sources=(campaign.source,), metric=None if metric is None else METRICS[metric])
    return _page(caller.account_id, query, window, start=start, limit=limit)
