"""Check that mail may go to the list and the segment of a campaign."""

from postrider.campaigns.model import Campaign
from postrider.kit.errors import Invalid, named_at
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.segments.service import SegmentService


class AudienceCheck:
    def __init__(self, lists: ListService, segments: SegmentService) -> None:
        self._lists, self._segments = lists, segments

    def check(self, campaign: Campaign) -> ContactList:
        """Check the audience and return its list. Raises Invalid if the list is missing, or list or segment cannot be used."""
        if campaign.list_id is None:
            raise Invalid("The campaign has no list.", code="campaign_incomplete", field=("audience", "list_id"))
        contact_list = self._lists.usable(campaign.account_id, campaign.list_id, field=("audience", "list_id"))
        if campaign.segment_id is not None:
            at = ("audience", "segment_id")
            self._segments.usable(campaign.account_id, campaign.list_id, campaign.segment_id, field=at)
        return contact_list

    def check_segment(self, campaign: Campaign) -> None:
        """Check that the segment of the campaign exists, if it has one. Raises Invalid."""
        if campaign.list_id is not None and campaign.segment_id is not None:
            with named_at(("audience", "segment_id"), as_=Invalid):
                self._segments.get(campaign.account_id, campaign.list_id, campaign.segment_id)
