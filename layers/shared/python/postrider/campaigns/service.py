"""Read campaigns, their content and its revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from postrider.kit.paging import Page
from postrider.kit.sorting import Sort

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.campaigns.children.repository import ChildRepository
    from postrider.campaigns.model import Campaign, Revision
    from postrider.campaigns.repository import CampaignRepository
    from postrider.campaigns.variants.model import VariantSet
    from postrider.content.model import Content
    from postrider.mails.condition_names import ConditionNames


class CampaignService:
    def __init__(
        self, campaigns: CampaignRepository, children: ChildRepository, condition_names: ConditionNames
    ) -> None:
        self._campaigns, self._children, self._condition_names = campaigns, children, condition_names

    def get(self, account_id: str, campaign_id: int) -> Campaign:
        """Return the campaign. Raises NotFound."""
        return self._campaigns.get(account_id, campaign_id)

    def many(self, account_id: str, campaign_ids: Iterable[int]) -> dict[int, Campaign]:
        """Return the campaigns that exist, by id, with one call for 100."""
        return self._campaigns.many(account_id, campaign_ids)

    def content(self, campaign: Campaign, revision: int | None = None) -> Content:
        """Return the latest content, or the content of a revision. Raises NotFound for an unknown revision."""
        if revision is not None:
            campaign = self.at_revision(campaign, revision)
        return self._condition_names.current(campaign.account_id, campaign.list_id, self._campaigns.content(campaign))

    def variants(self, campaign: Campaign) -> VariantSet:
        """Return the variants of the given revision of the campaign; without variants, only its own content. Raises NotFound."""
        return self._campaigns.variants(campaign)

    def at_revision(self, campaign: Campaign, revision: int) -> Campaign:
        """Return the campaign with this revision as its content. Raises NotFound for an unknown revision."""
        return self._campaigns.at_revision(campaign, revision)

    def page(
        self,
        account_id: str,
        *,
        page: int,
        per_page: int,
        sort: Sort,
        filters: dict[str, list[str]],
        with_count: bool = False,
    ) -> Page[Campaign]:
        """Return one page of campaigns. The count of filtered campaigns reads all campaigns of the account."""
        start = (page - 1) * per_page
        campaigns = list(islice(self._campaigns.walk(account_id, sort, filters), start, start + per_page))
        count = sum(1 for _ in self._campaigns.walk(account_id, sort, filters)) if with_count else None
        return Page(items=campaigns, count=count)

    def of_list(
        self, account_id: str, list_id: int, *, after: int | None = None, descending: bool = False
    ) -> Iterator[Campaign]:
        """Yield the campaigns to a list in order of id, beginning after the id `after`.

        Archived and triggered campaigns, and children, are omitted.
        """
        return self._campaigns.of_list(account_id, list_id, after=after, forward=not descending)

    def begun_of_list(self, account_id: str, list_id: int) -> Iterator[Campaign]:
        """Yield the campaigns and children to a list whose sending has begun, the latest first."""
        order = Sort("scheduled_for", descending=True)
        streams = (
            self._campaigns.walk(account_id, order, {"list_id": [str(list_id)]}),
            self._children.started_of_list(account_id, list_id),
        )
        campaigns = merge(*streams, key=_start_of, reverse=True)
        return (campaign for campaign in campaigns if campaign.run_id is not None)

    def child(self, account_id: str, parent_id: int, number: int) -> Campaign:
        """Return the child of a triggered campaign with this number. Raises NotFound."""
        return self._children.child(account_id, parent_id, number)

    def children(self, account_id: str, parent_id: int, *, before: int | None = None) -> Iterator[Campaign]:
        """Yield the children of a triggered campaign, the latest first; `before` limits them to smaller numbers."""
        return self._children.children(account_id, parent_id, before=before)

    def triggered(self, account_id: str) -> Iterator[Campaign]:
        """Yield the triggered campaigns of the account in order of id."""
        return self._children.triggered(account_id)

    def revisions(self, account_id: str, campaign_id: int, *, page: int, per_page: int) -> Page[Revision]:
        """Return one page of revisions, the newest first. Raises NotFound for the campaign."""
        campaign = self.get(account_id, campaign_id)
        start = (page - 1) * per_page
        return Page(
            items=list(islice(self._campaigns.revisions(campaign), start, start + per_page)),
            count=campaign.revision,
        )

    def unfinished(self) -> Iterator[tuple[str, int]]:
        """Yield account id and campaign id of all scheduled or delivering campaigns, in every account."""
        return self._campaigns.unfinished()

    def unfinished_with_sender(self, account_id: str, sender_id: str) -> Campaign | None:
        """Return a scheduled or delivering campaign with this sender, or None."""
        return self._campaigns.first_unfinished(account_id, sender_id=sender_id)

    def unfinished_with_segment(self, account_id: str, segment_id: int) -> Campaign | None:
        """Return a scheduled or delivering campaign with this segment, or None."""
        return self._campaigns.first_unfinished(account_id, segment_id=segment_id)


def _start_of(campaign: Campaign) -> datetime:
    return campaign.scheduled_for or datetime.fromtimestamp(0, UTC)
