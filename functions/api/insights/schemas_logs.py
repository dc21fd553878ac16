"""Define requests and responses: logs."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Created, CursorPageOf, Data, PageOf
from postrider.http.main.contents import AdditionalEmailHeader
from postrider.http.main.events import LOG_TYPES
from postrider.http.main.wire import DownloadUrl, Unix

LogEventType = StrEnum("LogEventType", {word: word for word in LOG_TYPES})  # type: ignore[misc]  # its words are a table


class OperatingSystemInfo(BaseModel):
    family: str | None
    version: str | None


class BrowserInfo(BaseModel):
    family: str | None
    version: str | None


class DeviceFamilyEnum(StrEnum):
    PC = "pc"
    MOBILE = "mobile"
    TABLET = "tablet"


class DeviceInfo(BaseModel):
    family: DeviceFamilyEnum | None
    brand: str | None
    model: str | None


class UserInfo(BaseModel):
    ip: str | None
    os: OperatingSystemInfo
    browser: BrowserInfo
    device: DeviceInfo
    is_bot: bool | None
    raw: str | None


class SubscriptionTypeResponse(StrEnum):
    RESUBSCRIBE = "resubscribe"
    SUBSCRIPTION_CONFIRMATION = "subscription_confirmation"


class ListLogResponse(BaseModel):
    id: int | None
    contact_id: int | None
    email: str | None
    type: LogEventType | None
    timestamp: int | None
    occurrences: int | None
    user_agent: UserInfo | None
    campaign_id: int | None
    clickthru_url: str | None
    dsn_message: str | None
    unsub_reason: str | None
    subscription_type: SubscriptionTypeResponse | None


class CampaignLogResponse(BaseModel):
    id: int
    contact_id: int
    email: str | None
    type: LogEventType | None
    timestamp: int | None
    occurrences: int | None
    clickthru_url: str | None
    user_agent: UserInfo | None


class EmailLogType(StrEnum):
    BOUNCE = "bounce"
    CLICKTHRU = "clickthru"
    SENT = "sent"
    OPEN = "open"
    UNSUBSCRIBE = "unsubscribe"
    RESUBSCRIBE = "resubscribe"


class EmailLogResponse(BaseModel):
    id: int | None
    sent_id: Annotated[int | None, Field(description="Id of the recipient's copy of the mail.")]
    email_id: Annotated[int | None, Field(description="Id of the mail, from the answer to its sending.")]
    group_id: Annotated[int | None, Field(description="The mail group.")]
    email: str | None
    type: LogEventType | None
    timestamp: int | None
    user_agent: UserInfo | None
    clickthru_url: str | None
    dsn_message: str | None
    sender_name: str | None
    sender_email: str | None
    source_ip: str | None
    envelope_from: str | None
    additional_headers: list[AdditionalEmailHeader] | None


class ActionLogResponse(BaseModel):
    id: int | None
    contact_id: int
    email: str | None
    type: LogEventType | None
    timestamp: int | None
    occurrences: int
    user_agent: UserInfo | None


class CampaignLogExportStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    DELETED = "deleted"
    FAILED = "failed"


class CampaignLogExportRequestedBy(BaseModel):
    id: int
    email: str


class CampaignLogExportFullResponse(BaseModel):
    id: str
    campaign_id: int
    status: CampaignLogExportStatus
    description: str | None
    requested_by: CampaignLogExportRequestedBy
    created_on: Unix
    expires_on: Unix
    progress: Annotated[float, Field(description="Completion; tasks use an integer, exports a number.")]


class DownloadCampaignLogExportFullResponse(BaseModel):
    expires_on: Unix
    url: DownloadUrl


ListLogsResponse = PageOf[ListLogResponse]
ActionLogsResponse = PageOf[ActionLogResponse]
CampaignLogsResponse = CursorPageOf[CampaignLogResponse]
EmailLogsResponse = PageOf[EmailLogResponse]
CampaignLogExportsResponse = PageOf[CampaignLogExportFullResponse]
CreateCampaignLogExportResponse = Created[str, Literal["task"], CampaignLogExportFullResponse]
DownloadCampaignLogExportResponse = Data[DownloadCampaignLogExportFullResponse]
