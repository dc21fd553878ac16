"""Find the campaigns and workflows that use a segment or a sender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postrider.uses.model import OwnerKind, UsedKind, UsedObject

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.service import CampaignService
    from postrider.uses.service import UseService
    from postrider.workflows.model import Workflow
    from postrider.workflows.service import WorkflowService


@dataclass(frozen=True, kw_only=True)
class Dependents:
    """The campaigns and workflows that use an object, both in order of id."""

    campaigns: list[Campaign]
    workflows: list[Workflow]


class UseFinder:
    def __init__(self, uses: UseService, campaigns: CampaignService, workflows: WorkflowService) -> None:
        self._uses, self._campaigns, self._workflows = uses, campaigns, workflows

    def of_segment(self, account_id: str, segment_id: int) -> Dependents:
        """Return the campaigns and workflows with this segment, in any state."""
        ids = self._owner_ids(account_id, UsedObject(UsedKind.SEGMENT, str(segment_id)))
        campaigns = self._campaigns.many(account_id, ids[OwnerKind.CAMPAIGN]).values()
        workflows = self._workflows.many(account_id, ids[OwnerKind.WORKFLOW])
        return Dependents(
            campaigns=_sorted([campaign for campaign in campaigns if campaign.segment_id == segment_id]),
            workflows=[workflow for workflow in workflows if workflow.segment_id == segment_id],
        )

    def of_sender(self, account_id: str, sender_id: str) -> Dependents:
        """Return the campaigns with this sender, and the workflows with such an action, in any state."""
        ids = self._owner_ids(account_id, UsedObject(UsedKind.SENDER, sender_id))
        campaign_ids = {*ids[OwnerKind.CAMPAIGN], *ids[OwnerKind.VARIANT]}
        campaigns = self._campaigns.many(account_id, campaign_ids).values()
        actions = self._workflows.actions_by_id(account_id, ids[OwnerKind.ACTION]).values()
        workflow_ids = {action.workflow_id for action in actions if action.sender_id == sender_id}
        return Dependents(
            campaigns=_sorted([campaign for campaign in campaigns if sender_id in _sender_ids(campaign)]),
            workflows=self._workflows.many(account_id, workflow_ids),
        )

    def _owner_ids(self, account_id: str, used: UsedObject) -> dict[OwnerKind, list[int]]:
        ids: dict[OwnerKind, list[int]] = {kind: [] for kind in OwnerKind}
        for owner in self._uses.owners(account_id, used):
            if owner.kind != OwnerKind.TEMPLATE:
                ids[owner.kind].append(int(owner.id))
        return ids


def _sender_ids(campaign: Campaign) -> set[str | None]:
    """Return the senders of the campaign and of its variants."""
    return {campaign.sender_id, *(campaign.variant_sender_ids or ())}


def _sorted(campaigns: list[Campaign]) -> list[Campaign]:
    return sorted(campaigns, key=lambda campaign: campaign.id)
