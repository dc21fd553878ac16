"""Ledgers of an account's own campaigns; another's are as empty as those that never were."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from postrider.events.recipients import rows_of_block
from postrider.events.source import MailSource
from postrider.kit.errors import NotFound


class Campaigns(Protocol):
    def get(self, account_id: str, campaign_id: int) -> object:
        """Raises NotFound."""
        ...


class CampaignLedgers:
    def __init__(self, campaigns: Campaigns) -> None:
        self._campaigns = campaigns

    def block_rows(self, account_id: str, campaign_id: int, block: int) -> Sequence[Mapping[str, Any]]:
        try:
            self._campaigns.get(account_id, campaign_id)
        except NotFound:
            return ()
        return rows_of_block(account_id, MailSource.campaign(campaign_id), block)
