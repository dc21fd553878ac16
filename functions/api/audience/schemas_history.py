"""Define the response: the mails to one contact."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.main.wire import Pagination, Unix


class MailKind(StrEnum):
    CAMPAIGN = "campaign"
    WORKFLOW_ACTION = "workflow_action"
    TRANSACTIONAL = "transactional"


class MailState(StrEnum):
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class ContactMailResponse(BaseModel):
    kind: Annotated[MailKind, Field(description="The kind of source of the mail.")]
    campaign_id: int | None
    email_id: Annotated[int | None, Field(description="Id of the transactional mail.")]
    workflow_id: Annotated[str | None, Field(description="Id of the workflow.")]
    action_id: Annotated[str | None, Field(description="Id of the action of the workflow.")]
    name: Annotated[str | None, Field(description="Name of the campaign or of the action.")]
    subject: Annotated[str | None, Field(description="The subject as its author wrote it.")]
    state: Annotated[MailState, Field(description="unknown: the mail may have been sent, the answer was lost.")]
    reason: Annotated[str | None, Field(description="Why the mail failed or was skipped.")]
    timestamp: Annotated[int, Field(description="When the mail was sent or its sending began; Unix seconds.")]
    sent_on: Unix | None
    opens: Annotated[int, Field(description="Opens by people.")]
    clicks: Annotated[int, Field(description="Clicks by people.")]
    events: Annotated[
        list[str], Field(description="Types of log rows that a mail has once: bounces, spam, unsubscribe.")
    ]


class ContactHistoryResponse(BaseModel):
    pagination: Pagination
    data: list[ContactMailResponse]
