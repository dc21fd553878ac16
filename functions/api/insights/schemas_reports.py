"""Define requests and responses: reports."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.envelopes import Figures
from postrider.http.main.wire import Pagination


class ListStatResponse(BaseModel):
    active_contacts: int
    pending_contacts: int
    invalid_contacts: int
    unsubscribed_contacts: int
    flagged_contacts: int
    deleted_contacts: int
    mailable_contacts: int
    sent_emails: int
    open_rate: float
    bounce_rate: float
    click_rate: float
    clickthru_rate: float
    unsubscribe_rate: float
    spam_rate: float


class CampaignStatResponse(BaseModel):
    active_emails: int
    bounces: int
    bounce_rate: float
    bounces_address_changed: int
    bounces_challenge_response: int
    bounces_dns_failure: int
    bounces_full_mailbox: int
    bounces_hard: int
    bounces_mail_blocked: int
    bounces_soft: int
    bounces_transient: int
    clicks: int
    click_rate: float
    clickthru_rate: float
    forwards: int
    implied_opens: int
    opens: int
    open_rate: float
    spams: int
    unique_clicks: int
    unique_opens: int
    unopens: int
    unopen_rate: float
    unsubscribes: int
    unsubscribe_rate: float
    spam_rate: float
    sent_emails: int
    sent_rate: float


class ActionStatResponse(BaseModel):
    bounces: int
    bounces_address_changed: int
    bounces_challenge_response: int
    bounces_dns_failure: int
    bounces_full_mailbox: int
    bounces_hard: int
    bounces_mail_blocked: int
    bounces_soft: int
    bounces_transient: int
    unique_clicks: Annotated[int, Field(description="Recipients who clicked, once in each entry into the workflow.")]
    forwards: int
    implied_opens: int
    unique_opens: Annotated[int, Field(description="Recipients who opened, once in each entry into the workflow.")]
    unopens: int
    clicks: int
    opens: Annotated[int, Field(description="Opens by people; opens by machines are not counted.")]
    spams: int
    spam_rate: float
    unsubscribes: int
    sent_emails: int


class CampaignLinkStatsResponse(BaseModel):
    id: int
    link: str
    unique: int
    total: int
    unique_rate: float
    total_rate: float


class CampaignLinksStatsResponse(BaseModel):
    pagination: Pagination
    data: list[CampaignLinkStatsResponse]


class EmailStatResponse(BaseModel):
    date: Annotated[int, Field(description="The beginning of the day (UTC), Unix seconds.")]
    sent_emails: int
    open_rate: float
    bounce_rate: float
    click_rate: float
    spam_rate: float


class EmailStatsResponse(BaseModel):
    data: list[EmailStatResponse]


ListStatsResponse = Figures[ListStatResponse]
ActionStatsResponse = Figures[ActionStatResponse]
CampaignStatsResponse = Figures[CampaignStatResponse]
