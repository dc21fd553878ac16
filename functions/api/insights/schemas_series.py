"""Define responses: series and breakdowns of reports."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.envelopes import Figures


class AccountStatResponse(BaseModel):
    active_contacts: int
    sent_emails: int
    sent_campaign_emails: int
    sent_action_emails: int
    sent_email_emails: int
    open_rate: float
    bounce_rate: float
    click_rate: float
    spam_rate: float
    unsubscribe_rate: float
    emails_usage: float
    contacts_usage: float
    bounces_hard: int
    bounce_hard_rate: float
    spams: int
    current_lists: int


class CampaignSeriesStep(BaseModel):
    """An hour, or a day of 24 hours, of a campaign."""

    start_time: Annotated[int, Field(description="Begin of the step, Unix seconds.")]
    hours: Annotated[int, Field(description="Length of the step: 1 in the first 48 hours, then 24.")]
    sent_emails: int
    opens: int
    unique_opens: int
    clicks: int
    unique_clicks: int
    machine_opens: int
    machine_clicks: int
    bounces: int
    bounces_hard: int
    spams: int
    unsubscribes: int


class ListSeriesDay(BaseModel):
    """A day (UTC) of a list."""

    date: Annotated[int, Field(description="Begin of the day, Unix seconds.")]
    joined: int
    left: int
    bounced: int
    bounced_hard: int
    spams: int
    sent_emails: int
    opens: int
    clicks: int


class CampaignPart(BaseModel):
    """A part of a breakdown. Figures that cannot be divided by it are null."""

    value: Annotated[str, Field(description="The device, client, domain or class of bounce; `other`: all others.")]
    sent_emails: int | None
    opens: int | None
    unique_opens: int | None
    clicks: int | None
    unique_clicks: int | None
    bounces: int | None
    bounces_hard: int | None
    spams: int | None
    unsubscribes: int | None


class CampaignSeriesResponse(BaseModel):
    data: list[CampaignSeriesStep]


class CampaignBreakdownResponse(BaseModel):
    data: list[CampaignPart]


class ListSeriesResponse(BaseModel):
    data: list[ListSeriesDay]


AccountStatsResponse = Figures[AccountStatResponse]
