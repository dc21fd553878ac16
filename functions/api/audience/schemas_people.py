"""Define requests and responses: requests of people about their data."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.main.wire import Email, Unix


class PersonRequest(BaseModel):
    email: Annotated[Email, Field(description="The person's address, however it is spelt.")]


class PersonLogRow(BaseModel):
    type: str
    timestamp: Unix
    campaign_id: int | None
    clickthru_url: str | None
    ip: str | None
    user_agent: str | None
    additional_info: str | None


class PersonMail(BaseModel):
    campaign_id: int
    outcome: str
    reason: str | None
    sent_on: Unix | None
    message_id: str | None


class PersonEmail(BaseModel):
    """A transactional mail."""

    email_id: Annotated[int, Field(description="Id of the mail.")]
    subject: str
    outcome: str
    reason: str | None
    sent_on: Unix | None
    message_id: str | None
    log: list[PersonLogRow]


class PersonSignUp(BaseModel):
    form_id: Annotated[str, Field(description="Id of the form.")]
    created_on: Unix
    custom_attributes: dict[str, str]
    interests: list[str]


class PersonContact(BaseModel):
    list_id: int
    list_name: str
    contact_id: int
    email: str
    external_id: Annotated[str | None, Field(description="Id of the person in the customer's own systems.")]
    status: str
    subscribed_on: Unix
    updated_on: Unix
    suppressed: bool
    last_bounce_type: str
    bounces_count: int
    custom_attributes: dict[str, str]
    tags: list[str]
    interests: list[str]
    sign_ups: Annotated[list[PersonSignUp], Field(description="Sign-ups that wait for their confirmation by mail.")]
    log: list[PersonLogRow]
    mails: list[PersonMail]


class PersonSuppression(BaseModel):
    email: Annotated[str | None, Field(description="The address or wildcard; null when only its hash is kept.")]
    source: str
    added_on: Unix


class PersonFull(BaseModel):
    email: str
    contacts: list[PersonContact]
    emails: Annotated[list[PersonEmail], Field(description="Transactional mails to the address, newest first.")]
    suppression: PersonSuppression | None


class ExportPersonResponse(BaseModel):
    object: Literal["person"]
    data: PersonFull


class PersonErasure(BaseModel):
    contacts: int
    log_rows: Annotated[int, Field(description="Rows of logs that told more than a contact's id.")]
    exports: Annotated[int, Field(description="Exports of the account: any may have held the person.")]
    import_reports: Annotated[int, Field(description="Files of rows that imports refused.")]
    tasks: Annotated[int, Field(description="Tasks that named the address.")]


class ErasePersonResponse(BaseModel):
    object: Literal["person"]
    erased: bool
    suppressed: Annotated[
        bool, Field(description="By a keyed hash of the address, so that an import brings nobody back.")
    ]
    data: PersonErasure


class LiftErasureResponse(BaseModel):
    object: Literal["person"]
    lifted: bool
    suppressed: Annotated[bool, Field(description="Whether the address stays suppressed, by the person's own wish.")]
