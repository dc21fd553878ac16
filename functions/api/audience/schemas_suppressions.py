"""Define requests and responses: suppressions."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.wire import NonEmpty, Pagination


class SuppressedEmailResponse(BaseModel):
    email: str
    source: str | None


class SuppressedEmailsResponse(BaseModel):
    pagination: Pagination
    data: list[SuppressedEmailResponse]


class CreateSuppressedEmail(BaseModel):
    email: Annotated[NonEmpty, Field(description='An address, "*@domain" or "localpart@*".')]


class CreateSuppressedEmailResponse(BaseModel):
    email: str
    created: bool


class DeleteSuppressedEmailResponse(BaseModel):
    email: str
    deleted: bool
