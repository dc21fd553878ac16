"""The progress of the sending of a campaign, and the reason for a pause."""

from dataclasses import dataclass

from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.delivery.progress import SendingProgress
from postrider.delivery.service import DeliveryService

SUSPENDED = "The campaign was suspended. Resume it to continue."
PARKED = "The daily sending quota of SES is used up. The campaign continues at {until:%Y-%m-%d %H:%M} UTC."


@dataclass(frozen=True, kw_only=True)
class CampaignProgress:
    """A campaign with the progress of its current run; `paused_because` is a text for its owner, None unless it is paused."""

    campaign: Campaign
    progress: SendingProgress
    paused_because: str | None = None


class CampaignProgressService:
    def __init__(self, campaigns: CampaignService, delivery: DeliveryService) -> None:
        self._campaigns, self._delivery = campaigns, delivery

    def of(self, account_id: str, campaign_id: int) -> CampaignProgress:
        """Return the progress of a campaign. Raises NotFound."""
        campaign = self._campaigns.get(account_id, campaign_id)
        progress = self._delivery.progress(campaign)
        return CampaignProgress(campaign=campaign, progress=progress, paused_because=_pause(campaign, progress))


def _pause(campaign: Campaign, progress: SendingProgress) -> str | None:
    if campaign.suspended:
        return campaign.pause_reason or SUSPENDED
    return None if progress.parked_until is None else PARKED.format(until=progress.parked_until)
