"""What goes over the wire: logs."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.wire import Pagination, PaginationWithCursor

_LOG_EVENT_TYPE = """
clickthru open bounce bounce_ac bounce_cr bounce_df bounce_fm bounce_hb bounce_mb bounce_sb bounce_tr bounce_ar
forward skipped spam subscribe unsubscribe view share in_queue generating received sent schedule update
global_unsubscribe unsub_reason other
"""
LogEventType = StrEnum("LogEventType", {code: code for code in _LOG_EVENT_TYPE.split()})


class OperatingSystemInfo(BaseModel):
    family: str | None = None
    version: str | None = None


class BrowserInfo(BaseModel):
    family: str | None = None
    version: str | None = None


class DeviceFamilyEnum(StrEnum):
    PC = "pc"
    MOBILE = "mobile"
    TABLET = "tablet"


class DeviceInfo(BaseModel):
    family: DeviceFamilyEnum | None = None
    brand: str | None = None
    model: str | None = None


class UserInfo(BaseModel):
    ip: str | None = None
    os: OperatingSystemInfo
    browser: BrowserInfo
    device: DeviceInfo
    is_bot: bool | None = None
    raw: str | None = None


class SubscriptionTypeResponse(StrEnum):
    RESUBSCRIBE = "resubscribe"
    SUBSCRIPTION_CONFIRMATION = "subscription_confirmation"


class ListLogResponse(BaseModel):
    id: int | None = None
    contact_id: int | None = None
    email: str | None = None
    type: LogEventType | None = None
    timestamp: int | None = None
    occurrences: int | None = None
    user_agent: UserInfo | None = None
    campaign_id: int | None = None
    clickthru_url: str | None = None
    dsn_message: str | None = None
    unsub_reason: str | None = None
    subscription_type: SubscriptionTypeResponse | None = None


class ListLogsResponse(BaseModel):
    pagination: Pagination
    data: list[ListLogResponse]


class CampaignLogResponse(BaseModel):
    id: int
    contact_id: int
    email: str | None = None
    type: LogEventType | None = None
    timestamp: int | None = None
    occurrences: int | None = None
    clickthru_url: str | None = None
    user_agent: UserInfo | None = None


class CampaignLogsResponse(BaseModel):
    pagination: PaginationWithCursor
    data: list[CampaignLogResponse]


class AdditionalEmailHeader(BaseModel):
    name: str
    value: str


class EmailLogResponse(BaseModel):
    id: int | None = None
    sent_id: int | None = None
    email_id: int | None = None
    group_id: Annotated[int | None, Field(description="Groups transactional mails for reporting.")] = None
    email: str | None = None
    type: LogEventType | None = None
    timestamp: int | None = None
    user_agent: UserInfo | None = None
    clickthru_url: str | None = None
    dsn_message: str | None = None
    sender_name: str | None = None
    sender_email: str | None = None
    source_ip: str | None = None
    envelope_from: str | None = None
    additional_headers: list[AdditionalEmailHeader] | None = None


class EmailLogsResponse(BaseModel):
    pagination: Pagination
    data: list[EmailLogResponse]


class ActionLogResponse(BaseModel):
    id: int | None = None
    contact_id: int
    email: str | None = None
    type: LogEventType | None = None
    timestamp: int | None = None
    occurrences: int
    user_agent: UserInfo | None = None


class ActionLogsResponse(BaseModel):
    pagination: Pagination
    data: list[ActionLogResponse]


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
    description: str | None = None
    requested_by: CampaignLogExportRequestedBy
    created_on: Annotated[int, Field(description="Unix seconds.")]
    expires_on: Annotated[int, Field(description="Unix seconds.")]
    progress: Annotated[float, Field(description="Completion; tasks use an integer, exports a number.")]


class CampaignLogExportsResponse(BaseModel):
    pagination: Pagination
    data: list[CampaignLogExportFullResponse]


class CreateCampaignLogExportResponse(BaseModel):
    id: str
    object: Literal["task"]
    created: bool
    data: CampaignLogExportFullResponse


class DownloadCampaignLogExportFullResponse(BaseModel):
    expires_on: Annotated[int, Field(description="Unix seconds.")]
    url: str


class DownloadCampaignLogExportResponse(BaseModel):
    data: DownloadCampaignLogExportFullResponse
