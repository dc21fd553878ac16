"""Define requests and responses: requests of people about their data."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from postrider.http.main.wire import Email, Unix


class PersonRequest(BaseModel):
    email: Annotated[Email, Field(description="The person's address, in any spelling.")]


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


class PersonConsent(BaseModel):
    """A proof of a consent. Values are null when unknown."""

    consented_on: Annotated[Unix | None, Field(description="When the person agreed; null when unknown.")]
    text: Annotated[str | None, Field(description="What the person agreed to.")]
    url: Annotated[str | None, Field(description="Address of the page.")]
    ip: str | None
    user_agent: str | None
    created_on: Annotated[Unix, Field(description="When the record was stored, or its import was started.")]


class PersonSignUp(BaseModel):
    form_id: Annotated[str, Field(description="Id of the form.")]
    consent: Annotated[PersonConsent, Field(description="The consent that is recorded when the sign-up is confirmed.")]
    created_on: Unix
    custom_attributes: dict[str, str]
    interests: list[str]


class PersonDevice(BaseModel):
    token: Annotated[str, Field(description="Address of the device at the push service of its platform.")]
    platform: Annotated[str, Field(description="Such as ios or android.")]
    last_used_on: Unix
    attributes: Annotated[dict[str, Any], Field(description="Attributes that a system of the account has set.")]


class PersonRelation(BaseModel):
    """A relation to an object."""

    object_type_id: Annotated[int, Field(description="Type of the object.")]
    object_id: Annotated[str, Field(description="Id of the object within its type.")]
    attributes: Annotated[dict[str, Any], Field(description="Attributes of the relation.")]


class PersonEvent(BaseModel):
    """A contact event that a system of the account reported."""

    name: str
    kind: Annotated[Literal["event", "page", "screen"], Field(description="An event, or a view of a page or screen.")]
    occurred_on: Unix
    data: Annotated[dict[str, Any], Field(description="Properties of the event.")]


class PersonContact(BaseModel):
    list_id: int
    list_name: str
    contact_id: int
    email: str
    external_id: Annotated[str | None, Field(description="Id of the person in the customer's own systems.")]
    status: str
    subscribed_on: Unix
    updated_on: Unix
    opted_in_on: Annotated[Unix | None, Field(description="When the person opted in, from an imported file.")]
    suppressed: bool
    last_bounce_type: str
    bounces_count: int
    custom_attributes: dict[str, str]
    tags: list[str]
    interests: list[str]
    consents: Annotated[list[PersonConsent], Field(description="Consent records, the newest 100.")]
    sign_ups: Annotated[list[PersonSignUp], Field(description="Sign-ups that wait for their confirmation by mail.")]
    log: list[PersonLogRow]
    mails: list[PersonMail]
    devices: Annotated[list[PersonDevice], Field(description="Devices that push messages are sent to.")]
    relations: Annotated[list[PersonRelation], Field(description="The first 1,000.")]
    events: Annotated[list[PersonEvent], Field(description="The newest ones: at most 1,000, and 1 MB of data.")]
    events_count: Annotated[int, Field(description="Number of all events of the contact.")]


class PersonSuppression(BaseModel):
    email: Annotated[str | None, Field(description="The address or wildcard; null if only its hash is stored.")]
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
    log_rows: Annotated[int, Field(description="Number of rows of logs with personal data.")]
    exports: Annotated[
        int, Field(description="Number of deleted exports of the account, since each may have contained the person.")
    ]
    import_reports: Annotated[int, Field(description="Files of rows that imports refused.")]
    tasks: Annotated[int, Field(description="Number of tasks that contained the address.")]


class ErasePersonResponse(BaseModel):
    object: Literal["person"]
    erased: bool
    suppressed: Annotated[
        bool,
        Field(
            description="Whether the address is suppressed by its keyed hash, so that an import does not store the person again."
        ),
    ]
    data: PersonErasure


class LiftErasureResponse(BaseModel):
    object: Literal["person"]
    lifted: bool
    suppressed: Annotated[
        bool, Field(description="Whether the address stays suppressed, because the person has requested it.")
    ]
