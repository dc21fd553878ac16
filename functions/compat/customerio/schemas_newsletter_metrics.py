"""Define responses of Customer.io's App API: figures of newsletters."""

from typing import Annotated

from pydantic import BaseModel, Field

from functions.compat.customerio.schemas_newsletters import Channel

Counts = list[Annotated[int, Field(ge=0)]]


class MetricSeries(BaseModel):
    """Counts by metric, the oldest period first; the last period is the current one."""

    created: Counts
    attempted: Counts
    sent: Counts
    delivered: Counts
    opened: Counts
    clicked: Counts
    converted: Counts
    bounced: Counts
    deferred: Counts
    drafted: Counts
    dropped: Counts
    failed: Counts
    spammed: Counts
    suppressed: Counts
    undeliverable: Counts
    unsubscribed: Counts
    human_opened: Counts
    human_clicked: Counts
    prefetch_opened: Annotated[Counts, Field(description="Opens by machines, which other metrics exclude.")]
    prefetch_clicked: Annotated[Counts, Field(description="Clicks by machines, which other metrics exclude.")]
    topic_unsubscribed: Counts
    answered_2xx: Annotated[Counts, Field(alias="2xx", description="Of webhook messages only, as the three below.")]
    answered_3xx: Annotated[Counts, Field(alias="3xx")]
    answered_4xx: Annotated[Counts, Field(alias="4xx")]
    answered_5xx: Annotated[Counts, Field(alias="5xx")]


class Metric(BaseModel):
    type: Channel
    total: Annotated[dict[str, int], Field(description="The sum of each series.")]
    series: MetricSeries


class MetricsResponse(BaseModel):
    metric: Metric


class LinkSeries(BaseModel):
    clicked: Annotated[Counts, Field(description="The oldest period first.")]
    human_clicked: list[int]
    machine_clicked: Annotated[list[int], Field(description="Clicks by machines, which the other numbers exclude.")]


class LinkMetric(BaseModel):
    total: dict[str, int]
    series: LinkSeries


class Link(BaseModel):
    id: int
    href: str


class LinkMetrics(BaseModel):
    link: Link
    metric: LinkMetric


class LinksResponse(BaseModel):
    links: list[LinkMetrics]
