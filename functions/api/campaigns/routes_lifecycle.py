"""The lifecycle of campaigns over HTTP: schedule, suspend, cancel, archive."""

from typing import Annotated, Any

from functions.api.campaigns.schemas_campaigns import (
    ArchiveCampaignResponse,
    CancelCampaignResponse,
    ResumeCampaignResponse,
    ScheduleCampaign,
    ScheduleCampaignResponse,
    SuspendCampaignResponse,
)
from postrider import bootstrap
from postrider.campaigns.lifecycle import CampaignLifecycle
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contents import warnings
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import CampaignId
from postrider.kit.clock import from_unix

operations = Operations("Campaign", MAIN)
Lifecycle = Annotated[CampaignLifecycle, Depends(bootstrap.campaign_lifecycle)]
Writer = Annotated[Caller, Depends(needs("campaigns:write"))]


@operations.post("/campaigns/{campaign_id}/schedule", "Schedule a campaign")
def schedule_campaign(
    caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId, body: ScheduleCampaign | None = None
) -> ScheduleCampaignResponse:
    """Schedule a campaign; without a date it starts at once.

    Refused with 400: a missing list, sender, subject or content; a list that is archived or whose policy has not been
    accepted; an unconfirmed sender; an empty HTML part without `html_empty`; a date in the past or too far ahead. If the
    start is more than 30 minutes late, the campaign is suspended instead of sent.
    """
    faults = lifecycle.schedule(caller.account_id, campaign_id, **_moment(body))
    return ScheduleCampaignResponse(
        id=campaign_id, object="campaign", scheduled=True, warnings=warnings(caller.account_id, faults)
    )


@operations.post("/campaigns/{campaign_id}/reschedule", "Reschedule a campaign")
def reschedule_campaign(
    caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId, body: ScheduleCampaign | None = None
) -> ScheduleCampaignResponse:
    """Move the start of a scheduled campaign to another moment.

    Without a date it starts at once. Refused with 400 if the date lies in the past or too far ahead, or the campaign is not
    scheduled.
    """
    faults = lifecycle.reschedule(caller.account_id, campaign_id, **_moment(body))
    return ScheduleCampaignResponse(
        id=campaign_id, object="campaign", scheduled=True, warnings=warnings(caller.account_id, faults)
    )


@operations.post("/campaigns/{campaign_id}/unschedule", "Unschedule a campaign")
def unschedule_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ScheduleCampaignResponse:
    """Make a scheduled campaign a draft again.

    Refused with 400 after its delivery has begun: suspend or cancel it instead.
    """
    lifecycle.unschedule(caller.account_id, campaign_id)
    return ScheduleCampaignResponse(id=campaign_id, object="campaign", scheduled=False, warnings=[])


@operations.post("/campaigns/{campaign_id}/suspend", "Suspend a campaign")
def suspend_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> SuspendCampaignResponse:
    """Pause a scheduled or delivering campaign.

    Sending stops within seconds; sent mails cannot be recalled. Refused with 400 in any other state.
    """
    lifecycle.suspend(caller.account_id, campaign_id)
    return SuspendCampaignResponse(id=campaign_id, object="campaign", suspended=True)


@operations.post("/campaigns/{campaign_id}/resume", "Resume a campaign")
def resume_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ResumeCampaignResponse:
    """Continue a suspended campaign where it stopped.

    No recipient gets the campaign twice. Refused with 400 if it is not suspended.
    """
    lifecycle.resume(caller.account_id, campaign_id)
    return ResumeCampaignResponse(id=campaign_id, object="campaign", resumed=True)


@operations.post("/campaigns/{campaign_id}/cancel", "Cancel a campaign")
def cancel_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> CancelCampaignResponse:
    """Cancel a campaign permanently.

    If mail was sent, the campaign becomes delivered, otherwise a draft. Remaining recipients get no mail. Refused with 400
    unless it is scheduled, delivering or suspended.
    """
    lifecycle.cancel(caller.account_id, campaign_id)
    return CancelCampaignResponse(id=campaign_id, object="campaign", cancelled=True)


@operations.post("/campaigns/{campaign_id}/archive", "Archive a campaign")
def archive_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ArchiveCampaignResponse:
    """Archive a draft or a delivered campaign.

    Its reports and logs are kept. Refused with 400 in any other state.
    """
    lifecycle.archive(caller.account_id, campaign_id)
    return ArchiveCampaignResponse(id=campaign_id, object="campaign", archived=True)


@operations.post("/campaigns/{campaign_id}/unarchive", "Unarchive a campaign")
def unarchive_campaign(caller: Writer, lifecycle: Lifecycle, campaign_id: CampaignId) -> ArchiveCampaignResponse:
    """Restore an archived campaign in its former state."""
    lifecycle.unarchive(caller.account_id, campaign_id)
    return ArchiveCampaignResponse(id=campaign_id, object="campaign", archived=False)


def _moment(body: ScheduleCampaign | None) -> dict[str, Any]:
    if body is None:
        return {"moment": None}
    return {
        "moment": None if body.date is None else from_unix(body.date),
        "html_empty": bool(body.html_empty),
    }
