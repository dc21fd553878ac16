"""Views of campaigns with their sender and list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postrider.kit.errors import NotFound
from postrider.kit.paging import Page

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.service import CampaignService
    from postrider.kit.sorting import Sort
    from postrider.lists.service import ListService
    from postrider.senders.model import Sender
    from postrider.senders.service import SenderService


@dataclass(frozen=True, kw_only=True)
class CampaignView:
    """A campaign with its sender; `sender` is None if the campaign has none, or it does not exist."""

    campaign: Campaign
    sender: Sender | None


@dataclass(frozen=True, kw_only=True)
class CampaignDetails(CampaignView):
    """A campaign with the name of its list; `list_name` is None if the campaign has no list, or it does not exist."""

    list_name: str | None


class CampaignViews:
    def __init__(self, campaigns: CampaignService, lists: ListService, senders: SenderService) -> None:
        self._campaigns, self._lists, self._senders = campaigns, lists, senders

    def page(
        self,
        account_id: str,
        *,
        page: int,
        per_page: int,
        sort: Sort,
        filters: dict[str, list[str]],
        with_count: bool = False,
    ) -> Page[CampaignView]:
        """Return one page of campaigns; their senders are read together."""
        campaigns = self._campaigns.page(
            account_id, page=page, per_page=per_page, sort=sort, filters=filters, with_count=with_count
        )
        return Page(items=self.of(account_id, campaigns.items), count=campaigns.count)

    def details(self, campaign: Campaign) -> CampaignDetails:
        view = self.of(campaign.account_id, [campaign])[0]
        return CampaignDetails(campaign=campaign, sender=view.sender, list_name=self._list_name(campaign))

    def _list_name(self, campaign: Campaign) -> str | None:
        if campaign.list_id is None:
            return None
        try:
            return self._lists.get(campaign.account_id, campaign.list_id).name
        except NotFound:
            return None

    def of(self, account_id: str, campaigns: Sequence[Campaign]) -> list[CampaignView]:
        """Return campaigns with their senders, which are read together."""
        sender_ids = {campaign.sender_id for campaign in campaigns if campaign.sender_id is not None}
        senders = self._senders.many(account_id, sender_ids)
        return [CampaignView(campaign=campaign, sender=senders.get(campaign.sender_id or "")) for campaign in campaigns]
