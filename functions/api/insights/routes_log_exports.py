"""Exports of campaign logs over HTTP: /logs/campaigns/{campaign_id}/exports."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.insights.schemas_logs import (
    CampaignLogExportFullResponse,
    CampaignLogExportsResponse,
    CreateCampaignLogExportResponse,
    DownloadCampaignLogExportFullResponse,
    DownloadCampaignLogExportResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import CampaignIdUnbounded
from postrider.kit.clock import unix
from postrider.mail_events.exports import LogExportService
from postrider.tasks.model import ERROR, Task

operations = Operations("Log", MAIN)
Exports = Annotated[LogExportService, Depends(bootstrap.log_exports)]
Reader = Annotated[Caller, Depends(needs("logs:read"))]
Writer = Annotated[Caller, Depends(needs("logs:write"))]
STATUS_WORDS = {ERROR: "failed"}
"""Words for the status of an export where they differ from those for its task."""


def _full(task: Task) -> CampaignLogExportFullResponse:
    return CampaignLogExportFullResponse.model_validate(
        {
            "id": task.id,
            "campaign_id": task.payload["campaign_id"],
            "status": STATUS_WORDS.get(task.status, task.status),
            "description": task.description,
            "requested_by": task.requested_by,
            "created_on": unix(task.created_at),
            "expires_on": unix(task.expires_at),
            "progress": task.progress,
        }
    )


@operations.get("/logs/campaigns/{campaign_id}/exports", "List the exports of a campaign's logs")
def list_campaign_log_exports(
    caller: Reader, exports: Exports, campaign_id: CampaignIdUnbounded, paging: PageRequest
) -> CampaignLogExportsResponse:
    """Return a page of the exports of a campaign's log."""
    pagination, tasks = listing(exports.all(caller.account_id, campaign_id), paging)
    return CampaignLogExportsResponse(pagination=pagination, data=[_full(task) for task in tasks])


@operations.post("/logs/campaigns/{campaign_id}/exports", "Export the logs of a campaign", status=201)
def campaign_log_export_create(
    caller: Writer,
    exports: Exports,
    campaign_id: CampaignIdUnbounded,
    description: Annotated[str | None, Query(description="Free label.")] = None,
) -> CreateCampaignLogExportResponse:
    """Start an export of a campaign's log as a CSV file.

    The export is a task; its file is kept for five days.
    """
    task = exports.create(caller, campaign_id, description=description)
    return CreateCampaignLogExportResponse(id=task.id, object="task", created=True, data=_full(task))


@operations.get(
    "/logs/campaigns/{campaign_id}/exports/{campaign_log_export_id}/download", "Get the URL of an export's file"
)
def campaign_log_export_download(
    caller: Reader,
    exports: Exports,
    campaign_id: CampaignIdUnbounded,
    campaign_log_export_id: Annotated[str, Path()],
) -> DownloadCampaignLogExportResponse:
    """Return a URL that downloads the file of a log export for 15 minutes.

    The URL answers GET only: storage refuses HEAD with 403.
    Refused with 400 if the export is not ready or has been deleted.
    """
    url, expires_at = exports.download_url(caller.account_id, campaign_id, campaign_log_export_id)
    return DownloadCampaignLogExportResponse(
        data=DownloadCampaignLogExportFullResponse(url=url, expires_on=unix(expires_at))
    )
