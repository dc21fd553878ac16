"""Define requests and responses of Customer.io's App API: newsletters."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.schemas_messages import Header
from postrider.content.limits import MAX_HTML_BYTES, MAX_SUBJECT_CHARS, MAX_TEXT_BYTES

MAX_NAME_CHARS = 190
Channel = Literal["email", "webhook", "twilio", "push", "in_app", "inbox", "slack", "urban_airship"]
Subject = Annotated[StrictStr, Field(max_length=MAX_SUBJECT_CHARS)]
Html = Annotated[StrictStr, Field(max_length=MAX_HTML_BYTES)]
Text = Annotated[StrictStr, Field(max_length=MAX_TEXT_BYTES)]
Line = Annotated[StrictStr, Field(max_length=1000)]
LanguageTag = Annotated[StrictStr, Field(max_length=40, json_schema_extra={"example": "de"})]


class Newsletter(BaseModel):
    id: int
    deduplicate_id: Annotated[str, Field(description="The id and the moment of the last change.")]
    name: Annotated[str, Field(max_length=MAX_NAME_CHARS)]
    type: Channel
    subject: str
    content_ids: list[int]
    msg_template_ids: Annotated[list[int], Field(deprecated=True, description="The same as content_ids.")]
    recipient_segment_ids: Annotated[list[int], Field(description="Segments in the audience, if any.")]
    subscription_topic_id: int | None
    tags: list[str] | None
    sent_at: Annotated[UnixTime | None, Field(description="When the sending began; null for drafts.")]
    created: UnixTime
    updated: UnixTime


class NewslettersPage(BaseModel):
    newsletters: list[Newsletter]
    next: Annotated[str, Field(description="The `start` of the next page; blank on the last one.")]


class NewsletterResponse(BaseModel):
    newsletter: Newsletter


class NewsletterContent(BaseModel):
    id: int
    newsletter_id: int
    deduplicate_id: str
    name: str
    type: Channel
    language: Annotated[str, Field(description="Language tag; blank for the default language.")]
    layout: str
    body: str
    body_amp: Annotated[str, Field(description="Always blank: AMP is not supported.")]
    body_plain: str
    subject: str
    preheader_text: str
    from_: Annotated[str, Field(alias="from", description="The sender, with its name.")]
    from_id: int | None
    reply_to: str
    reply_to_id: int | None
    recipient: str
    bcc: str
    cc: str
    fake_bcc: bool
    preprocessor: Literal["premailer"]
    headers: list[Header] | str


class NewsletterContentResponse(BaseModel):
    content: NewsletterContent


class NewsletterContentsResponse(BaseModel):
    contents: list[NewsletterContent]


class ContentTexts(BaseModel):
    """The parts of a content that can be set. Missing members keep their values."""

    body: Html | None = None
    body_plain: Annotated[Text | None, Field(description="The plain text; made from the HTML when blank.")] = None
    body_amp: Annotated[Html | None, Field(description="AMP is not supported: only a blank text is taken.")] = None
    subject: Subject | None = None
    preheader_text: Line | None = None
    headers: list[Header] | None = None


Repeated = Annotated[str | None, Field(max_length=MAX_HTML_BYTES, description="Read-only: clients repeat it.")]


class NewsletterContentUpdate(ContentTexts):
    """The members that can be set. Other members of a content, which clients repeat, are ignored."""

    id: int | None = None
    newsletter_id: int | None = None
    deduplicate_id: Repeated = None
    name: Repeated = None
    type: Channel | None = None
    language: Repeated = None
    layout: Repeated = None
    from_: Annotated[Repeated, Field(alias="from")] = None
    reply_to: Repeated = None
    bcc: Repeated = None
    fake_bcc: StrictBool | None = None
    preprocessor: Literal["premailer"] | None = None
    from_id: Annotated[
        StrictInt | None, Field(description="Sender; the sender of the first content is the default.")
    ] = None
    reply_to_id: Annotated[StrictInt | None, Field(description="Sender whose address gets replies.")] = None
    recipient: Annotated[Line | None, Field(description="Only the address of the person: `{{customer.email}}`.")] = None


class NewsletterLanguageCreate(ContentTexts):
    language: LanguageTag


class NewsletterCreate(ContentTexts):
    name: Annotated[StrictStr, Field(min_length=1, max_length=MAX_NAME_CHARS)]
    type: Channel
    recipients: Annotated[dict[str, Any] | None, Field(description="The audience; by default all people.")] = None
    from_: Annotated[Line | None, Field(alias="from", description="`Name <address>` of a verified sender.")] = None
    from_id: StrictInt | None = None
    send_now: StrictBool | None = None
    scheduled_at: StrictInt | None = None
    rate_limit_email_rate: Annotated[StrictInt | None, Field(description="Not supported: the rate is that of SES.")] = (
        None
    )


class NewsletterSchedule(BaseModel):
    scheduled_at: Annotated[
        StrictInt,
        Field(
            description="Unix seconds; 0 makes the newsletter a draft again.", json_schema_extra={"example": 4102444800}
        ),
    ]
    rate_limit_email_rate: Annotated[StrictInt | None, Field(description="Not supported: the rate is that of SES.")] = (
        None
    )


class NewsletterSend(BaseModel):
    rate_limit_email_rate: Annotated[StrictInt | None, Field(description="Not supported: the rate is that of SES.")] = (
        None
    )


class TestGroup(BaseModel):
    id: int | str
    name: Annotated[str, Field(description="A, B, ...")]
    label: str
    winner: Annotated[bool, Field(description="Always false: a test is sent to all people at once.")]
    content_ids: list[int | str]


class TestGroupsResponse(BaseModel):
    test_groups: list[TestGroup]
