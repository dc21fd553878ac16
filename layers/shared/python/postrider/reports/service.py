"""Reports, from counters kept while mail was sent and answered; none of them reads the log or the contacts."""

from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.contacts.service import ContactService
from postrider.delivery.service import DeliveryService
from postrider.events.rules import link_id_of
from postrider.events.service import EventService
from postrider.kit.errors import NotFound
from postrider.kit.observability import logger
from postrider.lists.service import ListService
from postrider.reports.rules import LinkMetrics, Metrics, Sent, link_metrics, list_metrics, mailing_metrics
from postrider.tracking.links import LinkTable


class ReportService:
    def __init__(
        self,
        events: EventService,
        campaigns: CampaignService,
        lists: ListService,
        contacts: ContactService,
        delivery: DeliveryService,
        links: LinkTable,
    ) -> None:
        self._events, self._campaigns, self._lists = events, campaigns, lists
        self._contacts, self._delivery, self._links = contacts, delivery, links

    def campaign(self, account_id: str, campaign_id: int) -> Metrics:
        """Raises NotFound."""
        campaign = self._campaigns.get(account_id, campaign_id)
        return mailing_metrics(self._sent_of(campaign), self._events.campaign_counts(account_id, campaign_id))

    def links(
        self, account_id: str, campaign_id: int, *, start_time: int | None = None, end_time: int | None = None
    ) -> list[LinkMetrics]:
        """Every link of the campaign's mail, clicked or not, by id; with times, Unix seconds, only clicks between them.

        Raises NotFound, or Invalid when there are too many clicks to count in that time.
        """
        campaign = self._campaigns.get(account_id, campaign_id)
        sent = self._sent_of(campaign).sent
        if start_time is None and end_time is None:
            counts = self._events.link_counts(account_id, campaign_id)
        else:
            counts = self._events.link_counts_between(account_id, campaign_id, start_time, end_time)
        targets = self._links.all(account_id, campaign_id)
        return [
            link_metrics(
                link_id_of(campaign_id, number),
                targets.get(number, ""),
                total=counts.get(number, (0, 0))[0],
                unique=counts.get(number, (0, 0))[1],
                sent=sent,
            )
            for number in sorted(targets.keys() | counts.keys())
        ]

    def contact_list(self, account_id: str, list_id: int) -> Metrics:
        """Raises NotFound."""
        self._lists.get(account_id, list_id)
        contacts = {status.value: number for status, number in self._contacts.counts(account_id, list_id).items()}
        return list_metrics(contacts, self._events.list_counts(account_id, list_id))

    def settle(self, account_id: str, campaign_id: int) -> None:
        """Carry what the campaign has sent so far into its list's counters; again adds only what is new."""
        try:
            campaign = self._campaigns.get(account_id, campaign_id)
        except NotFound:
            return
        if campaign.list_id is not None:
            sent = self._sent_of(campaign).sent
            self._events.settle_sent(account_id, campaign.list_id, campaign_id, sent)

    def settle_open(self) -> dict[str, int]:
        """Settle every campaign whose run somebody still looks after; one that fails does not stop the others."""
        settled = failed = 0
        for key in list(self._delivery.open_runs()):
            try:
                self.settle(key.account_id, key.campaign_id)
                settled += 1
            except Exception:
                logger.exception("not settled", campaign_id=key.campaign_id)
                failed += 1
        return {"settled": settled, "not_settled": failed}

    def _sent_of(self, campaign: Campaign) -> Sent:
        """From the counters of its run; zeros before it began."""
        totals = self._delivery.totals(campaign)
        return Sent() if totals is None else Sent(planned=totals.planned, sent=totals.tally.sent)
