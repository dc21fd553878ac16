"""Figures of newsletters over Customer.io's App API, by hours, days, weeks and months."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.render_newsletters import EMAIL, links_of, metric_of
from functions.compat.customerio.routes_newsletter_contents import ContentId
from functions.compat.customerio.routes_newsletters import NewsletterId, Reader
from functions.compat.customerio.schemas_newsletter_metrics import LinksResponse, MetricsResponse
from functions.compat.customerio.schemas_newsletters import Channel
from functions.compat.customerio.translate_newsletters import newsletter
from postrider import bootstrap
from postrider.campaigns.model import Campaign
from postrider.http import Operations
from postrider.reports import calendar
from postrider.reports.calendar import Period

operations = Operations("Newsletters", CUSTOMERIO)
PeriodName = Annotated[Period, Query(description="Unit of a step.")]
Steps = Annotated[
    int | None,
    Query(
        ge=0,
        description="Number of periods, at most 24 hours, 45 days, 12 weeks or 120 months, and at least 2. Left out: the "
        "most, and 12 months. 0: the most.",
    ),
]
Type = Annotated[Channel | None, Query(description="Only this channel; newsletters are mails.")]
Unique = Annotated[bool, Query(description="Count a person once a link.")]
ERRORS = (401, 404)


def _metrics(
    campaign: Campaign, period: Period, steps: int | None, channel: str | None, variant_id: int | None = None
) -> MetricsResponse:
    series = bootstrap.calendar_reports().series(campaign, period, steps, variant_id=variant_id)
    if channel not in (None, EMAIL):
        series = calendar.series(series.starts, calendar.hours_of_sent({}))
    return MetricsResponse(metric=metric_of(series))


@operations.get("/v1/newsletters/{newsletter_id}/metrics", "Metrics of a newsletter", errors=ERRORS)
def get_newsletter_metrics(
    caller: Reader,
    newsletter_id: NewsletterId,
    period: PeriodName = Period.DAYS,
    steps: Steps = None,
    type: Type = None,  # the name of the parameter
) -> MetricsResponse:
    """Return the number of mails by metric and period, and their totals. Opens and clicks are counted for people only."""
    return _metrics(newsletter(caller.account_id, newsletter_id), period, steps, type)


@operations.get("/v1/newsletters/{newsletter_id}/metrics/links", "Link clicks of a newsletter", errors=ERRORS)
def get_newsletter_link_metrics(
    caller: Reader,
    newsletter_id: NewsletterId,
    period: PeriodName = Period.DAYS,
    steps: Steps = None,
    unique: Unique = False,
) -> LinksResponse:
    """Return the clicks of people by link and period; with `unique`, only the first click of a person on a link."""
    campaign = newsletter(caller.account_id, newsletter_id)
    links = bootstrap.calendar_reports().links(campaign, period, steps)
    return LinksResponse(links=links_of(links, unique=unique))


CONTENT = "/v1/newsletters/{newsletter_id}/contents/{content_id}"


@operations.get(f"{CONTENT}/metrics", "Metrics of a variant", errors=ERRORS)
def get_newsletter_content_metrics(
    caller: Reader,
    newsletter_id: NewsletterId,
    content_id: ContentId,
    period: PeriodName = Period.DAYS,
    steps: Steps = None,
    type: Type = None,  # the name of the parameter
) -> MetricsResponse:
    """Return the number of mails with one content by metric and period, and their totals."""
    campaign = newsletter(caller.account_id, newsletter_id)
    variant = bootstrap.campaign_variants().get(campaign, content_id)
    return _metrics(campaign, period, steps, type, variant.id)


@operations.get(f"{CONTENT}/metrics/links", "Link clicks of a variant", errors=ERRORS)
def get_newsletter_content_link_metrics(
    caller: Reader,
    newsletter_id: NewsletterId,
    content_id: ContentId,
    period: PeriodName = Period.DAYS,
    steps: Steps = None,
    type: Type = None,  # the name of the parameter
) -> LinksResponse:
    """Return the clicks of people on the links of one content."""
    campaign = newsletter(caller.account_id, newsletter_id)
    variant = bootstrap.campaign_variants().get(campaign, content_id)
    if type not in (None, EMAIL):
        return LinksResponse(links=[])
    return LinksResponse(
        links=links_of(bootstrap.calendar_reports().links(campaign, period, steps, variant_id=variant.id))
    )
