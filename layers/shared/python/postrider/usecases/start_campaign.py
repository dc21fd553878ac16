"""Start the runs of mail sources; suspend a campaign that exceeds the limits of its account now."""

from postrider.campaigns import rules
from postrider.campaigns.checks.requirements import CampaignRequirements
from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.delivery.queue_messages import StartRun
from postrider.delivery.rules import EARLY
from postrider.delivery.service import DeliveryService
from postrider.delivery.sources import MailSources
from postrider.imports.pending import PendingImports
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.mail_events.source import SourceKind


class CampaignStart:
    def __init__(
        self,
        delivery: DeliveryService,
        campaigns: CampaignService,
        requirements: CampaignRequirements,
        sources: MailSources,
        pending: PendingImports,
        now: Clock,
    ) -> None:
        self._delivery, self._campaigns, self._requirements = delivery, campaigns, requirements
        self._sources, self._pending, self._now = sources, pending, now

    def start(self, message: StartRun) -> None:
        """Begin the run of a due source, or continue a run that has begun; otherwise do nothing.

        After the campaign was scheduled, other mails may have used up the limits, or the audience may have grown. It has the
        contacts of all imports by calls that were accepted before, also if the queue has not written them yet.
        """
        campaign = self._due_campaign(message)
        if campaign is not None:
            if campaign.list_id is not None:
                self._pending.complete_list(campaign.account_id, campaign.list_id)
            try:
                self._requirements.reserve(campaign)
            except (Invalid, NotFound) as exc:
                self._sources.pause(message.account_id, message.source, reason=f"It cannot be sent: {exc.message}")
                return
        self._delivery.start(message, campaign)

    def _due_campaign(self, message: StartRun) -> Campaign | None:
        """Return the campaign that is about to start; None for a campaign that has begun or is early, and for other sources."""
        if message.source.kind != SourceKind.CAMPAIGN:
            return None
        try:
            campaign = self._campaigns.get(message.account_id, message.source.campaign_id)
        except NotFound:
            return None
        is_due = campaign.scheduled_for is not None and campaign.scheduled_for <= self._now() + EARLY
        return campaign if campaign.status == rules.SCHEDULED and not campaign.suspended and is_due else None
