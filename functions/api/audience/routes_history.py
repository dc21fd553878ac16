"""The mails to one contact over HTTP: /lists/{list_id}/contacts/{contact_id}/history."""

from typing import Annotated

from functions.api.audience.schemas_history import ContactHistoryResponse, ContactMailResponse, MailKind, MailState
from postrider import bootstrap
from postrider.delivery.model import Outcome
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.events import log_type_of
from postrider.http.main.paging import UncountedPageRequest
from postrider.http.main.wire import ContactId, ListId
from postrider.kit.clock import unix, unix_or_none
from postrider.mail_events.engagement import ONCE
from postrider.mail_events.model import EventType
from postrider.mail_events.source import SourceKind
from postrider.usecases.contact_history import ContactHistory, HistoryEntry

operations = Operations("Contact", MAIN)
History = Annotated[ContactHistory, Depends(bootstrap.contact_history)]
Reader = Annotated[Caller, Depends(needs("logs:read"))]
SENDING = "sending"


def _mail(entry: HistoryEntry) -> ContactMailResponse:
    kind, engagement = entry.source.kind, entry.engagement
    is_action = kind == SourceKind.WORKFLOW_ACTION
    return ContactMailResponse(
        kind=MailKind(kind.value),
        campaign_id=entry.source.id if kind == SourceKind.CAMPAIGN else None,
        email_id=entry.source.id if kind == SourceKind.TRANSACTIONAL else None,
        workflow_id=None if entry.workflow_id is None else str(entry.workflow_id),
        action_id=str(entry.source.id) if is_action else None,
        name=entry.name,
        subject=entry.subject,
        state=MailState(SENDING if entry.outcome == Outcome.CLAIMED else entry.outcome.value),
        reason=entry.reason,
        timestamp=unix(entry.moment),
        sent_on=unix_or_none(entry.sent_at),
        opens=engagement.opens,
        clicks=engagement.clicks,
        events=sorted({log_type_of(EventType(mark)) for mark in ONCE & engagement.marks}),
    )


@operations.get("/lists/{list_id}/contacts/{contact_id}/history", "Show the mails to a contact")
def get_contact_history(
    caller: Reader,
    history: History,
    list_id: ListId,
    contact_id: ContactId,
    paging: UncountedPageRequest,
) -> ContactHistoryResponse:
    """Return a page of the mails to a contact, newest first: of campaigns, of actions of workflows, and transactional mails to
    its address.

    `state` is the outcome of a mail, and `reason` is why it failed or was skipped. Only opens and clicks of people are counted.
    Mails are listed for at least 400 days.
    """
    paging.check()
    entries = history.page(caller.account_id, list_id, contact_id, number=paging.page, size=paging.per_page)
    return ContactHistoryResponse(pagination=paging.pagination(), data=[_mail(entry) for entry in entries])
