"""Reports of periods over HTTP: accounts, series and breakdowns."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.insights.schemas_series import (
    AccountStatResponse,
    AccountStatsResponse,
    CampaignBreakdownResponse,
    CampaignPart,
    CampaignSeriesResponse,
    CampaignSeriesStep,
    ListSeriesDay,
    ListSeriesResponse,
)
from postrider import bootstrap
from postrider.accounts.service import AccountService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.reports import account_metrics, day_metrics, part_metrics, step_metrics
from postrider.http.main.wire import CampaignId, EndTime, ListId, StartTime
from postrider.mail_events.source import MailSource
from postrider.reports.period_service import PeriodReportService
from postrider.reports.periods import Breakdown

operations = Operations("Report", MAIN)
Reports = Annotated[PeriodReportService, Depends(bootstrap.period_reports)]
Accounts = Annotated[AccountService, Depends(bootstrap.accounts)]
Reader = Annotated[Caller, Depends(needs("reports:read"))]
OwnReader = Annotated[Caller, Depends(needs("reports:read", own_account_only=True))]
AccountNumber = Annotated[int, Path(ge=1)]
By = Annotated[Breakdown, Query(description="The property by which the figures are divided.")]


@operations.get("/reports/accounts/self", "Show the report of your account")
def get_self_account_stats(
    caller: OwnReader, reports: Reports, start_time: StartTime = None, end_time: EndTime = None
) -> AccountStatsResponse:
    """Return the figures of the token's account: contacts, mails sent by kind, rates, and used shares of its limits.

    The default period is the current month of usage, which begins on the day of `usage_limits.starts_on`. Times are rounded
    to the hour; figures are kept for 400 days.
    """
    report = reports.account_report(caller.account_id, start_time=start_time, end_time=end_time)
    return AccountStatsResponse(data=AccountStatResponse.model_validate(account_metrics(report)))


@operations.get("/reports/accounts/{account_id}", "Show the report of an account")
def get_account_stats(
    caller: OwnReader,
    reports: Reports,
    accounts: Accounts,
    account_id: AccountNumber,
    start_time: StartTime = None,
    end_time: EndTime = None,
) -> AccountStatsResponse:
    """Return the figures of the caller's own account or an account below it, as `GET /reports/accounts/self` does."""
    target = accounts.act_as(caller, str(account_id))
    report = reports.account_report(target.account_id, start_time=start_time, end_time=end_time)
    return AccountStatsResponse(data=AccountStatResponse.model_validate(account_metrics(report)))


@operations.get("/reports/campaigns/{campaign_id}/series", "Show the report of a campaign over time")
def get_campaign_series(caller: Reader, reports: Reports, campaign_id: CampaignId) -> CampaignSeriesResponse:
    """Return the figures of the mails of a campaign since its start, by hour for 48 hours, then by day.

    Opens and clicks by machines are counted separately. The series ends after 92 days; it is empty before the start.
    """
    steps = reports.source_series(caller.account_id, MailSource.campaign(campaign_id))
    return CampaignSeriesResponse(data=[CampaignSeriesStep.model_validate(step_metrics(step)) for step in steps])


@operations.get(
    "/reports/campaigns/{campaign_id}/breakdown", "Show the report of a campaign by device, client or domain"
)
def get_campaign_breakdown(
    caller: Reader, reports: Reports, campaign_id: CampaignId, by: By
) -> CampaignBreakdownResponse:
    """Return the figures of a campaign by device or mail client of its readers, by domain of its recipients, or by
    class of bounce, the largest part first.

    Devices and clients are counted for people; the proxies of Gmail and Yahoo hide the device. Only domains of large mailbox
    providers are listed; all other recipients count as `other`.
    """
    parts = reports.breakdown(caller.account_id, MailSource.campaign(campaign_id), by)
    return CampaignBreakdownResponse(data=[CampaignPart.model_validate(part_metrics(part)) for part in parts])


@operations.get("/reports/lists/{list_id}/series", "Show the report of a list by day")
def get_list_series(
    caller: Reader, reports: Reports, list_id: ListId, start_time: StartTime = None, end_time: EndTime = None
) -> ListSeriesResponse:
    """Return, by day (UTC), the subscriptions and unsubscriptions of a list, and the outcomes of the mails to it.

    The default period is the last 30 days. Figures are kept for 400 days. Mails of a campaign are counted when it ends.
    """
    days = reports.list_series(caller.account_id, list_id, start_time=start_time, end_time=end_time)
    return ListSeriesResponse(data=[ListSeriesDay.model_validate(day_metrics(day)) for day in days])
