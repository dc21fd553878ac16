"""Define responses of Customer.io's App API: transactional messages."""

from typing import Annotated

from pydantic import BaseModel, Field

from functions.compat.customerio.dates import UnixTime


class TransactionalMessage(BaseModel):
    id: Annotated[int, Field(description="The number of the message.")]
    name: str
    trigger_name: Annotated[str | None, Field(description="The trigger name of the message.")]
    description: Annotated[str, Field(description='Always "".')]
    send_to_unsubscribed: Annotated[bool, Field(description="Unless the mail says otherwise.")]
    link_tracking: Annotated[bool, Field(description="Unless the mail says otherwise.")]
    open_tracking: Annotated[bool, Field(description="Unless the mail says otherwise.")]
    hide_message_body: Annotated[bool, Field(description="Unless the mail says otherwise.")]
    queue_drafts: Annotated[bool, Field(description="Unless the mail says otherwise.")]
    created_at: UnixTime
    updated_at: Annotated[UnixTime, Field(description="Last change.")]


class TransactionalMessageResponse(BaseModel):
    message: TransactionalMessage


class TransactionalMessagesResponse(BaseModel):
    messages: list[TransactionalMessage]
