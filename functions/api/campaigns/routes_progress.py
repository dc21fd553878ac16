"""The progress of campaigns over HTTP."""

from typing import Annotated

from functions.api.campaigns.schemas_progress import CampaignProgressFullResponse, CampaignProgressResponse
from postrider import bootstrap
from postrider.campaigns.progress import CampaignProgressService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import CampaignId

operations = Operations("Campaign", MAIN)
ProgressService = Annotated[CampaignProgressService, Depends(bootstrap.campaign_progress)]
Reader = Annotated[Caller, Depends(needs("campaigns:read"))]


@operations.get("/campaigns/{campaign_id}/progress", "Show the progress of a campaign")
def get_campaign_progress(
    caller: Reader, progress: ProgressService, campaign_id: CampaignId
) -> CampaignProgressResponse:
    """Return the progress of the sending of a campaign: numbers, speed, remaining time, and the reason for a pause.

    The numbers are at most a few seconds old. They are zero before the start.
    """
    shown = progress.of(caller.account_id, campaign_id)
    numbers = shown.progress
    return CampaignProgressResponse(
        data=CampaignProgressFullResponse(
            status=shown.campaign.status,
            suspended=shown.campaign.suspended,
            paused_because=shown.paused_because,
            planned=numbers.planned,
            is_planned=numbers.is_planned,
            **numbers.tally.by_outcome,
            remaining=numbers.remaining,
            rate=round(numbers.rate, 2),
            allowed_rate=numbers.allowed_rate,
            seconds_left=numbers.time_left_s,
        )
    )
