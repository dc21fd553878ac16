"""Makes reports from counters; only clicks of a period are counted from the log."""

from collections.abc import Mapping

from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.contacts.service import ContactService
from postrider.delivery.service import DeliveryService
from postrider.events.model import ListLog
from postrider.events.rules import link_id_of
from postrider.events.service import EventService
from postrider.events.source import MailSource
from postrider.kit.pauses import pauses
from postrider.lists.service import ListService
from postrider.reports.rules import LinkReport, ListReport, MailReport, Sent, list_report, mail_report
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

    def campaign_report(self, account_id: str, campaign_id: int) -> MailReport:
        """Return the report of a campaign. Raises NotFound."""
        campaign = self._campaigns.get(account_id, campaign_id)
        return mail_report(self._sent_of(campaign), self._events.counts(account_id, MailSource.campaign(campaign_id)))

    def link_reports(
        self, account_id: str, campaign_id: int, *, start_time: int | None = None, end_time: int | None = None
    ) -> list[LinkReport]:
        """Return a report of every link of the campaign, clicked or not, by id; times (Unix seconds) limit the clicks.

        Raises NotFound, or Invalid if there are too many clicks between the times to count them.
        """
        campaign = self._campaigns.get(account_id, campaign_id)
        sent, source = self._sent_of(campaign).sent, MailSource.campaign(campaign_id)
        if start_time is None and end_time is None:
            counts = self._events.link_counts(account_id, source)
        else:
            counts = self._events.link_counts_between(account_id, source, start_time, end_time)
        targets = self._links.all(account_id, source)
        return [
            LinkReport(
                id=link_id_of(campaign_id, number),
                target=targets.get(number, ""),
                total=counts.get(number, (0, 0))[0],
                unique=counts.get(number, (0, 0))[1],
                sent=sent,
            )
            for number in sorted(targets.keys() | counts.keys())
        ]

    def list_report(self, account_id: str, list_id: int) -> ListReport:
        """Return the report of a list. Raises NotFound."""
        self._lists.get(account_id, list_id)
        return list_report(
            self._contacts.counts(account_id, list_id),
            self._contacts.mailable(account_id, list_id),
            self._list_counts(account_id, list_id),
        )

    def _list_counts(self, account_id: str, list_id: int) -> Mapping[str, int]:
        """Return the counters of a list with the mails that open runs have sent so far.

        The counters include the mails of a run from its end on. They are read again if a run ended meanwhile.
        """
        for _ in pauses():
            sent = self._delivery.sent_by_open_runs(account_id, list_id)
            included = self._events.sent_counts(account_id, sent)
            counts = self._events.counts(account_id, ListLog(list_id))
            if self._events.sent_counts(account_id, sent) == included:
                break
        counts["sent"] += sum(sent.values()) - sum(included.values())
        return counts

    def _sent_of(self, campaign: Campaign) -> Sent:
        """Return the counts of the campaign's run; zeros before it began."""
        totals = self._delivery.totals(campaign)
        return Sent() if totals is None else Sent(planned=totals.planned, sent=totals.sent)
