"""Define requests and responses: senders."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.content.headers import MAX_SENDER_NAME_CHARS
from postrider.http.envelopes import Data, PageOf
from postrider.http.main.wire import Email, Languages, Name

SenderName = Annotated[str, Field(json_schema_extra={"maxLength": MAX_SENDER_NAME_CHARS})]


class SenderFullResponse(BaseModel):
    id: str
    name: str
    email: str
    confirmed: bool
    confirmed_on: int | None
    language: Languages | None
    last_confirmation_sent_on: int | None


class CreateSender(BaseModel):
    name: Annotated[SenderName, Field(min_length=1)]
    email: Email
    language: Languages | None = Languages("en_US")


class CreateSenderResponse(BaseModel):
    id: str
    created: bool
    object: Literal["sender"]
    data: SenderFullResponse


class DeleteSenderResponse(BaseModel):
    id: str
    deleted: bool
    object: Literal["sender"]


class UpdateSender(BaseModel):
    name: SenderName | None = None
    language: Languages | None = None


class PatchSenderResponse(BaseModel):
    id: str
    updated: bool
    object: Literal["sender"]
    data: SenderFullResponse


class ConfirmSender(BaseModel):
    confirmation_id: Name


class ConfirmSenderResponse(BaseModel):
    confirmed: bool
    object: Literal["sender"]
    data: SenderFullResponse


class ResendConfirmationEmailResponse(BaseModel):
    id: str
    resent: bool
    object: Literal["sender"]


SendersResponse = PageOf[SenderFullResponse]
SenderResponse = Data[SenderFullResponse]
