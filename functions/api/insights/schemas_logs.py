"""Define requests and responses: logs."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Created, CursorPageOf, Data, PageOf
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
CampaignLogsResponse = CursorPageOf[CampaignLogResponse]
CampaignLogExportsResponse = PageOf[CampaignLogExportFullResponse]
CreateCampaignLogExportResponse = Created[str, Literal["task"], CampaignLogExportFullResponse]
DownloadCampaignLogExportResponse = Data[DownloadCampaignLogExportFullResponse]
