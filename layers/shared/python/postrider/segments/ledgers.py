"""Read the rows of recipients of campaigns, for filters with conditions on activity."""

from collections.abc import Mapping, Sequence
from typing import Any

from postrider.campaigns.service import CampaignService
from postrider.delivery.rules import ROWS_KEPT
from postrider.events.recipients import rows_of_block
from postrider.events.source import MailSource
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound


class CampaignLedgers:
    def __init__(self, campaigns: CampaignService, now: Clock) -> None:
        self._campaigns, self._now = campaigns, now

    def check_kept(self, account_id: str, campaign_id: int) -> None:
        """Check that the rows of recipients are kept. Raises Invalid if they have expired; an unknown campaign has no rows."""
        try:
            ended_at = self._campaigns.get(account_id, campaign_id).delivery_finished_at
        except NotFound:
            return
        if ended_at is not None and self._now() > ended_at + ROWS_KEPT:
            raise Invalid(
                f"Campaign {campaign_id} ended more than {ROWS_KEPT.days} days ago, and what its recipients did is not kept "
                "for longer. Remove the condition.",
                code="campaign_too_old",
            )

    def block_rows(self, account_id: str, campaign_id: int, block: int) -> Sequence[Mapping[str, Any]]:
        """Return the rows of the recipients of a campaign in a block."""
        return rows_of_block(account_id, MailSource.campaign(campaign_id), block)
