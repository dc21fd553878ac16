"""Create series of campaigns, of variants of their content, and of links by calendar period."""

from dataclasses import replace

from postrider.campaigns.model import Campaign
from postrider.campaigns.rendering import CampaignRenderer
from postrider.delivery.model import SliceKind
from postrider.delivery.service import DeliveryService
from postrider.kit.clock import Clock, unix
from postrider.mail_events.rules import link_id_of
from postrider.mail_events.service import EventService
from postrider.reports import calendar
from postrider.reports.calendar import LinkSeries, Period, Series


class CalendarReportService:
    def __init__(self, events: EventService, delivery: DeliveryService, renderer: CampaignRenderer, now: Clock) -> None:
        self._events, self._delivery, self._renderer, self._now = events, delivery, renderer, now

    def series(
        self, campaign: Campaign, period: Period, steps: int | None = None, *, variant_id: int | None = None
    ) -> Series:
        """Return the figures of the mails of the campaign, or of a variant, in the latest periods.

        Opens and clicks of machines have separate measures. All figures are 0 before the start.
        """
        starts = calendar.starts_of(period, calendar.steps_of(period, steps), self._now())
        bounds = self._bounds(campaign, starts[0])
        totals = self._delivery.totals(campaign)
        if bounds is None or totals is None:
            return calendar.series(starts, calendar.hours_of_sent({}))
        tally = totals.tally
        if variant_id is not None and campaign.variants_id is not None:
            counts = calendar.hours_of_outcomes(tally.slices, variant_id)
            parts = self._events.parts(campaign.account_id, campaign.source, *bounds)
            counts.update(calendar.hours_of_variant(parts, variant_id))
            return calendar.series(starts, counts)
        not_sent = {part: count for part, count in tally.slices.items() if part.kind != SliceKind.SENT}
        counts = calendar.hours_of_outcomes(not_sent)
        counts.update(calendar.hours_of_sent(tally.sent_by_hour))
        counts.update(self._events.hours(campaign.account_id, campaign.source, *bounds))
        return calendar.series(starts, counts)

    def links(
        self, campaign: Campaign, period: Period, steps: int | None = None, *, variant_id: int | None = None
    ) -> list[LinkSeries]:
        """Return the clicks of every link in the latest periods, in a variant or in all mails; also links without clicks."""
        starts = calendar.starts_of(period, calendar.steps_of(period, steps), self._now())
        bounds = self._bounds(campaign, starts[0])
        if bounds is None:
            return []
        parts = self._events.parts(campaign.account_id, campaign.source, *bounds)
        variant = variant_id if campaign.variants_id is not None else None
        targets = self._renderer.sent_links(campaign, variant)
        links = calendar.link_series(starts, parts, targets, variant)
        return [replace(link, id=link_id_of(campaign.id, link.id)) for link in links]

    def _bounds(self, campaign: Campaign, first_hour: int) -> tuple[int, int] | None:
        """Return the first and the last hour with possible counts, at or after `first_hour`; None before the start."""
        began_at = self._delivery.began_at(campaign)
        if began_at is None:
            return None
        return max(first_hour, unix(began_at) // 3600), unix(self._now()) // 3600
