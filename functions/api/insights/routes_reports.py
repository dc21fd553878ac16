"""Reports over HTTP: /reports."""

from typing import Annotated

from functions.api.insights.schemas_reports import (
    CampaignLinksStatsResponse,
    CampaignLinkStatsResponse,
    CampaignStatResponse,
    CampaignStatsResponse,
    EmailStatResponse,
    EmailStatsResponse,
    ListStatResponse,
    ListStatsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.reports import campaign_metrics, email_metrics, link_metrics, list_metrics
from postrider.http.main.wire import (
    CampaignId,
    EndTimeRequired,
    EndTimeUnbounded,
    ListId,
    Sort,
    StartTimeRequired,
    StartTimeUnbounded,
)
from postrider.kit.clock import from_unix, unix
from postrider.mail_events.source import MailSource
from postrider.reports.service import ReportService
from postrider.transactional.reports import TransactionalReports

operations = Operations("Report", MAIN)
Reports = Annotated[ReportService, Depends(bootstrap.reports)]
MailReports = Annotated[TransactionalReports, Depends(bootstrap.transactional_reports)]
Reader = Annotated[Caller, Depends(needs("reports:read"))]
LINK_SORTS = {"unique": "unique", "total": "total", "link": "target"}


@operations.get("/reports/lists/{list_id}", "Show the report of a list")
def get_list_stats(caller: Reader, reports: Reports, list_id: ListId) -> ListStatsResponse:
    """Return the figures of a list: contacts by status, and the outcomes of the mails to it."""
    metrics = list_metrics(reports.list_report(caller.account_id, list_id))
    return ListStatsResponse(data=ListStatResponse.model_validate(metrics))


@operations.get("/reports/campaigns/{campaign_id}", "Show the report of a campaign")
def get_campaign_stats(caller: Reader, reports: Reports, campaign_id: CampaignId) -> CampaignStatsResponse:
    """Return the figures of a campaign: mails sent, opens, clicks, bounces, complaints and unsubscriptions,
    with rates from 0 to 1.

    Opens and clicks by machines are not counted. Bounces and complaints appear about a minute after SES has reported them.
    """
    metrics = campaign_metrics(reports.mail_report(caller.account_id, MailSource.campaign(campaign_id)))
    return CampaignStatsResponse(data=CampaignStatResponse.model_validate(metrics))


@operations.get("/reports/campaigns/{campaign_id}/links", "Show the report of a campaign's links")
def get_campaign_links_stats(
    caller: Reader,
    reports: Reports,
    campaign_id: CampaignId,
    paging: PageRequest,
    start_time: StartTimeUnbounded = None,
    end_time: EndTimeUnbounded = None,
    sort: Sort = None,
) -> CampaignLinksStatsResponse:
    """Return a page of the links of a campaign with their clicks."""
    source = MailSource.campaign(campaign_id)
    links = reports.link_reports(caller.account_id, source, start_time=start_time, end_time=end_time)
    pagination, chosen = listing(links, paging, sort=sort, sorts=LINK_SORTS)
    return CampaignLinksStatsResponse(
        pagination=pagination, data=[CampaignLinkStatsResponse.model_validate(link_metrics(link)) for link in chosen]
    )


@operations.get("/reports/emails", "Show the report of transactional emails")
def get_emails_stats(
    caller: Reader, reports: MailReports, start_time: StartTimeRequired, end_time: EndTimeRequired
) -> EmailStatsResponse:
    """Return the figures of the transactional mails of each day (UTC) of the period.

    An open, click, bounce or complaint counts for the day on which its mail was sent, so that rates are shares of the mails of
    that day. Opens and clicks by machines are not counted. A period has at most 400 days.
    """
    days = reports.daily(caller.account_id, from_unix(start_time), from_unix(end_time))
    return EmailStatsResponse(
        data=[EmailStatResponse(date=unix(day.began_at), **email_metrics(day.mail)) for day in days]
    )
