"""Define requests and responses: suppressions."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.contacts.address import MAX_LENGTH
from postrider.http.envelopes import PageOf
from postrider.http.main.wire import NonEmpty


class SuppressedEmailResponse(BaseModel):
    email: str
    source: str | None


class CreateSuppressedEmail(BaseModel):
    email: Annotated[
        NonEmpty,
        Field(description='An address, "*@domain" or "localpart@*".', json_schema_extra={"maxLength": MAX_LENGTH}),
    ]


class CreateSuppressedEmailResponse(BaseModel):
    email: str
    created: bool


class DeleteSuppressedEmailResponse(BaseModel):
    email: str
    deleted: bool


SuppressedEmailsResponse = PageOf[SuppressedEmailResponse]
