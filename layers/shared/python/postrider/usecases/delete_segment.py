"""Delete a segment, unless an unfinished campaign or an active workflow uses it."""

from postrider.campaigns.service import CampaignService
from postrider.kit.deletion import delete_unused
from postrider.kit.errors import Conflict
from postrider.segments.model import Segment
from postrider.segments.service import SegmentService
from postrider.workflows.service import WorkflowService


class SegmentDeletion:
    def __init__(self, segments: SegmentService, campaigns: CampaignService, workflows: WorkflowService) -> None:
        self._segments, self._campaigns, self._workflows = segments, campaigns, workflows

    def delete(self, account_id: str, list_id: int, segment_id: int) -> None:
        """Delete the segment; drafts and inactive workflows may keep it.

        Raises NotFound, or Conflict if a scheduled or delivering campaign, or an active workflow, uses it.
        """
        segment = self._segments.get(account_id, list_id, segment_id)
        delete_unused(
            check=lambda: self._check_unused(segment),
            delete=lambda: self._segments.delete(account_id, list_id, segment_id),
            restore=lambda: self._segments.restore(segment),
        )

    def _check_unused(self, segment: Segment) -> None:
        if campaign := self._campaigns.unfinished_with_segment(segment.account_id, segment.id):
            raise Conflict(
                f"Campaign {campaign.id} ({campaign.name!r}) goes to this segment and is {campaign.status}.",
                code="segment_in_use",
                field="segment_id",
            )
        if workflow := self._workflows.active_with_segment(segment.account_id, segment.list_id, segment.id):
            raise Conflict(
                f"Workflow {workflow.id} ({workflow.name!r}) goes to this segment and is active; deactivate it first.",
                code="segment_in_use",
                field="segment_id",
            )
