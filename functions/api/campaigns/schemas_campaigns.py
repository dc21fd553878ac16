"""Define requests and responses: campaigns."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from postrider.http.envelopes import Created, Data, Deleted, PageOf, Updated
from postrider.http.main.contents import (
    ContentType,
    MailContent,
    SenderAndName,
    TemplateId,
    TestEmailType,
    TrackingChange,
    Warning,
)
from postrider.http.main.wire import MAX_UNIX, Email, EmailText, ListSenderResponse, Name, Unix


class AudienceSummaryResponse(BaseModel):
    list_id: int | None
    segment_id: int | None


class CampaignType(StrEnum):
    STANDARD = "standard"
    RECURRING = "recurring"
    ABSPLIT = "absplit"


class CampaignStatus(StrEnum):
    ACTIVE = "active"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    ARCHIVED = "archived"
    DELETED = "deleted"
    INCOMPLETE = "incomplete"
    SCHEDULED = "scheduled"


class CampaignSummaryResponse(BaseModel):
    id: int
    name: str | None
    audience: AudienceSummaryResponse | None
    type: CampaignType | None
    created_on: Unix | None
    scheduled_for: Annotated[int | None, Field(description="Requested send time, Unix seconds.")]
    scheduled_on: Annotated[int | None, Field(description="When scheduling was done, Unix seconds.")]
    sender: ListSenderResponse | None
    next_building_step: str | None
    status: CampaignStatus | None
    suspended: bool | None
    web_email_link: str | None
    thumbnail_url: str | None
    updated_on: Unix | None
    triggered: Annotated[bool, Field(description="Whether the campaign is sent by `send-again`, as often as you like.")]
    parent_id: Annotated[int | None, Field(description="The triggered campaign of which this is a sending.")]
    number: Annotated[int | None, Field(description="The number of the sending, from 1 for each triggered campaign.")]


class Audience(BaseModel):
    list_id: Annotated[int, Field(ge=1)] | None = None
    segment_id: Annotated[int, Field(ge=1)] | None = None


class CampaignTracking(BaseModel):
    """Click and open tracking of a campaign."""

    opens: Annotated[StrictBool | None, Field(description="Track opens of the HTML part.")] = True
    clicks_html: Annotated[StrictBool | None, Field(description="Track link clicks in the HTML part.")] = True
    clicks_text: Annotated[StrictBool | None, Field(description="Track link clicks in the text part.")] = True
    additional_params: Annotated[
        Annotated[str, Field(min_length=1, max_length=2000)] | None,
        Field(description="Query string (already URL-encoded) appended to every tracked link."),
    ] = None


class CampaignBlueprintId(BaseModel):
    id: int


class CampaignContent(MailContent):
    type: ContentType | None = ContentType("html")
    template: TemplateId | None = None
    blueprint: CampaignBlueprintId | None = None
    default_unsubscribe_link: StrictBool | None = None
    inline_css: StrictBool | None = None


class CreateCampaign(BaseModel):
    name: Name
    audience: Audience | None = Audience()
    tracking: CampaignTracking | None = CampaignTracking()
    sender: SenderAndName | None = None
    reply_to_email: Annotated[Email | None, Field(description="Reply-to address when it differs from the sender.")] = (
        None
    )
    content: CampaignContent | None = CampaignContent()
    triggered: Annotated[
        StrictBool | None, Field(description="Send the campaign by `send-again`, as often as you like.")
    ] = False


class AudienceResponse(BaseModel):
    list_id: int | None
    name: str | None
    segment_id: int | None


class TrackingResponse(BaseModel):
    opens: Annotated[bool | None, Field(description="Track opens of the HTML part.")]
    clicks_html: Annotated[bool | None, Field(description="Track link clicks in the HTML part.")]
    clicks_text: Annotated[bool | None, Field(description="Track link clicks in the text part.")]
    additional_params: Annotated[
        str | None, Field(description="Query string (already URL-encoded) appended to every tracked link.")
    ]


class ContentTypeResponse(StrEnum):
    HTML = "html"
    BEE = "bee"
    CUSTOM = "custom"


EncodingResponse = StrEnum(
    "EncodingResponse",
    """
    utf-8 armscii-8 ascii big-5 cp51932 cp866 cp936 euc-cn euc-jp eucjp-win euc-kr euc-tw hz iso-2022-jp
    iso-2022-jp-ms iso-2022-kr iso-8859-1 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 iso-8859-2
    iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 jis koi8-r sjis sjis-win uhc
    windows-1251 windows-1252 other
    """,
)


class CampaignContentResponse(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    subject: str | None
    html: str | None
    text: str | None
    json_: Annotated[dict[str, Any] | None, Field(alias="json")]
    type: ContentTypeResponse | None
    hash: str | None
    last_updated_on: int | None
    encoding: EncodingResponse | None
    default_unsubscribe_link: bool | None
    inline_css: bool | None
    social_bar: bool | None
    footer: str | None


class CampaignFullResponse(BaseModel):
    id: int
    name: str | None
    audience: AudienceResponse | None
    type: CampaignType | None
    tracking: TrackingResponse | None
    created_on: Unix | None
    scheduled_for: Annotated[int | None, Field(description="Requested send time, Unix seconds.")]
    scheduled_on: Annotated[int | None, Field(description="When scheduling was done, Unix seconds.")]
    delivery_finished_on: int | None
    sender: ListSenderResponse | None
    reply_to_email: Annotated[str | None, Field(description="Reply-to address when it differs from the sender.")]
    content: CampaignContentResponse | None
    next_building_step: str | None
    status: CampaignStatus | None
    suspended: bool | None
    stalled: Annotated[
        bool,
        Field(
            description="Whether nothing was sent for a minute although the campaign is being delivered, for example because "
            "a worker died. It goes on by itself."
        ),
    ]
    web_email_link: str | None
    thumbnail_url: str | None
    updated_on: Unix | None
    triggered: Annotated[bool, Field(description="Whether the campaign is sent by `send-again`, as often as you like.")]
    parent_id: Annotated[int | None, Field(description="The triggered campaign of which this is a sending.")]
    number: Annotated[int | None, Field(description="The number of the sending, from 1 for each triggered campaign.")]
    recipients: Annotated[int | None, Field(description="Number of named people; null without named people.")]
    refusal: Annotated[str | None, Field(description="Why the sending was refused; then nobody got a mail.")]


class PatchCampaignTracking(TrackingChange):
    additional_params: Annotated[
        Annotated[str, Field(min_length=1, max_length=2000)] | None,
        Field(description="Query string (already URL-encoded) appended to every tracked link."),
    ] = None


class PatchCampaignContent(MailContent):
    default_unsubscribe_link: StrictBool | None = None
    inline_css: StrictBool | None = None


class PatchCampaign(BaseModel):
    name: Name | None = None
    audience: Audience | None = Audience()
    tracking: PatchCampaignTracking | None = None
    sender: SenderAndName | None = None
    reply_to_email: Annotated[Email | None, Field(description="Reply-to address when it differs from the sender.")] = (
        None
    )
    content: PatchCampaignContent | None = PatchCampaignContent()


class RenderCampaignFullResponse(BaseModel):
    html: str | None
    text: str | None
    warnings: list[Warning]


class SendTestEmail(BaseModel):
    email: Email
    type: TestEmailType | None = TestEmailType("merged")
    variant_id: Annotated[
        StrictInt | None, Field(ge=1, description="A variant of the content; by default the campaign's own content.")
    ] = None


class SendTestEmailResponse(BaseModel):
    email: EmailText
    type: TestEmailType
    object: Literal["test_email"]
    sent: bool
    warnings: list[Warning]


class ScheduleCampaign(BaseModel):
    date: Annotated[
        Annotated[int, Field(ge=1, le=MAX_UNIX)] | None,
        Field(description="Send time in Unix seconds, in the future; omit to send now."),
    ] = None
    html_empty: Annotated[
        StrictBool | None, Field(description="Must be true to schedule a campaign whose HTML is empty.")
    ] = False


class ScheduleCampaignResponse(BaseModel):
    id: int
    object: Literal["campaign"]
    scheduled: bool
    warnings: list[Warning]


class SuspendCampaignResponse(BaseModel):
    id: int
    object: Literal["campaign"]
    suspended: bool


class ResumeCampaignResponse(BaseModel):
    id: int
    object: Literal["campaign"]
    resumed: bool


class CancelCampaignResponse(BaseModel):
    id: int
    object: Literal["campaign"]
    cancelled: bool


class ArchiveCampaignResponse(BaseModel):
    id: int
    object: Literal["campaign"]
    archived: bool


class CampaignRevision(BaseModel):
    id: int
    date: Annotated[str, Field(description="When the content was changed, ISO 8601.")]


CampaignsResponse = PageOf[CampaignSummaryResponse]
CreateCampaignResponse = Created[int, Literal["campaign"], CampaignFullResponse]
CampaignResponse = Data[CampaignFullResponse]
DeleteCampaignResponse = Deleted[int, Literal["campaign"]]
PatchCampaignResponse = Updated[int, Literal["campaign"], CampaignFullResponse]
RenderCampaignResponse = Data[RenderCampaignFullResponse]
CampaignRevisionsResponse = PageOf[CampaignRevision]
