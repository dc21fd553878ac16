"""Define requests and responses: system mails."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.main.contents import SenderAndName, TemplateId
from postrider.http.main.wire import Languages


class SystemEmailTemplate(BaseModel):
    """The design of a mail in one language."""

    language: Languages
    template: Annotated[
        TemplateId | None,
        Field(description="The template, with the tag of this kind of mail; null for the built-in texts."),
    ] = None
    sender: Annotated[
        SenderAndName | None, Field(description="A confirmed sender; null for the sender of the deployment.")
    ] = None


Entries = list[SystemEmailTemplate] | None


class SystemEmailsTemplates(BaseModel):
    """Per kind of system mail, one entry per language."""

    account_confirm: Annotated[Entries, Field(description="To the owner of a new account; tag [ACCOUNT_CONFIRM].")] = (
        None
    )
    user_confirm: Annotated[Entries, Field(description="To an invited user; tag [USER_CONFIRM].")] = None
    sender_confirm: Annotated[Entries, Field(description="To the address of a sender; tag [SENDER_CONFIRM].")] = None
    password_reset: Annotated[
        Entries, Field(description="To a user who wants another password; tag [PASSWORD_RESET].")
    ] = None


class SetSystemEmailsResponse(BaseModel):
    object: Literal["systememails"]
    updated: bool
    data: SystemEmailsTemplates


class SystemEmailsResponse(BaseModel):
    data: SystemEmailsTemplates
