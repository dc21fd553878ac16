"""The life of a campaign over HTTP: scheduled, suspended, cancelled, archived."""

from typing import Annotated, Any

from functions.api.campaigns.schemas import (
    ArchiveCampaignResponse,
    CancelCampaignResponse,
    ResumeCampaignResponse,
    ScheduleCampaign,
    ScheduleCampaignResponse,
    SuspendCampaignResponse,
)
from postrider import bootstrap
from postrider.campaigns.lifecycle import CampaignLifecycle
from postrider.http import Caller, Depends, Operations, needs
from postrider.http.wire import CampaignId
from postrider.kit.clock import from_unix

operations = Operations("Campaign")
Lifecycle = Annotated[CampaignLifecycle, Depends(bootstrap.campaign_lifecycle)]
Writer = Annotated[Caller, Depends(needs("campaigns:write"))]


@operations.post("/campaigns/{campaign_id}/schedule", "Schedule a campaign")
def schedule_campaign(
    caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId, body: ScheduleCampaign | None = None
) -> ScheduleCampaignResponse:
    lifecycle.schedule(caller.account_id, campaign_id, **_moment(body))
    return ScheduleCampaignResponse(id=campaign_id, object="campaign", scheduled=True)


@operations.post("/campaigns/{campaign_id}/reschedule", "Reschedule a campaign")
def reschedule_campaign(
    caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId, body: ScheduleCampaign | None = None
) -> ScheduleCampaignResponse:
    lifecycle.reschedule(caller.account_id, campaign_id, **_moment(body))
    return ScheduleCampaignResponse(id=campaign_id, object="campaign", scheduled=True)


@operations.post("/campaigns/{campaign_id}/unschedule", "Unschedule a campaign")
def unschedule_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ScheduleCampaignResponse:
    lifecycle.unschedule(caller.account_id, campaign_id)
    return ScheduleCampaignResponse(id=campaign_id, object="campaign", scheduled=False)


@operations.post("/campaigns/{campaign_id}/suspend", "Suspend a campaign")
def suspend_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> SuspendCampaignResponse:
    lifecycle.suspend(caller.account_id, campaign_id)
    return SuspendCampaignResponse(id=campaign_id, object="campaign", suspended=True)


@operations.post("/campaigns/{campaign_id}/resume", "Resume a campaign")
def resume_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ResumeCampaignResponse:
    lifecycle.resume(caller.account_id, campaign_id)
    return ResumeCampaignResponse(id=campaign_id, object="campaign", resumed=True)


@operations.post("/campaigns/{campaign_id}/cancel", "Cancel a campaign")
def cancel_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> CancelCampaignResponse:
    lifecycle.cancel(caller.account_id, campaign_id)
    return CancelCampaignResponse(id=campaign_id, object="campaign", cancelled=True)


@operations.post("/campaigns/{campaign_id}/archive", "Archive a campaign")
def archive_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ArchiveCampaignResponse:
    lifecycle.archive(caller.account_id, campaign_id)
    return ArchiveCampaignResponse(id=campaign_id, object="campaign", archived=True)


@operations.post("/campaigns/{campaign_id}/unarchive", "Take a campaign out of the archive")
def unarchive_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ArchiveCampaignResponse:
    lifecycle.unarchive(caller.account_id, campaign_id)
    return ArchiveCampaignResponse(id=campaign_id, object="campaign", archived=False)


def _moment(body: ScheduleCampaign | None) -> dict[str, Any]:
    if body is None:
        return {"moment": None}
    return {
        "moment": None if body.date is None else from_unix(body.date),
        "html_empty": bool(body.html_empty),
    }
