"""Remove a campaign in any state: a draft is deleted, a sent campaign is archived."""

from postrider.campaigns import rules
from postrider.campaigns.drafts import CampaignDrafts
from postrider.campaigns.lifecycle import CampaignLifecycle
from postrider.campaigns.service import CampaignService


class CampaignRemoval:
    def __init__(self, campaigns: CampaignService, drafts: CampaignDrafts, lifecycle: CampaignLifecycle) -> None:
        self._campaigns, self._drafts, self._lifecycle = campaigns, drafts, lifecycle

    def remove(self, account_id: str, campaign_id: int) -> None:
        """Delete a draft or a scheduled campaign; archive a sent campaign, whose reports are kept.

        Raises NotFound, or Invalid while the campaign is delivering.
        """
        campaign = self._campaigns.get(account_id, campaign_id)
        if campaign.status == rules.SCHEDULED:
            campaign = self._lifecycle.unschedule(account_id, campaign_id)
        if campaign.status in rules.ARCHIVE.allowed_in and campaign.status != rules.INCOMPLETE:
            self._lifecycle.archive(account_id, campaign_id)
        elif campaign.status != rules.ARCHIVED:
            self._drafts.delete(account_id, campaign_id)
